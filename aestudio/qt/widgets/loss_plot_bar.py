"""The controls above the loss curves."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QSlider, QSpinBox, QVBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import IconButton, Segmented, label, pad
from aestudio.qt.widgets.layouts import in_row

ROOMY = 600
"""From this width on every control stands in the bar; below it the lesser ones are behind a button."""


class LossPlotBar(QWidget):
    """Raw or weighted, linear or logarithmic, how smooth, from which step on, and back to following."""

    changed = Signal()
    """What is drawn changes, but not the numbers it is made from."""
    smoothed = Signal()
    """Smoothed numbers must be made anew: for another memory or of other terms."""
    log_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weighted = Segmented(
            (
                (say("Raw"), say("Each term as it is")),
                (say("Weighted"), say("Each term times its weight λ: what is added up to the objective")),
            ),
            say("Terms"),
        )
        self.log = QCheckBox(say("Log"))
        self.log.setAccessibleName(say("Logarithmic axis"))
        self.log.setToolTip(say("Logarithmic axis; values that are not positive are left out"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 99)
        self.slider.setFixedWidth(96)
        self.slider.setAccessibleName(say("Smoothing"))
        self.slider.setToolTip(say("Smoothing: the memory of the moving average, 0 to 0.99"))
        self._beta = label("0", "muted")
        self._beta.setFixedWidth(self.fontMetrics().horizontalAdvance("0.99") + 8)
        self.skip = QSpinBox()
        self.skip.setRange(0, 10_000_000)
        self.skip.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.skip.setKeyboardTracking(False)
        pad(self.skip)
        self.skip.setFixedWidth(88)
        self.skip.setAccessibleName(say("Skip the first steps"))
        self.skip.setToolTip(say("Leaves the first steps out, whose great values would flatten the rest"))
        self.reset = IconButton("reset", say("Show everything and follow the training (or double-click the plot)"))
        self.reset.setEnabled(False)
        self._more = IconButton("sliders", say("More: smoothing, steps to skip"))
        self._more.clicked.connect(self._pop_up)

        self.weighted.choose(1)

        self.lesser = QWidget()
        in_row(
            label(say("Smoothing"), "muted"),
            self.slider,
            self._beta,
            label(say("Skip first"), "muted"),
            self.skip,
            host=self.lesser,
        )
        self.popup = QFrame(self, Qt.WindowType.Popup)
        self.popup.setProperty("role", "card")
        self._column = QVBoxLayout(self.popup)
        self._column.setContentsMargins(12, 8, 12, 8)

        self._row = in_row(self.weighted, 1, self._more, self.reset, host=self)
        self._roomy = self._narrow = True
        self._arrange(roomy=False, narrow=False)

        self.weighted.changed.connect(self._terms_changed)
        self.log.toggled.connect(self.log_toggled)
        self.slider.valueChanged.connect(self._slid)
        self.skip.valueChanged.connect(self._skipped)

    def beta(self) -> float:
        """The memory of the moving average; 0 where there is none."""
        return self.slider.value() / 100

    def minimumSizeHint(self) -> QSize:
        """Room for what stands in the bar when it is narrowest."""
        return self._needed(self.weighted, self._more, self.reset)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self._needed(self.weighted, self.log, self._more, self.reset).width()
        self._arrange(roomy=self.width() >= ROOMY, narrow=narrow)

    def _needed(self, *parts: QWidget) -> QSize:
        hints = [part.sizeHint() for part in parts]
        return QSize(
            sum(hint.width() for hint in hints) + theme.GRID * len(parts), max(hint.height() for hint in hints)
        )

    def _arrange(self, *, roomy: bool, narrow: bool) -> None:
        if (roomy, narrow) == (self._roomy, self._narrow):
            return
        self._roomy, self._narrow = roomy, narrow
        self.popup.hide()
        self._row.removeWidget(self.log)
        self._row.removeWidget(self.lesser)
        if narrow:
            self._column.insertWidget(0, self.log)
        else:
            self._row.insertWidget(1, self.log)
        if roomy:
            self._row.insertWidget(2, self.lesser)
        else:
            self._column.addWidget(self.lesser)
        self.log.show()
        self.lesser.show()
        self._more.setVisible(not roomy)

    def _pop_up(self) -> None:
        self.popup.adjustSize()
        corner = self._more.mapToGlobal(QPoint(self._more.width(), self._more.height() + 4))
        self.popup.move(corner - QPoint(self.popup.width(), 0))
        self.popup.show()
        self.slider.setFocus()

    def _terms_changed(self, _index: int) -> None:
        self.smoothed.emit()

    def _slid(self, percent: int) -> None:
        self._beta.setText(f"{percent / 100:g}")
        self.smoothed.emit()

    def _skipped(self, _steps: int) -> None:
        self.changed.emit()
