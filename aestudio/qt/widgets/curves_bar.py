"""The controls above the curves of several runs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import FlowLayout, IconButton, Segmented
from aestudio.studio.series import WHOLE, Quantity


class RunCurvesBar(QWidget):
    """What is drawn, over steps or epochs, of which images, and on which axis."""

    changed = Signal()
    """Other curves, or another axis: everything is to be shown again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: list[Quantity] = []
        self.quantity = QComboBox()
        self.quantity.setObjectName("curvesQuantity")
        self.quantity.setAccessibleName(say("What is drawn"))
        self.quantity.setToolTip(say("The objective, one of its terms without its weight, or a held-out score"))
        self.quantity.setFixedWidth(24 * self.fontMetrics().averageCharWidth() + 32)
        self.axis = Segmented(
            (
                (say("Steps"), say("Over training steps")),
                (say("Epochs"), say("Over epochs: the same images seen as often")),
            ),
            say("Over"),
        )
        self.train = self._box(say("Training"), say("Every training step, as a line"))
        self.held_out = self._box(say("Held-out"), say("Averages over held-out images after each epoch, as dots"))
        self.log = self._box(say("Log"), say("Logarithmic axis; values that are not positive are left out"))
        self.log.setAccessibleName(say("Logarithmic axis"))
        self.train.setChecked(True)
        self.held_out.setChecked(True)
        self.reset = IconButton("reset", say("Show everything (or double-click the plot)"))
        self.reset.setEnabled(False)
        row = FlowLayout(self, spacing=theme.GRID)
        for part in (self.quantity, self.axis, self.train, self.held_out, self.log, self.reset):
            row.addWidget(part)
        self.quantity.activated.connect(self._say)
        self.axis.changed.connect(self._say)
        for box in (self.train, self.held_out, self.log):
            box.toggled.connect(self._say)
        self.offer([WHOLE])

    def _box(self, text: str, tip: str) -> QCheckBox:
        made = QCheckBox(text)
        made.setAccessibleName(text)
        made.setToolTip(tip)
        return made

    def offer(self, choices: Sequence[Quantity]) -> None:
        """What can be drawn. The choice stays where it can."""
        wanted = self.chosen()
        if list(choices) == self._choices:
            return
        self._choices = list(choices)
        with QSignalBlocker(self.quantity):
            self.quantity.clear()
            self.quantity.addItems([one.title for one in choices])
            self.quantity.setCurrentIndex(self._choices.index(wanted) if wanted in self._choices else 0)
        self.updateGeometry()

    def chosen(self) -> Quantity:
        """What is to be drawn."""
        at = self.quantity.currentIndex()
        return self._choices[at] if 0 <= at < len(self._choices) else WHOLE

    def choose(self, quantity: Quantity) -> None:
        """Draw something else, which must be on offer."""
        self.quantity.setCurrentIndex(self._choices.index(quantity))
        self.changed.emit()

    def choices(self) -> list[Quantity]:
        """What is on offer."""
        return list(self._choices)

    @property
    def by_epochs(self) -> bool:
        return self.axis.index() == 1

    def _say(self, _value: object = None) -> None:
        # Scores have no training curve: the box would do nothing.
        self.train.setEnabled(self.chosen().kind != "score")
        self.changed.emit()
