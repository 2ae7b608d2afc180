"""The button that says that something was left out, and the list that says what and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QVBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt.widgets.basics import TextButton


class LeftOut(TextButton):
    """Hidden while nothing was left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", say("What was left out, and why"), role="quiet", icon="warning", parent=parent)
        self.reasons: list[str] = []
        self.clicked.connect(self._list)
        self.hide()

    def show_reasons(self, reasons: Sequence[str]) -> None:
        """Sentences, of a file each or of several; none hides the button."""
        self.reasons = list(reasons)
        self.setText(say("Left out ({count:,})", count=len(reasons)))
        self.setVisible(bool(reasons))

    @Slot()
    def _list(self) -> None:
        dialog = QDialog(self)
        dialog.setWindowTitle(say("What was left out"))
        dialog.resize(640, 360)
        listing = QListWidget()
        listing.addItems(self.reasons)
        listing.setWordWrap(True)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(dialog.reject)
        column = QVBoxLayout(dialog)
        column.addWidget(listing)
        column.addWidget(close)
        dialog.open()
