"""What can be done to the chosen runs: for buttons and the context menu alike, with the reason where it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.widgets.basics import TextButton
from aestudio.studio.runs.words import why_not_continued

MENU = (
    "open", "continue", "again", "", "rename", "star", "", "export", "curves", "", "trash", "restore", "empty"
)  # fmt: skip
"""The order of the context menu; an empty name is a line."""
LOOKS = {
    "open": (Text("Open"), "open", Text("Show its model, images and curves on the Explore page (Enter)")),
    "continue": (Text("Continue"), "continue", Text("Go on training from its newest checkpoint")),
    "again": (
        Text("Train again with changes…"),
        "again",
        Text("Take its settings to the Explore page, change some and train"),
    ),
    "rename": (Text("Rename"), "rename", Text("Give it another title (F2)")),
    "star": (Text("Star"), "star", Text("Give it a star or take it away (S)")),
    "export": (Text("Export…"), "export", Text("Write its model for other programs")),
    "curves": (Text("Curves as CSV…"), "chart", Text("Save its curves as a CSV file")),
    "trash": (Text("Delete"), "trash", Text("Move to the trash (Del); Ctrl+Z brings it back")),
    "restore": (Text("Restore"), "undo", Text("Take out of the trash again")),
    "empty": (Text("Empty trash…"), "trash", Text("Delete what is in the trash for good")),
}
"""Text, icon and tooltip."""
KEYS = {"open": Text("Enter"), "rename": Text("F2"), "star": Text("S"), "trash": Text("Del")}
"""Keys that the table answers to itself, written in the menu."""
ONE = frozenset({"open", "continue", "again", "rename", "export", "curves"})
"""Actions on exactly one run."""
ELSEWHERE = frozenset({"restore", "empty"})
"""Actions on what is in the trash; the others are for what is not."""


class RunActions(QObject):
    """The actions by name; whoever does them connects to their `triggered`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        for name, (text, _icon, tip) in LOOKS.items():
            action = QAction(str(text), self)
            action.setObjectName(f"{name}Run")
            action.setToolTip(str(tip))
            self._actions[name] = action
        parent.installEventFilter(self)
        self._restyle()
        self.update([], in_trash=False, trashed=0)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def update(self, chosen: Sequence[Summary], *, in_trash: bool, trashed: int) -> None:
        """Offers what can be done to the chosen runs; `trashed` counts those in the trash while that is shown."""
        for name, action in self._actions.items():
            action.setVisible((name in ELSEWHERE) == in_trash)
            why_not = self._why_not(name, chosen)
            action.setEnabled(not why_not if name != "empty" else trashed > 0)
            action.setToolTip(why_not or str(LOOKS[name][2]))
        starred = bool(chosen) and all(run.starred for run in chosen)
        self._actions["star"].setText(say("Take the star away") if starred else str(LOOKS["star"][0]))

    @staticmethod
    def _why_not(name: str, chosen: Sequence[Summary]) -> str:
        if name == "empty":
            return ""
        if not chosen:
            return say("Choose a run first")
        if name in ONE and len(chosen) > 1:
            return say("Choose a single run for this")
        if name == "continue":
            return why_not_continued(chosen[0])
        if name == "trash" and any(run.state == "training" for run in chosen):
            return say("A run that is training cannot be deleted; stop it first")
        return ""

    def button(self, name: str, *, role: str = "") -> TextButton:
        """A button that does what the action does, for as long as it can be done."""
        text, icon, tip = LOOKS[name]
        made = TextButton(str(text), str(tip), role=role, icon=icon)
        made.setObjectName(f"{name}RunButton")
        action = self._actions[name]
        made.clicked.connect(action.trigger)

        def follow() -> None:
            made.setEnabled(action.isEnabled())
            made.setToolTip(action.toolTip())
            made.setVisible(action.isVisible())

        action.changed.connect(follow)
        made.setEnabled(action.isEnabled())
        made.setToolTip(action.toolTip())
        if not action.isVisible():
            made.hide()
        return made

    def menu(self, parent: QWidget) -> QMenu:
        """The context menu of the chosen runs."""
        menu = QMenu(parent)
        menu.setObjectName("runMenu")
        menu.setToolTipsVisible(True)
        for name in MENU:
            if not name:
                menu.addSeparator()
                continue
            shown = menu.addAction(self._actions[name].icon(), self._actions[name].text(), self._actions[name].trigger)
            if name in KEYS:
                shown.setText(f"{shown.text()}\t{KEYS[name]}")
            shown.setToolTip(self._actions[name].toolTip())
            shown.setEnabled(self._actions[name].isEnabled())
            shown.setVisible(self._actions[name].isVisible())
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if theme.is_restyle(event):
            self._restyle()
        return super().eventFilter(watched, event)

    def _restyle(self) -> None:
        for name, (_text, icon, _tip) in LOOKS.items():
            self._actions[name].setIcon(theme.icon(icon))
