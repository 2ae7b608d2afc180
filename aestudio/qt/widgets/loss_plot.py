"""The loss terms against steps, drawn so that drawing never slows the training it shows."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from aestudio.qt import theme
from aestudio.qt.widgets.basics import Chip, FlowLayout, clear, hint, label
from aestudio.qt.widgets.loss_plot_bar import LossPlotBar
from aestudio.qt.widgets.plot_arrays import Growing, Smoother, Thinner, stretch_for, thin
from aestudio.qt.widgets.plots import pen, plot_view, quiet_axes
from aestudio.qt.widgets.readout import Readout

TOTAL = "total"
LAYERS = ("faint", "train", "held-out", "dots")
"""What is drawn of each term, from the bottom up."""
DOT_PIXELS = 14
"""The least room that a held-out dot has."""
SETTLED = 0.03
"""The part of the shown steps that counts as the beginning."""
SPIKE = 3
"""How many times higher than all that follows the beginning must be to be left out of the view."""
LEAST_HEIGHT = 230
KEY = "— train    ╌●╌  held-out"
Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


class LossPlot(QWidget):
    """Training curves (lines) and held-out curves (dots on a dashed line) of the objective's terms and their total.

    Numbers are taken in at any rate and drawn at the next `refresh`, which the owner calls at most ten times a
    second; a refresh with nothing new, or while hidden, costs nothing. The view follows the training until a
    person zooms or pans. The total is the sum of the weighted terms, so it is there beside weighted terms only, and
    only where there are several.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lossPlot")
        self.setAccessibleName("Loss curves")
        self._names: tuple[str, ...] = ()
        self._titles: dict[str, str] = {}
        self._steps = Growing(1, np.float64)
        self._raw = Growing(1)
        self._weighted = Growing(1)
        self._smooth = Growing(1)
        self._smoother = Smoother(1, 0.0)
        self._held_out_steps, self._held_out_raw, self._held_out_weighted = Growing(1), Growing(1), Growing(1)
        self._held_out_dirty = False
        self._thinners: dict[tuple[int, str], Thinner] = {}
        self._drawn: dict[tuple[str, str], Curve] = {}
        self._drawn_by = (False, 0)
        self._phases: list[tuple[float, str, Any]] = []
        self._dirty = False
        self._follow = True
        self._range: tuple[float, float, float, float] | None = None
        self._chips: dict[str, Chip] = {}
        self.curve_items: dict[tuple[str, str], Any] = {}
        self.key: QLabel | None = None
        self._build()
        self._restyle()

    # -- what comes in -----------------------------------------------------------------------------------------------

    def begin(self, names: Sequence[str], titles: Mapping[str, str] | None = None) -> None:
        """Forget everything and plot these terms from now on, under their `titles` where they have some."""
        self._names = tuple(names)
        self._titles = dict(titles or {})
        rows = len(self._names) + 1
        self._steps = Growing(1, np.float64)
        self._raw, self._weighted, self._smooth = Growing(rows), Growing(rows), Growing(rows)
        self._smoother = Smoother(rows, self.smoothing())
        self._held_out_steps = Growing(1, np.float64, 256)
        self._held_out_raw, self._held_out_weighted = Growing(rows, capacity=256), Growing(rows, capacity=256)
        self._thinners = {(row, which): Thinner() for row in range(rows) for which in ("faint", "train")}
        self._drawn = {}
        for _step, _name, line in self._phases:
            self._plot.removeItem(line)
        self._phases = []
        self._follow, self._range = True, None
        self._rebuild_items()
        self._redraw_soon()

    def clear(self) -> None:
        """Back to the empty sentence."""
        self.begin(())
        self._drawn_by = (False, 0)
        self.readout.leave()
        self._bar.reset.setEnabled(False)
        self._stack.setCurrentIndex(0)

    def add_train(self, first_step: int, terms: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """One row a step [S, T], in the order of the names; the total is Σ term × weight."""
        if not len(terms):
            return
        steps = np.arange(first_step, first_step + len(terms), dtype=np.float64)
        weighted = terms * weights
        total = weighted.sum(1, keepdims=True)
        self._steps.append(steps[None])
        self._raw.append(np.concatenate([terms, total], 1).T)
        self._weighted.append(np.concatenate([weighted, total], 1).T)
        self._redraw_soon()

    def add_held_out(self, step: int, terms: Mapping[str, float], weighted: Mapping[str, float]) -> None:
        """Averages over the held-out images at one step."""
        total = float(sum(weighted.values()))
        self._held_out_steps.append(np.array([[step]]))
        for history, values in ((self._held_out_raw, terms), (self._held_out_weighted, weighted)):
            history.append(np.array([*(values.get(name, np.nan) for name in self._names), total])[:, None])
        self._held_out_dirty = True
        self._redraw_soon()

    def mark_phase(self, step: int, name: str) -> None:
        """A dashed upright line where a phase of the training begins."""
        line = pg.InfiniteLine(
            step,
            angle=90,
            movable=False,
            label=f"\u2002{name}",
            labelOpts={"position": 0.96, "anchors": [(0, 0.5), (0, 0.5)]},
        )
        self._plot.addItem(line, ignoreBounds=True)
        self._phases.append((float(step), name, line))
        self._restyle_phases()
        self._held_out_dirty = True
        self._redraw_soon()

    # -- what can be asked -------------------------------------------------------------------------------------------

    def curves(self) -> dict[tuple[str, str], Curve]:
        """What is drawn, by (term, "train" or "held-out"): steps and values, smoothed and thinned as on the screen."""
        return dict(self._drawn)

    def phases(self) -> list[tuple[float, str]]:
        """The marked phases."""
        return [(step, name) for step, name, _line in self._phases]

    def smoothing(self) -> float:
        """β of the moving average; 0 where there is none."""
        return self._bar.beta()

    def set_smoothing(self, beta: float) -> None:
        self._bar.slider.setValue(round(beta * 100))

    def set_weighted(self, weighted: bool) -> None:
        """Show terms as they enter the objective rather than as they are."""
        self._bar.weighted.choose(int(weighted))

    def set_log(self, log: bool) -> None:
        """Show values on a logarithmic axis; what is not positive is left out."""
        self._bar.log.setChecked(log)

    def set_skip(self, steps: int) -> None:
        """Leave the first steps out of the picture."""
        self._bar.skip.setValue(steps)

    def follows(self) -> bool:
        """Whether the view still follows the training."""
        return self._follow

    def view_range(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the view; bottom and top are powers of ten on a logarithmic axis."""
        (left, right), (bottom, top) = self._plot.vb.viewRange()
        return float(left), float(right), float(bottom), float(top)

    def chip(self, name: str) -> Chip:
        """The legend entry of a term or of the total."""
        return self._chips[name]

    def title(self, name: str) -> str:
        """What a term or the total is called in the legend."""
        return self._titles.get(name, name)

    # -- drawing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw what is new. Call it from one timer at 10 Hz or less."""
        if self._dirty and self.isVisible():
            self._draw()

    def reset_view(self) -> None:
        """Show everything, and follow the training again."""
        self._follow, self._range = True, None
        self._bar.reset.setEnabled(False)
        self._draw()

    def _redraw_soon(self) -> None:
        self._dirty = True

    def _redraw_now(self) -> None:
        self._dirty = self._held_out_dirty = True
        self._range = None if self._follow else self._range
        self.refresh()

    def _draw(self) -> None:
        self._dirty = False
        empty = not len(self._steps) and not len(self._held_out_steps)
        self._stack.setCurrentIndex(0 if empty else 1)
        if empty or not self._names:
            self._drawn = {}
            return
        log = self._bar.log.isChecked()
        values = self._weighted if self._bar.weighted.index() == 1 else self._raw
        self._extend_smooth(values)
        steps = self._steps.values[0]
        first, last = self._window(steps)
        pixels = max(64, int(self._plot.vb.width()))
        smooth = self.smoothing() > 0
        held_out = self._held_out_dirty or self._drawn_by != (log, first)
        self._held_out_dirty, self._drawn_by = False, (log, first)
        drawn: dict[tuple[str, str], Curve] = {}
        for row, name in enumerate((*self._names, TOTAL)):
            shown = self._is_shown(name)
            for which in LAYERS:
                self.curve_items[name, which].setVisible(shown and (which != "faint" or smooth))
            if smooth and shown:
                # A point for a few pixels is enough of a smooth line, and keeps its wider pen cheap.
                self._put(name, "faint", self._thinned(row, "faint", values, first, last, pixels // 2))
                curve = self._thinned(row, "train", self._smooth, first, last, pixels // 3)
                drawn[name, "train"] = self._put(name, "train", curve)
            elif shown:
                curve = self._thinned(row, "train", values, first, last, pixels)
                drawn[name, "train"] = self._put(name, "train", curve)
            if shown and len(self._held_out_steps):
                curve, joined = self._held_out_curve(row, log)
                drawn[name, "held-out"] = curve
                if held_out:
                    self._put(name, "held-out", curve, joined)
                    self._put(name, "dots", self._dots(curve))
        self._drawn = drawn
        if self._follow:
            self._follow_training(drawn, log)

    def _thinned(self, row: int, which: str, values: Growing, first: int, last: int, pixels: int) -> Curve:
        return self._thinners[row, which](
            self._steps.values[0], values.values[row], first, last, pixels, log=self._bar.log.isChecked()
        )

    def _put(self, name: str, which: str, curve: Curve, joined: NDArray[np.bool_] | None = None) -> Curve:
        """Draw a curve; `joined` says of each point whether a line leads on from it, else phases part the line."""
        x, y = curve
        y = np.log10(y) if self._bar.log.isChecked() else y
        if which == "dots":
            self.curve_items[name, which].setData(x, y)
        else:
            joined = self._joined_within_phases(x) if joined is None else joined
            self.curve_items[name, which].setData(x, y, connect="all" if joined is None or joined.all() else joined)
        return curve

    def _joined_within_phases(self, x: NDArray[np.float64]) -> NDArray[np.bool_] | None:
        """Whether a line leads on from each point; None where it always does."""
        ends = np.array([int(np.searchsorted(x, step)) for step, _name, _line in self._phases]) - 1
        ends = ends[(ends >= 0) & (ends < len(x) - 1)] if len(ends) else ends
        if not len(ends):
            return None
        joined = np.ones(len(x), bool)
        joined[ends] = False
        return joined

    def _is_shown(self, name: str) -> bool:
        return self._chips[name].isChecked() and (name != TOTAL or self._has_total())

    def _has_total(self) -> bool:
        return len(self._names) > 1 and self._bar.weighted.index() == 1

    def _dots(self, curve: Curve) -> Curve:
        """As many of a curve's points as can be told apart, the newest among them."""
        every = -(-len(curve[0]) * DOT_PIXELS // max(1, int(self._plot.vb.width()))) or 1
        return curve[0][::-every], curve[1][::-every]

    def _held_out_curve(self, row: int, log: bool) -> tuple[Curve, NDArray[np.bool_]]:
        """The curve, and of each point whether a line leads on from it.

        No line leads to or from what was measured before a phase's first step, which it would join to what the
        phase made of it.
        """
        weighted = self._bar.weighted.index() == 1
        x = self._held_out_steps.values[0]
        y = (self._held_out_weighted if weighted else self._held_out_raw).values[row]
        first = int(np.searchsorted(x, self._first_shown()))
        stretch = stretch_for(len(x) - first, int(self._plot.vb.width()))
        x, y = x[first:], y[first:]
        again = np.flatnonzero(np.diff(x) <= 0) + 1
        marks = [int(np.searchsorted(x, step)) for step, _name, _line in self._phases]
        starts = np.unique([0, *again, *marks, np.searchsorted(x, 0, "right"), len(x)])
        pieces = [thin(x[a:b], y[a:b], stretch, log=log) for a, b in pairwise(starts)]
        if not pieces:
            return (np.zeros(0), np.zeros(0)), np.zeros(0, bool)
        joined = [np.arange(len(piece)) < len(piece) - 1 for piece, _values in pieces]
        return (np.concatenate([p for p, _ in pieces]), np.concatenate([v for _, v in pieces])), np.concatenate(joined)

    def _first_shown(self) -> float:
        start = self._steps.values[0, 0] if len(self._steps) else 0.0
        return float(start + self._bar.skip.value()) if self._bar.skip.value() else -np.inf

    def _window(self, steps: NDArray[np.float64]) -> tuple[int, int]:
        """Which points are within the view, with one more at each end."""
        first = int(np.searchsorted(steps, self._first_shown()))
        last = len(steps)
        if not self._follow:
            left, right = self._plot.vb.viewRange()[0]
            first = max(first, int(np.searchsorted(steps, left)) - 1)
            last = min(last, int(np.searchsorted(steps, right)) + 1)
        return first, max(first, last)

    def _extend_smooth(self, values: Growing) -> None:
        if self.smoothing() > 0 and len(self._smooth) < len(values):
            self._smooth.append(self._smoother(values.values[:, len(self._smooth) :]))

    def _forget_smooth(self) -> None:
        self._restyle()
        self._show_legend()
        rows = len(self._names) + 1
        self._smooth, self._smoother = Growing(rows), Smoother(rows, self.smoothing())
        for thinner in self._thinners.values():
            thinner.forget()
        self._redraw_now()

    def _follow_training(self, drawn: Mapping[tuple[str, str], Curve], log: bool) -> None:
        """Widen the view in strides, so that most redraws move no axis; narrow it when much of it is empty."""
        curves = [curve for curve in drawn.values() if len(curve[0])]
        if not curves:
            return
        low_x, high_x = min(float(x[0]) for x, _y in curves), max(float(x[-1]) for x, _y in curves)
        low_y, high_y = min(float(y.min()) for _x, y in curves), max(float(y.max()) for _x, y in curves)
        if not log:
            # The first steps often lie so high that nothing else could be told apart: they may leave the view.
            settled = low_x + SETTLED * (high_x - low_x)
            later = max((float(y[x > settled].max(initial=low_y)) for x, y in curves), default=high_y)
            if later > low_y and high_y - low_y > SPIKE * (later - low_y):
                high_y = later
        if log:
            low_y, high_y = float(np.log10(low_y)), float(np.log10(high_y))
        span_x, span_y = max(high_x - low_x, 1.0), max(high_y - low_y, 1e-9, 1e-6 * abs(high_y))
        held = self._range
        if held is not None:
            left, right, bottom, top = held
            fits_x = (
                left <= low_x and high_x <= right and span_x > 0.8 * (right - left) and low_x - left <= 0.1 * span_x
            )
            fits_y = bottom <= low_y and high_y <= top and span_y > 0.55 * (top - bottom)
            if fits_x and fits_y:
                return
            if not fits_x:
                left, right = low_x - 0.01 * span_x, high_x + 0.12 * span_x
            if not fits_y:
                bottom, top = low_y - 0.08 * span_y, high_y + 0.12 * span_y
        else:
            left, right = low_x - 0.01 * span_x, high_x + 0.04 * span_x
            bottom, top = low_y - 0.08 * span_y, high_y + 0.12 * span_y
        self._range = (left, right, bottom, top)
        self._plot.vb.setRange(xRange=(left, right), yRange=(bottom, top), padding=0, disableAutoRange=False)

    # -- construction ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._bar = LossPlotBar()
        self._bar.changed.connect(self._redraw_now)
        self._bar.smoothed.connect(self._forget_smooth)
        self._bar.log_toggled.connect(self._set_log)
        self._bar.reset.clicked.connect(self.reset_view)

        self._view = plot_view("Loss curves", counted="bottom")
        self._plot = self._view.getPlotItem()
        self._plot.setLabel("bottom", "step")
        self._plot.vb.sigRangeChangedManually.connect(self._zoomed)
        self._view.scene().sigMouseMoved.connect(self._hover)
        self._view.viewport().installEventFilter(self)
        self.readout = Readout(self._view)

        self._stack = QStackedLayout()
        self._stack.addWidget(hint("Loss terms appear here when training starts"))
        self._stack.addWidget(self._view)
        self.legend_host = QWidget()
        self._legend = FlowLayout(self.legend_host, spacing=2)
        self.legend_host.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self._bar)
        column.addWidget(self.legend_host)
        column.addLayout(self._stack, 1)

    def _rebuild_items(self) -> None:
        for item in self.curve_items.values():
            self._plot.removeItem(item)
        self.curve_items = {}
        clear(self._legend)
        self._chips = {}
        for name in (*self._names, TOTAL):
            for which in LAYERS:
                if which == "dots":
                    item = pg.ScatterPlotItem(size=6, pxMode=True, antialias=True)
                else:
                    item = pg.PlotCurveItem(antialias=False, skipFiniteCheck=True)
                    item.setSegmentedLineMode("on" if which == "train" else "auto")
                item.setZValue(LAYERS.index(which) + (0.5 if name != TOTAL else 0))
                self._plot.addItem(item, ignoreBounds=True)
                self.curve_items[name, which] = item
            chip = Chip(self.title(name), theme.current().text)
            chip.setToolTip(f"Show or hide “{self.title(name)}”: a line while training, dots on held-out images")
            chip.toggled.connect(self._redraw_now)
            self._legend.addWidget(chip)
            self._chips[name] = chip
        self.key = key = label(KEY, "caption")
        key.setMinimumHeight(chip.sizeHint().height())
        key.setContentsMargins(12, 0, 0, 0)
        self._legend.addWidget(key)
        self.legend_host.setVisible(bool(self._names))
        self._show_legend()
        self._restyle()

    def sizeHint(self) -> QSize:
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(240, self._bar.minimumSizeHint().width()), LEAST_HEIGHT)

    # -- looks -------------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event):
            self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
        self._dirty = True

    def _show_legend(self) -> None:
        if TOTAL in self._chips:
            self._chips[TOTAL].setVisible(self._has_total())
        self._make_room()

    def _make_room(self) -> None:
        """Leave out what can be missed where there is little room: the key to lines and dots stays in one row."""
        if self.key is not None:
            shown = [chip for name, chip in self._chips.items() if name != TOTAL or self._has_total()]
            taken = sum(chip.sizeHint().width() + self._legend.spacing() for chip in shown)
            self.key.setVisible(taken + self.key.sizeHint().width() <= self.width())
        self._plot.getAxis("bottom").showLabel(self.height() >= 260)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _colour(self, name: str) -> str:
        look = theme.current()
        return look.text if name == TOTAL else look.series[self._names.index(name) % len(look.series)]

    def _restyle(self) -> None:
        look = theme.current()
        quiet_axes(self._plot)
        self.readout.restyle()
        smooth = self.smoothing() > 0
        for (name, which), item in self.curve_items.items():
            colour = self._colour(name)
            if which == "faint":
                item.setPen(pen(look.tint(colour, 0.3)))
            elif which == "train":
                item.setPen(pen(colour, 2 if smooth else 1))
            elif which == "held-out":
                item.setPen(pen(colour, 1, Qt.PenStyle.DashLine))
            else:
                item.setBrush(QColor(colour))
                item.setPen(pen(look.surface))
        for name, chip in self._chips.items():
            chip.set_colour(self._colour(name))
        self._restyle_phases()

    def _restyle_phases(self) -> None:
        look = theme.current()
        for _step, _name, line in self._phases:
            line.setPen(pen(look.muted, 1, Qt.PenStyle.DashLine))
            line.label.setColor(QColor(look.muted))

    # -- what people do ----------------------------------------------------------------------------------------------

    def _set_log(self, log: bool) -> None:
        self._plot.getAxis("left").setLogMode(x=False, y=log)
        self._follow, self._range = True, None
        self._bar.reset.setEnabled(False)
        self._redraw_now()

    def _zoomed(self, *_mask: object) -> None:
        self._follow = False
        self._bar.reset.setEnabled(True)
        self._redraw_soon()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.readout.leave()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset_view()
        return bool(super().eventFilter(watched, event))

    def _hover(self, position: QPointF) -> None:
        box = self._plot.vb.sceneBoundingRect()
        count = len(self._steps)
        inside = bool(count) and box.contains(position)
        if not inside:
            self.readout.leave()
            return
        steps = self._steps.values[0]
        wanted = self._plot.vb.mapSceneToView(position).x()
        at = int(np.clip(np.searchsorted(steps, wanted), 0, count - 1))
        if at and abs(steps[at - 1] - wanted) < abs(steps[at] - wanted):
            at -= 1
        self.readout.point(position, steps[at], self.reading(at))

    def reading(self, at: int) -> str:
        """The step and the value of every shown term there, as rich text."""
        values = self._weighted if self._bar.weighted.index() == 1 else self._raw
        if self.smoothing() > 0 and len(self._smooth) > at:
            values = self._smooth
        rows = [f"<tr><td colspan=2><b>step {int(self._steps.values[0, at]):,}</b></td></tr>"]
        for row, name in enumerate((*self._names, TOTAL)):
            if self._is_shown(name):
                swatch = f"<span style='color:{self._colour(name)}'>■</span>"
                title, value = html.escape(self.title(name)), f"{values.values[row, at]:.4g}"
                rows.append(f"<tr><td>{swatch} {title}&nbsp;&nbsp;</td><td align=right>{value}</td></tr>")
        return f"<table cellspacing=0 cellpadding=1>{''.join(rows)}</table>"
