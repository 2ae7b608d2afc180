"""The runs of a library as Qt's table model: a plain list, filtered and sorted in Python, the fast way here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.library.asking import question
from aestudio.core.library.summary import STATE_WORDS, STATES, Summary
from aestudio.studio.runs.rows import COLUMNS, Column, Known, Which, found, ordered
from aestudio.studio.runs.words import ago, compact, date, duration, epochs, score, steps_done, variant

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
RIGHT = frozenset({Column.EPOCHS, Column.OBJECTIVE, Column.PSNR, Column.PARAMETERS, Column.TRAINED, Column.SPENT})
"""Columns of numbers, written to the right."""


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
        self._known = Known(lambda number: self.settings(number))
        self._question = question("")
        self.settings: Callable[[int], Mapping[str, Any]] = lambda _: {}
        """Of a run by its number; what a search for settings and scores reads."""
        self._which = Which.ALL
        self._column, self._falling = Column.TRAINED, True

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
        wanted = Column(column), order is Qt.SortOrder.DescendingOrder
        if wanted != (self._column, self._falling):  # Qt asks twice
            self._column, self._falling = wanted
            self._arrange()

    def _arrange(self) -> None:
        rows = ordered(found(self._all, self._question, self._which, self._known), self._column, falling=self._falling)
        before = self._rows
        if [run.id for run in rows] != [run.id for run in before]:
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

    # -- what can be asked ---------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many runs there are, shown or not."""
        return len(self._all)

    def run(self, row: int) -> Summary:
        """The run in a row."""
        return self._rows[row]

    def rows(self) -> list[Summary]:
        """The runs that are shown, from the top."""
        return self._rows

    def row_of(self, number: int) -> int | None:
        """Where a run is shown; None where it is not."""
        if self._places is None:
            self._places = {run.id: row for row, run in enumerate(self._rows)}
        return self._places.get(number)

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
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        there = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return there | Qt.ItemFlag.ItemIsEditable if index.column() == Column.TITLE else there

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        run, column = self._rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return TEXTS[column](run)
            case Qt.ItemDataRole.EditRole if column is Column.TITLE:
                return run.title
            case Qt.ItemDataRole.ToolTipRole:
                return TIPS.get(column, TEXTS[column])(run)
            case _:
                return None

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


TEXTS: dict[Column, Callable[[Summary], str]] = {
    Column.STAR: lambda run: say("starred") if run.starred else "",
    Column.PICTURE: lambda run: "",
    Column.TITLE: lambda run: say("{title}, {state}", title=run.named, state=STATE_WORDS[run.state]),
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
        said for said in (f"{run.named} (#{run.id})", run.note, run.error or str(STATES[run.state])) if said
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
