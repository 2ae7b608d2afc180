"""What stands in the place of a panel that has nothing to show: why, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from aestudio.qt.panel import Panel
from aestudio.qt.widgets.basics import TextButton, hint
from aestudio.qt.widgets.layouts import in_column, in_row


class Refusal(QWidget):
    """A sentence in the middle, a button below it that may help, and above it the choices of the panel that refused."""

    remedy_wanted = Signal()
    """The button was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said = hint("")
        self.said.setObjectName("inspectHint")
        self.remedy = TextButton("", "")
        self.remedy.setObjectName("remedyButton")
        self.remedy.clicked.connect(lambda: self.remedy_wanted.emit())
        self._column = in_column(1, self.said, in_row(1, self.remedy, 1), 1, host=self)
        self._whose: Panel | None = None
        """Whose choices stand above the sentence."""

    def show_refusal(self, sentence: str, remedy: str, whose: Panel | None) -> None:
        """Why there is nothing to see; `remedy` is what the button says, empty for none."""
        self.said.setText(sentence)
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))
        self._place_choices(whose)

    def _place_choices(self, whose: Panel | None) -> None:
        """Those of one panel above the sentence, all others where they belong."""
        if whose is self._whose:
            return
        had_focus, page = QApplication.focusWidget(), self.parentWidget()
        if self._whose is not None:
            self._whose.take_back_choices()
        self._whose = whose
        if whose is not None and whose.choices is not None:
            self._column.insertWidget(0, whose.choices)
            whose.choices.show()
        if had_focus is not None and page is not None and page.isAncestorOf(had_focus):
            QTimer.singleShot(0, had_focus, had_focus.setFocus)  # which a widget that moves loses
