"""A button that does an action, and shows what it is called, its key, and whether it can be done now."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from aestudio.qt.action import Action
from aestudio.qt.widgets.basics import IconButton, TextButton


class ActionButton(TextButton):
    """Has the action's words, or others where it is called otherwise here."""

    def __init__(self, action: Action, text: str = "", *, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text or action.words(), action.tooltip(), role=role, icon=action.icon, parent=parent)
        self.action, self._own_text = action, text
        self.setObjectName(f"{action.name}Button")
        self.clicked.connect(lambda _on=False: action.perform())
        self.refresh()

    def refresh(self) -> None:
        """Something may have become possible, or be so no longer."""
        follow(self, self.action)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and not self._own_text:
            self.setText(self.action.words())
            self.setAccessibleName(self.action.words())


class ActionIcon(IconButton):
    """The same with an icon alone."""

    def __init__(self, action: Action, parent: QWidget | None = None) -> None:
        super().__init__(action.icon, action.tooltip(), parent)
        self.action = action
        self.setObjectName(f"{action.name}Button")
        self.clicked.connect(lambda _on=False: action.perform())
        self.refresh()

    def refresh(self) -> None:
        """Something may have become possible, or be so no longer."""
        follow(self, self.action)
        self.setAccessibleName(self.action.words())


def follow(button: QAbstractButton, action: Action) -> None:
    """Shows what is true of the action now."""
    button.setEnabled(action.can())
    button.setToolTip(action.tooltip())
    if button.parentWidget() is not None or not action.offered():  # without a parent it would be a window
        button.setVisible(action.offered())
