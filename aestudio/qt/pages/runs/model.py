"""The runs of a library as Qt's table model: a plain list, filtered and sorted in Python, the fast way here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from aestudio.core.ground.texts import Text, listed, plural, say
from aestudio.core.library import columns
from aestudio.core.library.asking import Facts, question
from aestudio.core.library.summary import STATE_WORDS, STATES, Summary
from aestudio.studio.runs.grouping import NAMED, Group, apart, grouped, naming
from aestudio.studio.runs.rows import COLUMNS, Column, ReadColumn, RunFacts, Which, found, ordered
from aestudio.studio.runs.words import NONE, ago, compact, date, duration, epochs, score, steps_done, variant

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
RIGHT = frozenset({Column.EPOCHS, Column.OBJECTIVE, Column.PSNR, Column.PARAMETERS, Column.TRAINED, Column.SPENT})
"""Columns of numbers, written to the right."""
LOOKED_AT = 200
"""The newest runs, whose settings and scores are offered as columns."""


class RunModel(QAbstractTableModel):
    """What the table shows of all runs that it was given: those that a search and a filter leave, in an order.

    Where other runs or another order are to be shown, it resets; where a run only has other values, its row changes.
    """

    renamed = Signal(int, str)
    """A person typed another title; the model itself changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._all: list[Summary] = []
        self._rows: list[Summary] = []
        self._places: dict[int, int] | None = None
        self._known = RunFacts(lambda number: self.settings(number), lambda path: self.settings_at(path))
        self._question = question("")
        self.settings: Callable[[int], Mapping[str, Any]] = lambda _: {}
        """Of a run by its number; what a search for settings and scores reads."""
        self.settings_at: ReadColumn = lambda _: None
        """Of all runs at one path; what they are sorted and grouped by."""
        self._which = Which.ALL
        self._column, self._falling = int(Column.TRAINED), True
        self.apart: Callable[[Summary], str] = lambda _: ""
        """What tells a run apart from those of its title."""
        self.ready = False
        """Torch is in, and settings have titles; see `name_settings`."""
        self._facts: tuple[str, ...] = ()
        self._among: list[str] = []
        self._by = ""
        self._heads: dict[int, Group] = {}
        self._found: list[Summary] = []
        self._folded: frozenset[str] = frozenset()
        self._folds: set[int] = set()

    # -- what is shown -------------------------------------------------------------------------------------------------

    def set_runs(self, runs: list[Summary]) -> None:
        """All runs that there are, in any order."""
        self._all = runs
        self._arrange()

    def search(self, text: str, which: Which) -> None:
        """Show only runs that the text asks for and the filter lets through.

        Raises: LibraryError with a sentence where the text cannot be read; the filter and what was asked before hold.
        """
        self._which = which
        try:
            self._question = question(text)
        finally:
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        wanted = column, order is Qt.SortOrder.DescendingOrder
        if wanted != (self._column, self._falling):  # Qt asks twice
            self._column, self._falling = wanted
            self._arrange()

    def _arrange(self) -> None:
        rows = self._in_order(found(self._all, self._question, self._which, self._known))
        groups = grouped(rows, self._by, self._known) if self._by else []
        self._found = [run for group in groups for run in group.runs] if groups else rows
        shown = [group.runs[:1] if group.value in self._folded else group.runs for group in groups]
        rows = [run for runs in shown for run in runs] if groups else rows
        heads = dict(zip(accumulate(map(len, shown), initial=0), groups, strict=False))
        folded = {row for row, group in heads.items() if group.value in self._folded}
        regrouped = heads.keys() != self._heads.keys() or folded != self._folds
        self._folds = folded
        before, self._heads = self._rows, heads
        if regrouped or [run.id for run in rows] != [run.id for run in before]:
            self.beginResetModel()
            self._rows, self._places = rows, None
            self.endResetModel()
            return
        self._rows = rows
        changed = [
            row for row, (old, new) in enumerate(zip(before, rows, strict=True)) if old is not new and old != new
        ]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], self.columnCount() - 1))

    def _in_order(self, runs: list[Summary]) -> list[Summary]:
        if self._column < len(COLUMNS):
            return ordered(runs, Column(self._column), falling=self._falling)
        values = self._known.at(self.fact_at(self._column), runs)
        return ordered(runs, lambda run: columns.order(values[run.id]), falling=self._falling)

    # -- settings and scores -------------------------------------------------------------------------------------------

    def show_facts(self, paths: Iterable[str]) -> None:
        """Settings and scores, by their paths, that have a column each behind the others."""
        wanted = tuple(paths)
        if wanted == self._facts:
            return
        self.beginResetModel()
        sorted_by = self.fact_at(self._column)
        self._facts = wanted
        if sorted_by:
            column = wanted.index(sorted_by) + len(COLUMNS) if sorted_by in wanted else int(Column.TRAINED)
            self._column = column
        self.endResetModel()
        self._arrange()

    def shown_facts(self) -> tuple[str, ...]:
        """The settings and scores that have a column."""
        return self._facts

    def fact_at(self, column: int) -> str:
        """The path of what a column shows; empty for one of Column."""
        return self._facts[column - len(COLUMNS)] if len(COLUMNS) <= column < self.columnCount() else ""

    def sorted_by(self) -> tuple[int, bool]:
        """Which column, and whether the greatest is on top."""
        return self._column, self._falling

    def facts(self, run: Summary) -> Facts:
        """What is known of a run, by path."""
        return self._known(run).facts()

    def apart_of(self, runs: Sequence[Summary]) -> dict[int, str]:
        """By number what tells these runs apart from those of them that go by the same title."""
        return apart(runs, self._known, ready=self.ready)

    @property
    def known(self) -> RunFacts:
        """What is known of every run, read where it is asked for."""
        return self._known

    def newest(self) -> list[Summary]:
        """The newest runs, whose settings and scores are offered."""
        return sorted(self._all, key=lambda run: run.id, reverse=True)[:LOOKED_AT]

    def paths(self) -> list[str]:
        """The settings and scores that the newest runs have, and those that are shown."""
        found = columns.paths(self.facts(run) for run in self.newest())
        self._among = found
        return [*found, *(path for path in self._facts if path not in found)]

    def name_settings(self) -> None:
        """Settings have titles from now on, or those of another language."""
        self.ready = True
        if self._facts:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, len(COLUMNS), self.columnCount() - 1)

    @property
    def naming(self) -> columns.Naming:
        """How settings and scores are called now."""
        return naming(ready=self.ready)

    def named(self, path: str) -> str:
        """A setting or score by its title."""
        return self.naming.name(path, self._among or self.paths())

    # -- groups --------------------------------------------------------------------------------------------------------

    def group_by(self, name: str) -> None:
        """Puts together what has this in common, see Group; empty puts nothing together."""
        if name != self._by:
            self._by, self._folded = name, frozenset()
            self._arrange()

    def grouped_by(self) -> str:
        """What runs are put together by; empty where they are not."""
        return self._by

    def fold(self, values: Iterable[str]) -> None:
        """Of the groups with these values only the headings are shown, each in the place of its first run."""
        if (wanted := frozenset(values)) != self._folded:
            self._folded = wanted
            self._arrange()

    def folded(self) -> frozenset[str]:
        """The values of the groups that are folded, shown now or not."""
        return self._folded

    def folded_at(self, row: int) -> Group | None:
        """The folded group that a row stands for; None where it stands for a run."""
        return self._heads[row] if row in self._folds else None

    def runs_at(self, row: int) -> Sequence[Summary]:
        """The run in a row, or all of a folded group."""
        group = self.folded_at(row)
        return (self._rows[row],) if group is None else group.runs

    def folded_rows(self) -> list[int]:
        """The rows that stand for a folded group."""
        return sorted(self._folds)

    def heads(self) -> Mapping[int, Group]:
        """The groups by the rows that they begin at."""
        return self._heads

    def heading(self, group: Group) -> str:
        """What stands above a group."""
        if group.name in NAMED:
            return group.heading()
        values = self.facts(group.runs[0]).get(group.name, ())
        return group.heading(self.naming.told(group.name, values, self._among or self.paths()))

    def group_of(self, row: int) -> Group | None:
        """The group that a row is in."""
        return self._heads.get(max((head for head in self._heads if head <= row), default=-1))

    # -- what can be asked ---------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many runs there are, shown or not."""
        return len(self._all)

    def run(self, row: int) -> Summary:
        """The run in a row."""
        return self._rows[row]

    def found(self) -> list[Summary]:
        """The runs that the search and the filter leave, those of folded groups too."""
        return self._found

    def rows(self) -> list[Summary]:
        """The runs that are shown, from the top."""
        return self._rows

    def row_of(self, number: int) -> int | None:
        """Where a run is shown; None where it is not."""
        if self._places is None:
            self._places = {run.id: row for row, run in enumerate(self._rows) if row not in self._folds}
        return self._places.get(number)

    def place_of(self, number: int) -> int | None:
        """The same, or the folded group that it is in."""
        if (row := self.row_of(number)) is not None:
            return row
        return next((row for row in self._folds if any(run.id == number for run in self._heads[row].runs)), None)

    def neighbour(self, numbers: Sequence[int]) -> int | None:
        """The shown run below the last of these, else the one above the first; None where they are all there is."""
        rows = [row for number in numbers if (row := self.row_of(number)) is not None]
        if not rows:
            return None
        gone = set(numbers)
        order = [*self._rows[max(rows) :], *reversed(self._rows[: min(rows)])]
        return next((run.id for run in order if run.id not in gone), None)

    # -- Qt's questions ------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS) + len(self._facts)

    def flags(self, index: Index) -> Qt.ItemFlag:
        there = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        named = index.column() == Column.TITLE and self.folded_at(index.row()) is None
        return there | Qt.ItemFlag.ItemIsEditable if named else there

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        run = self._rows[index.row()]
        if (group := self.folded_at(index.row())) is not None:
            told = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return self.heading(group) if told and index.column() == Column.TITLE else None
        if path := self.fact_at(index.column()):
            told = role in (
                Qt.ItemDataRole.DisplayRole,
                Qt.ItemDataRole.AccessibleTextRole,
                Qt.ItemDataRole.ToolTipRole,
            )
            return self.fact_text(run, path) if told else None
        column = Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return TEXTS[column](run)
            case Qt.ItemDataRole.EditRole if column is Column.TITLE:
                return run.title
            case Qt.ItemDataRole.ToolTipRole:
                tip = TIPS.get(column, TEXTS[column])(run)
                apart = self.apart(run) if column is Column.TITLE else ""
                return f"{tip}\n\n{apart}" if apart else tip
            case _:
                return None

    def fact_text(self, run: Summary, path: str) -> str:
        """What a cell says of a setting or score."""
        return self.naming.write(path, self.facts(run).get(path, ())) or NONE

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() != Column.TITLE:
            return False
        run = self._rows[index.row()]
        if value != run.title:
            self.renamed.emit(run.id, value)
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if path := self.fact_at(section):
            return self._fact_header(path, role)
        about = COLUMNS[Column(section)]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(about.heading)
            case Qt.ItemDataRole.ToolTipRole:
                return str(about.tip)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if Column(section) in RIGHT else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.InitialSortOrderRole:
                return Qt.SortOrder.DescendingOrder if about.falling else Qt.SortOrder.AscendingOrder
            case _:
                return None

    def _fact_header(self, path: str, role: int) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.named(path)
            case Qt.ItemDataRole.ToolTipRole:
                return "\n".join(dict.fromkeys([self.named(path), path]))
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.InitialSortOrderRole:
                return Qt.SortOrder.DescendingOrder
            case _:
                return None


