"""Menus and keys, made from the actions that are declared wherever they act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import get_args

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from aestudio.core.ground.texts import Text
from aestudio.qt import theme
from aestudio.qt.action import Action, Menu, shown

TITLES = (Text("&File"), Text("&Edit"), Text("&Training"), Text("&View"), Text("&Help"))
TENS = 10


class Menus:
    """One QAction for each name. What is done is what the page that is shown declares by that name, else the window."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._offered: Callable[[], Sequence[Action]] = tuple
        self._shown: dict[str, QAction] = {}
        self._titled: list[tuple[QMenu, Text]] = []
        self._menus: dict[str, QMenu] = {}
        self._inner: dict[str, tuple[QMenu, QActionGroup]] = {}
        self._hung: dict[str, QMenu] = {}

    def hang_before(self, action: str, inner: QMenu, title: Text) -> None:
        """A menu of its own stands before this action from the next `build` on."""
        self._hung[action] = inner
        self._titled.append((inner, title))

    def build(self, declared: Iterable[Action], offered: Callable[[], Sequence[Action]]) -> None:
        """`declared` are all there are; `offered` those of the page that is shown, then the window's. May be called
        again when there are more.
        """
        self._offered = offered
        known: dict[str, Action] = {}
        for action in declared:
            known.setdefault(action.name, action)
        for name, title in zip(get_args(Menu), TITLES, strict=True):
            of_menu = sorted((one for one in known.values() if one.menu == name), key=lambda one: one.place)
            self._fill(self._menu(name, title), of_menu)
        for action in known.values():
            if action.name not in self._shown:
                self._make(action)
        self._window.addActions(list(self._shown.values()))  # their keys work where the menu bar is hidden, too
        self.refresh()

    def _menu(self, name: str, title: Text) -> QMenu:
        """One of the menu bar, empty."""
        if name not in self._menus:
            menu = self._menus[name] = self._window.menuBar().addMenu(str(title))
            menu.setToolTipsVisible(True)
            self._titled.append((menu, title))
        self._menus[name].clear()
        return self._menus[name]

    def __getitem__(self, name: str) -> QAction:
        return self._shown[name]

    def declared(self) -> list[Action]:
        """What can be done now, or could: each name once, as whoever is asked first declares it."""
        found: dict[str, Action] = {}
        for action in self._offered():
            found.setdefault(action.name, action)
        return list(found.values())

    def refresh(self) -> None:
        """Asks what is possible now, what is on, and what it is called."""
        for menu, title in self._titled:
            menu.setTitle(str(title))
        now = {action.name: action for action in self.declared()}
        for name, made in self._shown.items():
            action = now.get(name)
            made.setEnabled(action is not None and action.can())
            if action is not None:
                made.setText(shown(action.text))
                made.setToolTip(action.tooltip())
                if action.checked is not None:
                    made.setChecked(action.checked())

    def _fill(self, menu: QMenu, actions: Sequence[Action]) -> None:
        below: set[str] = set()
        last: float | None = None
        for action in actions:
            if last is not None and last // TENS != action.place // TENS:
                menu.addSeparator()
            last = action.place
            if action.name in self._hung:
                menu.addMenu(self._hung[action.name])
            if not action.choice:
                menu.addAction(self._make(action))
                continue
            if action.choice not in self._inner:
                title = Text(action.choice)
                inner = QMenu(str(title), menu)
                self._titled.append((inner, title))
                self._inner[action.choice] = inner, QActionGroup(inner)
            inner, group = self._inner[action.choice]
            if action.choice not in below:
                below.add(action.choice)
                menu.addMenu(inner)
            inner.addAction(group.addAction(self._make(action)))

    def _make(self, action: Action) -> QAction:
        """Of the window, so that an emptied menu does not delete it."""
        if action.name in self._shown:
            return self._shown[action.name]
        made = QAction(shown(action.text), self._window)
        made.setObjectName(f"{action.name}Action")
        made.setShortcuts(action.sequences())
        made.setCheckable(action.checked is not None)
        made.setToolTip(action.tooltip())
        if action.icon:
            made.setIcon(theme.icon(action.icon))
            made.setIconVisibleInMenu(False)
        made.triggered.connect(lambda _on=False, name=action.name: self._do(name))
        self._shown[action.name] = made
        return made

    def _do(self, name: str) -> None:
        for action in self.declared():
            if action.name == name:
                action.perform()
        self.refresh()


def menu_of(actions: Iterable[Action], parent: QWidget) -> QMenu:
    """A menu to be opened at once, with what can be done now; a line is drawn between two tens."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    last: float | None = None
    for action in (one for one in actions if one.offered()):
        if last is not None and last // TENS != action.place // TENS:
            menu.addSeparator()
        last = action.place
        key = f"\t{action.key()}" if action.keys else ""  # written only: whoever has the keyboard answers to it
        made = menu.addAction(theme.icon(action.icon), f"{shown(action.text)}{key}", action.perform)
        made.setObjectName(action.name)
        made.setToolTip(action.tooltip())
        made.setEnabled(action.can())
        if action.checked is not None:
            made.setCheckable(True)
            made.setChecked(action.checked())
    return menu
