"""Which columns the table of runs has, what its runs are grouped by, and how it is remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.library import columns
from aestudio.qt.pages.runs.fact_chooser import FactChooser, Offered, offered
from aestudio.qt.pages.runs.table import RunTable
from aestudio.studio.runs.grouping import NAMED
from aestudio.studio.runs.rows import COLUMNS, Column

MOST_OFFERED = 8
"""Settings that differ, in the menu of what can be grouped by."""
FITTING = "fitting"


class Arranging(QObject):
    """The menus of columns and groups, and the dialog of all settings and scores."""

    grouped = Signal(bool)
    """Whether runs are put together now."""

    def __init__(self, table: RunTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._table, self._model, self._window = table, table.runs, parent
        table.columns_asked.connect(lambda place: self.columns_menu().popup(place))

    # -- columns -------------------------------------------------------------------------------------------------------

    def columns_menu(self) -> QMenu:
        """Which columns are shown, to be ticked."""
        table = self._table
        menu = self._menu("columnsMenu")
        fit = menu.addAction(say("As many as fit"))
        fit.setCheckable(True)
        fit.setChecked(table.wanted_columns() is None)
        fit.triggered.connect(lambda: table.show_columns(None))
        menu.addSeparator()
        for column, about in COLUMNS.items():
            action = menu.addAction(str(about.heading) or say("Star"))
            action.setCheckable(True)
            action.setChecked(not table.isColumnHidden(column))
            action.setEnabled(column is not Column.TITLE)
            action.setData(column)
        menu.addSeparator()
        for path in self._model.shown_facts():
            action = menu.addAction(self._model.named(path))
            action.setCheckable(True)
            action.setChecked(True)
            action.triggered.connect(self._leaving_out(path))
        menu.addAction(say("Settings and scores…")).triggered.connect(self.ask_facts)
        menu.triggered.connect(table.toggle_column)
        return menu

    def show_facts(self, paths: list[str]) -> None:
        """Settings and scores that have a column each, by their paths."""
        self._model.show_facts(paths)

    @Slot()
    def ask_facts(self) -> None:
        """Lets the person tick settings and scores."""
        title = say("Columns of settings and scores")
        dialog = FactChooser(title, self._offered(), self._model.shown_facts(), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.show_facts(dialog.chosen()))
        dialog.open()

    # -- groups --------------------------------------------------------------------------------------------------------

    def group_menu(self) -> QMenu:
        """What runs can be put together by."""
        menu, now = self._menu("groupMenu"), self._model.grouped_by()
        differing = [path for path in self._differing() if path != now and path not in NAMED][:MOST_OFFERED]
        own = [now] if now and now not in NAMED else []
        choices = {"": say("No groups"), **{name: str(heading) for name, (heading, _) in NAMED.items()}}
        choices |= {path: self._model.named(path) for path in [*own, *differing]}
        for name, said in choices.items():
            action = menu.addAction(said)
            action.setCheckable(True)
            action.setChecked(name == now)
            action.triggered.connect(self._grouping_by(name))
            if name in ("", "tag"):
                menu.addSeparator()
        menu.addAction(say("Another setting or score…")).triggered.connect(self.ask_group)
        if now:
            menu.addSeparator()
            menu.addAction(say("Fold all groups")).triggered.connect(lambda: self._table.fold_all(fold=True))
            menu.addAction(say("Unfold all groups")).triggered.connect(lambda: self._table.fold_all(fold=False))
        return menu

    def group_by(self, name: str) -> None:
        """Puts together what has this in common, see Group; empty puts nothing together."""
        self._model.group_by(name)
        self.grouped.emit(bool(name))

    @Slot()
    def ask_group(self) -> None:
        """Lets the person choose one of all settings and scores."""
        dialog = FactChooser(say("Group by a setting or score"), self._offered(), (), self._window, several=False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.group_by(dialog.chosen()[0]))
        dialog.open()

    # -- from one time to the next -------------------------------------------------------------------------------------

    def remembered(self) -> dict[str, str]:
        """By name, what `recall` brings back."""
        wanted = self._table.wanted_columns()
        column, falling = self._model.sorted_by()
        return {
            "columns": FITTING if wanted is None else " ".join(one.name for one in wanted),
            "settings": " ".join(self._model.shown_facts()),
            "group": self._model.grouped_by(),
            "folded": json.dumps(sorted(self._model.folded()), ensure_ascii=False),
            "order": f"{self._model.fact_at(column) or Column(column).name} {'falling' if falling else 'rising'}",
        }

    def recall(self, kept: Callable[[str], str | None]) -> None:
        """As it was; what is not known under a name stays as it is."""
        if (said := kept("settings")) is not None:
            self._model.show_facts(dict.fromkeys(said.split()))
        if said := kept("columns"):
            names: Mapping[str, Column] = Column.__members__
            found = [names[one] for one in said.split() if one in names]
            self._table.show_columns(None if said == FITTING or not found else found)
        if said := kept("group"):
            self.group_by(said)
            self._model.fold(_values(kept("folded")))
        by, _, how = (kept("order") or "").partition(" ")
        facts = self._model.shown_facts()
        column = len(COLUMNS) + facts.index(by) if by in facts else Column.__members__.get(by)
        if column is not None:
            self._table.sort_by(column, falling=how != "rising")

    # -- inside --------------------------------------------------------------------------------------------------------

    def _menu(self, name: str) -> QMenu:
        menu = QMenu(self._window)
        menu.setObjectName(name)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def popup_under(self, button: QWidget, menu: QMenu) -> None:
        """A menu below the right end of a button."""
        corner = button.mapToGlobal(QPoint(button.width(), button.height() + 4))
        menu.popup(corner - QPoint(menu.sizeHint().width(), 0))

    def _offered(self) -> list[Offered]:
        runs = self._model.newest()
        return offered(self._model.paths(), (self._model.facts(run) for run in runs), self._model.naming)

    def _differing(self) -> list[str]:
        return columns.differing({run.id: self._model.facts(run) for run in self._model.newest()})

    def _leaving_out(self, path: str) -> Callable[[], None]:
        return lambda: self.show_facts([one for one in self._model.shown_facts() if one != path])

    def _grouping_by(self, name: str) -> Callable[[], None]:
        return lambda: self.group_by(name)


def _values(said: str | None) -> list[str]:
    """Of groups, as they are remembered; none where that was changed by hand."""
    try:
        found = json.loads(said or "[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
