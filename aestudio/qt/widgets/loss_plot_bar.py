"""The controls above the loss curves."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QSlider, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.display import UNITS, display
from aestudio.qt.widgets.basics import FlowLayout, IconButton, Readout, Segmented, label
from aestudio.qt.widgets.behind_button import BehindButton
from aestudio.qt.widgets.layouts import holder, in_column, in_row


class LossPlotBar(QWidget):
    """Raw or weighted, linear or logarithmic; below, where they are wanted, how smooth, of what, and beside what.

    Nothing of it ever lies over the plot.
    """

    changed = Signal()
    """What is drawn changes, but not the numbers it is made from."""
    smoothed = Signal()
    """Smoothed numbers must be made anew: for another memory or of other terms."""
    log_toggled = Signal(bool)
    cut_toggled = Signal(bool)
    """Whether spikes may leave the view."""
    before_wanted = Signal(bool)
    """The run before is to be drawn too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weighted = Segmented(
            (
                (say("Raw"), say("Each term as it is")),
                (say("Weighted"), say("Each term times its weight λ: what is added up to the objective")),
            ),
            say("Terms"),
        )
        self.log = _box(say("Log"), say("Logarithmic axis; values that are not positive are left out"))
        self.log.setAccessibleName(say("Logarithmic axis"))
        self.cut = _box(
            say("Cut spikes"),
            say("Spikes that would flatten everything else may leave the view; the plot says how high they are"),
        )
        self.before = _box(say("Previous run"), say("Draws the last run of this name behind this one, dotted"))
        self.per_pixel = Segmented(
            (
                (str(UNITS[True]), say("Losses divided by the number of pixels, in all plots")),
                (str(UNITS[False]), say("Losses summed over the pixels, as they are trained on, in all plots")),
            ),
            say("Losses"),
        )
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 99)
        self.slider.setFixedWidth(theme.px(96))
        self.slider.setAccessibleName(say("Smoothing"))
        self.slider.setToolTip(say("Smoothing: the memory of the moving average, 0 to 0.99"))
        self._beta = Readout("0.99", "muted")
        self.reset = IconButton("reset", say("Show everything and follow the training (or double-click the plot)"))
        self.reset.setEnabled(False)
        self.more = IconButton("sliders", say("More: smoothing, spikes, previous run, unit"))
        self.more.setCheckable(True)

        self.behind = BehindButton()
        smoothing = holder(in_row(label(say("Smoothing"), "muted"), self.slider, self._beta))
        self.lesser = QWidget()
        self._below = FlowLayout(self.lesser, spacing=theme.GRID)
        for part in (smoothing, self.cut, self.before, self.per_pixel):
            self._below.addWidget(part)
        self.lesser.hide()
        self._row = in_row(self.weighted, self.log, 1, self.more, self.reset)
        in_column(self._row, self.behind, self.lesser, host=self, spacing=theme.GRID // 2)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)  # the plot gives way, not its rows
        self._narrow = False

        self.weighted.choose(1)
        self.cut.setChecked(True)
        self._show_display()
        self.weighted.changed.connect(self._terms_changed)
        self.log.toggled.connect(self.log_toggled)
        self.cut.toggled.connect(self.cut_toggled)
        self.before.toggled.connect(self.before_wanted)
        self.more.toggled.connect(self.lesser.setVisible)
        self.slider.valueChanged.connect(self._slid)
        self.per_pixel.changed.connect(self._unit_chosen)
        display().changed.connect(self._display_changed)

    def beta(self) -> float:
        """The memory of the moving average; 0 where there is none."""
        return self.slider.value() / 100

    def minimumSizeHint(self) -> QSize:
        """Room for what stands in the bar when it is narrowest."""
        return self._needed(self.weighted, self.more, self.reset)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self._needed(self.weighted, self.log, self.more, self.reset).width()
        if narrow != self._narrow:
            self._narrow = narrow
            if narrow:
                self._below.addWidget(self.log)
            else:
                self._row.insertWidget(1, self.log)

    def _needed(self, *parts: QWidget) -> QSize:
        hints = [part.sizeHint() for part in parts]
        return QSize(
            sum(hint.width() for hint in hints) + theme.GRID * len(parts), max(hint.height() for hint in hints)
        )

    @Slot()
    def _terms_changed(self) -> None:
        self.smoothed.emit()

    @Slot(int)
    def _slid(self, percent: int) -> None:
        display().choose(smoothing=percent)

    @Slot(int)
    def _unit_chosen(self, index: int) -> None:
        display().choose(per_pixel=index == 0)

    def _show_display(self) -> None:
        with QSignalBlocker(self.slider), QSignalBlocker(self.per_pixel):
            self.slider.setValue(display().smoothing)
            self.per_pixel.choose(0 if display().per_pixel else 1)
        self._beta.setText(f"{self.beta():g}")

    @Slot()
    def _display_changed(self) -> None:
        self._show_display()
        self.smoothed.emit()


def _box(text: str, tip: str) -> QCheckBox:
    made = QCheckBox(text)
    made.setToolTip(tip)
    made.setAccessibleName(text)
    return made
