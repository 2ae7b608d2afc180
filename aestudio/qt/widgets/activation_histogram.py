"""How strongly hidden units fire, against the sparsity target that can be dragged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from aestudio.core.ground.texts import DOT, Listing, Text, listed, say
from aestudio.core.probes.activations import DEAD, ActivationStatistics, statistics
from aestudio.core.run.events import Floats, Sparsity
from aestudio.qt import theme
from aestudio.qt.widgets.basics import Segmented, StatCard, hint, label
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.qt.widgets.plots import pen, plot_view, quiet_axes
from aestudio.studio.bins import BINS, FINE, histogram, limits, mean_limits, steady, tidy_limit

HEADROOM = 1.25
"""How much higher than its highest bar a histogram is drawn."""


def in_a_line(found: ActivationStatistics) -> Listing:
    """What fits these activations: how many are active, or how sparse they are."""
    said = [Text("mean {mean:.3g}", mean=found.mean)]
    if found.l0 is not None:
        said.append(Text("L0 {l0:.1f} of {units}", l0=found.l0, units=found.units))
    elif found.sparseness is not None:
        said.append(Text("sparseness {sparseness:.2f}", sparseness=found.sparseness))
    return listed([*said, Text("{dead} dead", dead=found.dead)], DOT)


class ActivationHistogram(theme.Themed, QWidget):
    """The histogram of hidden activations, or of each unit's mean over the images, with numbers beside it.

    Nothing is counted or drawn while the widget is hidden.
    """

    target_moved = Signal(float)
    """The target, continuously while a person drags it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activationHistogram")
        self._letter = ""
        self.setAccessibleName(say("Activation histogram"))
        self._hidden: Floats | None = None
        self._sparsity: Sparsity = "none"
        self._target: float | None = None
        self._counts = np.zeros(0, np.int64)
        self._edges = np.zeros(0)
        self._held: tuple[float, float] | None = None
        self._held_of = (0, 0)
        self._dirty = False
        self._beside: ActivationHistogram | None = None
        self._own = (0.0, 0.0)
        """The ends of the axis that these activations ask for by themselves."""
        self._build()
        self.restyle()

    def share_axes(self, beside: ActivationHistogram) -> None:
        """Bins, axes and what is chosen above them are the same as of another histogram from now on."""
        self._beside = beside
        self._mode.changed.connect(beside._mode.choose)
        self._log.toggled.connect(beside._log.setChecked)

    def set_code(self, letter: str) -> None:
        """Which code the activations are of, where that is not the network's own: h₂; else empty."""
        if letter != self._letter:
            self._letter = letter
            self._name_axis()

    def _name_axis(self) -> None:
        letter = self._letter
        self._plot.setLabel("bottom", say("activation of {code}", code=letter) if letter else say("activation"))

    def set_activations(self, hidden: Floats | None, sparsity: Sparsity = "none") -> None:
        """Hidden activations [M images, H units] and how sparse such can be said to be, or None for the empty
        sentence.
        """
        self._hidden = None if hidden is None or not hidden.size else hidden
        self._sparsity = sparsity
        self._dirty = True
        self.refresh()

    def set_target(self, rho: float | None, ends: tuple[float, float] = (-math.inf, math.inf)) -> None:
        """The target activation ρ̂ that a sparsity penalty holds, and between which ends it can be dragged; None where
        there is none. Emits nothing.
        """
        self._target = None if rho is None else float(rho)
        self.target_line.setBounds(ends)
        self.target_line.setVisible(self._target is not None)
        if self._target is not None:
            self.target_line.setValue(self._target)
            self._label_target()
        self._redraw_now()
        self._place_labels()

    def say_again(self) -> None:
        """In the language that is spoken now."""
        self._label_target()
        self._redraw_now()
        self._place_labels()

    def target(self) -> float | None:
        return self._target

    def move_target(self, rho: float) -> None:
        """Drag the target somewhere, as a person would."""
        if self._target is not None:
            self.target_line.setValue(rho)
            self._dragged()

    def counts(self) -> NDArray[np.int64]:
        """How many values each bar stands for."""
        return self._counts.copy()

    def edges(self) -> NDArray[np.float64]:
        """The ends of the bars, one more than there are bars."""
        return self._edges.copy()

    def statistics_text(self) -> dict[str, str]:
        """What the cards say that are shown, by `mean`, `l0`, `sparseness` and `dead`."""
        return {name: card.value() for name, card in self.cards.items() if not card.isHidden()}

    def set_per_unit(self, per_unit: bool) -> None:
        """Show each unit's mean rather than every activation."""
        self._mode.choose(int(per_unit))

    def per_unit(self) -> bool:
        """Whether each unit's mean is shown."""
        return self._mode.index() == 1

    def set_log(self, log: bool) -> None:
        """Show counts on a logarithmic axis."""
        self._log.setChecked(log)

    def refresh(self) -> None:
        """Count and draw what was last set, if that has not been done and the widget is visible."""
        if not self._dirty or not self.isVisible():
            return
        before = self._drawn()
        self._draw()
        beside = self._beside
        if beside is not None and beside.isVisible() and beside._hidden is not None and self._drawn() != before:
            beside._draw()

    def _drawn(self) -> tuple[float, float, float]:
        """What another histogram has to share: both ends of the axis, and the highest bar."""
        return *self._own, float(self._counts.max(initial=0))

    def _draw(self) -> None:
        self._dirty = False
        self._stack.setCurrentIndex(0 if self._hidden is None else 1)
        if self._hidden is None:
            self._counts, self._edges = np.zeros(0, np.int64), np.zeros(0)
            self._held = None
            return
        self._show_statistics(self._hidden)
        values = self._hidden.mean(0) if self._mode.index() == 1 else self._hidden
        self._own = self._limits(values)
        beside = self._beside if self._beside is not None and self._beside._hidden is not None else None
        low, high = self._own
        if beside is not None:
            low, high = min(low, beside._own[0]), max(high, beside._own[1])
        self._counts = histogram(values, low, high)
        self._edges = np.linspace(low, high, BINS + 1)
        heights = np.log10(np.maximum(self._counts, 0.5)) if self._log.isChecked() else self._counts.astype(float)
        floor = math.log10(0.5) if self._log.isChecked() else 0.0
        self._bars.setData(self._edges, heights)
        self._bars.setFillLevel(floor)
        mean = float(self._hidden.mean())
        self.mean_line.setVisible(math.isfinite(mean))
        if math.isfinite(mean):
            self.mean_line.setValue(mean)
            self.mean_line.label.setFormat(say("mean {mean:.3g}", mean=mean))
        highest = float(heights.max())
        if beside is not None and len(beside._counts):
            most = max(float(beside._counts.max()), 0.5)
            highest = max(highest, math.log10(most) if self._log.isChecked() else most)
        self._fit(low, high, floor, highest)
        self._place_labels()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._mode = Segmented(
            (
                (say("Activations"), say("All activations: every hidden unit for every image")),
                (
                    say("Unit means"),
                    say("Per-unit means: each hidden unit's mean over the images: what a sparsity target holds"),
                ),
            ),
            say("Histogram of"),
        )
        self._mode.changed.connect(self._redraw_now)
        self._log = QCheckBox(say("Log"))
        self._log.setAccessibleName(say("Logarithmic count"))
        self._log.setToolTip(say("Logarithmic counts, so that rare activations can be seen beside many zeros"))
        self._log.toggled.connect(self._set_log)
        self._bar = bar = QHBoxLayout()
        bar.setSpacing(theme.GRID)
        bar.addWidget(self._mode)
        bar.addWidget(self._log)
        bar.addStretch(1)
        self._view = plot_view(say("Histogram"), counted="left")
        self._plot = self._view.getPlotItem()
        self._plot.setMouseEnabled(x=False, y=False)
        self._bars = pg.PlotCurveItem([0.0, 1.0], [0.0], stepMode="center", fillLevel=0, antialias=False)
        self._plot.addItem(self._bars, ignoreBounds=True)
        self._plot.vb.sigResized.connect(self._place_labels)  # counts that need more digits make it narrower
        options: dict[str, Any] = {"position": 0.9}
        self.mean_line = pg.InfiniteLine(0, angle=90, movable=False, label=say("mean"), labelOpts=options)
        self.target_line = pg.InfiniteLine(
            0.1,
            angle=90,
            movable=True,
            label=say("target"),
            labelOpts=options,
        )
        self.target_line.setCursor(Qt.CursorShape.SizeHorCursor)
        self.target_line.setZValue(10)
        self.target_line.setVisible(False)
        self.target_line.sigDragged.connect(self._dragged)
        self.target_line.sigPositionChangeFinished.connect(self._redraw_now)
        for line in (self.mean_line, self.target_line):
            self._plot.addItem(line, ignoreBounds=True)

        cards = {
            "mean": StatCard(say("Mean activation"), say("Over all hidden units and all images shown here")),
            "l0": StatCard(
                say("Active units (L0)"),
                say("How many units are not zero for an image, on average."),
            ),
            "sparseness": StatCard(
                say("Sparseness"),
                say(
                    "Lifetime sparseness of a unit, the mean over all that are not dead (Treves and "
                    "Rolls): 0 where a unit is equally active for all images, 1 where it is active for one "
                    "image only."
                ),
            ),
            "dead": StatCard(
                say("Dead units"),
                say("Units that stay below {share:.1%} of the greatest magnitude for all of these images.", share=DEAD),
            ),
        }
        self.cards = cards
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(theme.GRID)
        for card in cards.values():
            card.setFixedWidth(theme.px(136))
            side.addWidget(card)
        side.addStretch(1)
        left = in_column(bar, spacing=theme.GRID // 2)
        self.line = label("", "caption")
        self.line.setVisible(False)
        left.addWidget(self.line)
        left.addWidget(self._view, 1)
        filled = QWidget()
        in_row((left, 1), self._side, host=filled, spacing=2 * theme.GRID)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(hint(say("Hidden activations appear here when training starts")))
        self._stack.addWidget(filled)

    def _show_statistics(self, hidden: Floats) -> None:
        found = statistics(hidden, self._sparsity)
        self.cards["mean"].show_value(f"{found.mean:.3g}")
        self.cards["l0"].setVisible(found.l0 is not None)
        self.cards["sparseness"].setVisible(found.l0 is None and found.sparseness is not None)
        if found.l0 is not None:
            self.cards["l0"].show_value(f"{found.l0:.1f}", say("of {whole}", whole=found.units))
        if found.sparseness is not None:
            self.cards["sparseness"].show_value(f"{found.sparseness:.2f}")
        self.cards["dead"].show_value(f"{found.dead}", f"/ {found.units}")
        self.line.setText(str(in_a_line(found)))
        self.line.setToolTip("\n".join(card.toolTip() for card in self.cards.values()))

    def _limits(self, values: Floats) -> tuple[float, float]:
        """Where the axis begins and ends; it does not flip between two ends while the greatest value crosses one."""
        assert self._hidden is not None
        of = (self._mode.index(), self._hidden.shape[1])
        if of != self._held_of:
            self._held, self._held_of = None, of
        self._held = steady(self._limits_now(values), self._held)
        return self._held

    def _limits_now(self, values: Floats) -> tuple[float, float]:
        assert self._hidden is not None
        if self.target_line.moving and len(self._edges):
            return float(self._edges[0]), float(self._edges[-1])  # an axis must not slip away under the pointer
        if self._mode.index() == 1:
            return mean_limits(values, self._target)
        low, high = limits(self._hidden)
        return low, high if self._target is None or self._target <= high else tidy_limit(self._target, FINE)

    @Slot()
    def _place_labels(self, *_box: object) -> None:
        """Words outside of the two lines, on their own ground; one below the other where they would meet."""
        lines = [line for line in (self.mean_line, self.target_line) if line.isVisible()]
        (left, right), _heights = self._plot.vb.viewRange()
        scale = self._plot.vb.width() / (right - left) if right > left else 0.0
        lines.sort(key=lambda line: float(line.value()))
        spans: list[tuple[float, float]] = []
        to_the_left = [False] * len(lines)
        for index, line in enumerate(lines):
            x, width = (float(line.value()) - left) * scale, line.label.boundingRect().width() + 2
            outwards = index == 0 and len(lines) == 2
            to_the_left[index] = x >= width and (outwards or x + width > self._plot.vb.width())
            line.label.anchors = [(1, 0.5)] * 2 if to_the_left[index] else [(0, 0.5)] * 2
            spans.append((x - width, x) if to_the_left[index] else (x, x + width))
        meet = len(spans) == 2 and spans[0][1] > spans[1][0] and spans[1][1] > spans[0][0]
        height = max((line.label.boundingRect().height() for line in lines), default=0.0)  # of a row of words
        for line in lines:
            row = 1.5 if meet and line is self.mean_line else 0.5
            line.label.setPosition(1 - (row * height + 2) / max(self._plot.vb.height(), 3 * height, 1.0))
        # Words that cross the other line lie above it; a dashed line on a solid one must be on top to be seen at all.
        on_top = self.mean_line
        if meet and abs(float(lines[0].value()) - float(lines[1].value())) * scale > 3:
            on_top = lines[int(all(to_the_left))]
        for line in lines:
            line.setZValue(11 if line is on_top else 10)

    def _fit(self, low: float, high: float, floor: float, top: float) -> None:
        """Keep the axes unless the bars have outgrown them or become small in them."""
        (left, right), (_bottom, ceiling) = self._plot.vb.viewRange()
        span = max(top - floor, 1e-6)
        margin = 0.012 * (high - low)
        wide = abs(left - low + margin) < 1e-9 and abs(right - high - margin) < 1e-9
        if not wide or not 0.55 * (ceiling - floor) < span <= (ceiling - floor) * 0.98:
            across, up = (low - margin, high + margin), (floor, floor + HEADROOM * span)
            # pyqtgraph's links would fit one that is empty and hidden, and with it this one, by where it might stand.
            for one in (self, self._beside):
                if one is not None:
                    one._plot.vb.setRange(xRange=across, yRange=up, padding=0)

    def _redraw_now(self) -> None:
        self._dirty = True
        self.refresh()

    def _set_log(self, log: bool) -> None:
        self._plot.getAxis("left").setLogMode(x=False, y=log)
        self._redraw_now()

    def _dragged(self, *_line: object) -> None:
        self._target = float(self.target_line.value())
        self._label_target()
        self._place_labels()
        self.target_moved.emit(self._target)

    def _label_target(self) -> None:
        if self._target is not None:
            digits = 2 if self._target >= 0.01 else 3
            self.target_line.label.setFormat(say("target ρ̂ = {target}", target=f"{self._target:.{digits}f}"))

    def sizeHint(self) -> QSize:
        return QSize(560, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(240, self._bar.minimumSize().width()), 230)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = self.width() >= 460
        self._side.setVisible(roomy)
        self.line.setVisible(not roomy)
        self._plot.getAxis("bottom").showLabel(self.height() >= 240)
        self._place_labels()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def restyle(self) -> None:
        look = theme.current()
        quiet_axes(self._plot)
        self._name_axis()
        self._bars.setPen(pen(look.series[0]))
        self._bars.setBrush(QColor(look.tint(look.series[0], 0.35)))
        self.mean_line.setPen(pen(look.text, 1, Qt.PenStyle.DashLine))
        for line in (self.mean_line, self.target_line):
            line.label.fill = pg.mkBrush(look.surface)
        self.mean_line.label.setColor(QColor(look.text))
        self.target_line.setPen(pen(look.accent, 2))
        self.target_line.setHoverPen(pen(look.accent, 4))
        self.target_line.label.setColor(QColor(look.accent))