TEXTS: dict[Column, Callable[[Summary], str]] = {
    Column.STAR: lambda run: say("starred") if run.starred else "",
    Column.PICTURE: lambda run: "",
    Column.TITLE: lambda run: str(listed([run.named, STATE_WORDS[run.state], *run.tags])),
    Column.DATA: lambda run: str(Text(run.data)),
    Column.VARIANT: lambda run: str(variant(run)),
    Column.EPOCHS: epochs,
    Column.OBJECTIVE: lambda run: score(run, run.objective, ".4g"),
    Column.PSNR: lambda run: score(run, run.psnr, ".2f"),
    Column.PARAMETERS: lambda run: compact(run.parameters),
    Column.TRAINED: lambda run: say("now") if run.state == "training" else ago(run.updated, time.time()),
    Column.SPENT: lambda run: duration(run.seconds),
}
"""What a cell says, in one line."""

TIPS: dict[Column, Callable[[Summary], str]] = {
    Column.STAR: lambda run: say("Take the star away (S)") if run.starred else say("Give it a star (S)"),
    Column.PICTURE: lambda run: say("Above: held-out images as the encoder gets them. Below: the reconstructions"),
    Column.TITLE: lambda run: "\n\n".join(
        said
        for said in (f"{run.named} (#{run.id})", " ".join(run.tags), run.note, run.error or str(STATES[run.state]))
        if said
    ),
    Column.EPOCHS: lambda run: steps_done(run),
    Column.OBJECTIVE: lambda run: (
        "" if run.objective is None else say("{objective:.8g} on held-out images", objective=run.objective)
    ),
    Column.PSNR: lambda run: "" if run.psnr is None else say("{psnr:.4f} dB on held-out images", psnr=run.psnr),
    Column.PARAMETERS: lambda run: str(
        plural("{count} weight or bias", "{count:,} weights and biases", run.parameters)
    ),
    Column.TRAINED: lambda run: say("{trained}\nBegan {begun}", trained=date(run.updated), begun=date(run.created)),
}
"""What a cell says of itself under the pointer, where that is more."""
