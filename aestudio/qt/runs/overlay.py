"""A plot of many histories over each other: the frugal drawing, zooming and reading off, and nothing about runs."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from aestudio.qt import theme
from aestudio.qt.runs.series import Series
from aestudio.qt.widgets.plots import pen, plot_view, quiet_axes
from aestudio.qt.widgets.readout import Readout

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
LAYERS = ("train", "held-out", "dots")
"""What is drawn of each line, from the bottom up."""
DOT_PIXELS = 14
"""The least room that a dot has."""
DRAW_MS = 40
"""Between two redraws while a person zooms."""
SETTLED, SPIKE = 0.03, 3
"""The part of the steps that is the beginning, and how far above all that follows it is cut off."""
EMPTY: Curve = (np.zeros(0), np.zeros(0))


@dataclass(frozen=True, eq=False)
class RunLine:
    """One entry of the plot, with a colour of its own."""

    key: int
    name: str
    colour: str
    train: Series
    """A line."""
    held_out: Series
    """Dots on a line, which is dashed beside the other."""
    scale: float = 1.0
    """How many units of the axis a step is."""

    def split(self, layer: str) -> Series:
        return self.train if layer == "train" else self.held_out


def view_of(curves: Iterable[Curve], *, log: bool) -> tuple[float, float, float, float] | None:
    """Left, right, bottom and top that show these curves, the latter two powers of ten where `log`; None for nothing.

    First steps that lie so high that nothing else could be told apart may leave the view.
    """
    drawn = [curve for curve in curves if len(curve[0])]
    if not drawn:
        return None
    left, right = min(float(x[0]) for x, _y in drawn), max(float(x[-1]) for x, _y in drawn)
    bottom, top = min(float(y.min()) for _x, y in drawn), max(float(y.max()) for _x, y in drawn)
    if log:
        bottom, top = float(np.log10(bottom)), float(np.log10(top))
    else:
        settled = left + SETTLED * (right - left)
        later = max(float(y[x > settled].max(initial=bottom)) for x, y in drawn)
        if later > bottom and top - bottom > SPIKE * (later - bottom):
            top = later
    across, up = max(right - left, 1e-9), max(top - bottom, 1e-9, 1e-6 * abs(top))
    return left - 0.01 * across, right + 0.03 * across, bottom - 0.06 * up, top + 0.08 * up


def joined(x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a line leads on from each point: not from the untrained network, nor where a phase begins anew."""
    leads = np.zeros(len(x), bool)
    leads[:-1] = (x[:-1] > 0) & (np.diff(x) > 0)
    return leads


class OverlayPlot(QWidget):
    """Shows Lines; the wheel zooms, dragging pans, a double click shows everything again."""

    zoomed = Signal(bool)
    """Whether a person looks at a part only."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[RunLine] = []
        self._log, self._unit = False, "step"
        self._items: dict[tuple[int, str], Any] = {}
        self._drawn: dict[tuple[int, str], Curve] = {}
        self._whole = True
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(DRAW_MS)
        self._soon.timeout.connect(self._draw)
        self._view = plot_view(name, counted="bottom")
        self._plot = self._view.getPlotItem()
        self._plot.vb.sigRangeChangedManually.connect(self._zoom)
        self._view.scene().sigMouseMoved.connect(self._hover)
        self._view.viewport().installEventFilter(self)
        self.readout = Readout(self._view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view)
        self._restyle()

    def show_lines(self, lines: Sequence[RunLine], *, log: bool, unit: str) -> None:
        """Draw these, over steps or epochs (the axis' `unit`). A zoomed view stays while the axes and any line do."""
        if (log, unit) != (self._log, self._unit) or {line.key for line in lines}.isdisjoint(self._keys()):
            self._whole = True
            self.zoomed.emit(False)
        if log != self._log:
            self._plot.getAxis("left").setLogMode(x=False, y=log)
        self.lines, self._log, self._unit = list(lines), log, unit
        self._restyle()
        self._draw()

    def curves(self) -> dict[tuple[int, str], Curve]:
        """What is drawn, by (key, "train" or "held-out"): steps or epochs, and values, thinned as on the screen."""
        return dict(self._drawn)

    @Slot()
    def reset_view(self) -> None:
        """Show everything."""
        self._whole = True
        self.zoomed.emit(False)
        self._draw()

    def reading(self, x: float) -> str:
        """What each line has at a place of the axis, as rich text."""
        at = f"epoch {max(0.0, x):.2f}" if self._unit == "epoch" else f"step {max(0, round(x)):,}"
        rows = [f"<tr><td colspan=2><b>{at}</b></td></tr>"]
        for line in self.lines:
            points = [series.at(x / line.scale) if line.scale else None for series in (line.train, line.held_out)]
            said = " · ".join(f"{point[1]:.4g}" for point in points if point is not None)
            if said:
                swatch = f"<span style='color:{line.colour}'>■</span>"
                name = html.escape(line.name)
                rows.append(f"<tr><td>{swatch} {name}&nbsp;&nbsp;</td><td align=right>{said}</td></tr>")
        return f"<table cellspacing=0 cellpadding=1>{''.join(rows)}</table>"

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _keys(self) -> set[int]:
        return {line.key for line in self.lines}

    @Slot()
    def _draw(self) -> None:
        pixels = max(64, int(self._plot.vb.width()))
        (left, right), _ = self._plot.vb.viewRange()
        self._drawn = {}
        for line in self.lines:
            for split in LAYERS[:2]:
                series = line.split(split)
                if not len(series.steps) or not line.scale:
                    continue
                first, last = (-np.inf, np.inf) if self._whole else (left / line.scale, right / line.scale)
                x, y = series.within(first, last, pixels, log=self._log)
                self._drawn[line.key, split] = (x * line.scale, y)
        self._put(pixels)
        view = view_of(self._drawn.values(), log=self._log) if self._whole else None
        if view is not None:
            self._plot.vb.setRange(xRange=view[:2], yRange=view[2:], padding=0, disableAutoRange=False)

    def _put(self, pixels: int) -> None:
        """The drawn curves into the plot's items, of which those that nobody needs stay empty."""
        for place in range(max(len(self.lines), len(self._items) // len(LAYERS))):
            key = self.lines[place].key if place < len(self.lines) else -1
            for layer in LAYERS:
                x, y = self._drawn.get((key, "train" if layer == "train" else "held-out"), EMPTY)
                y = np.log10(y) if self._log else y
                if layer == "dots":
                    every = -(-len(x) * DOT_PIXELS // pixels) or 1
                    self._item(place, layer).setData(x[::-every], y[::-every])
                else:
                    self._item(place, layer).setData(x, y, connect=joined(x) if layer == "held-out" else "all")

    def _item(self, place: int, layer: str) -> Any:
        if (place, layer) not in self._items:
            if layer == "dots":
                item = pg.ScatterPlotItem(size=5, pxMode=True, antialias=True)
            else:
                item = pg.PlotCurveItem(antialias=False, skipFiniteCheck=True)
                item.setSegmentedLineMode("on" if layer == "train" else "auto")
            item.setZValue(LAYERS.index(layer))
            self._plot.addItem(item, ignoreBounds=True)
            self._items[place, layer] = item
        return self._items[place, layer]

    def _restyle(self) -> None:
        look = theme.current()
        quiet_axes(self._plot)
        self.readout.restyle()
        self._plot.setLabel("bottom", self._unit, color=look.muted)
        for place, line in enumerate(self.lines):
            dashed = Qt.PenStyle.DashLine if len(line.train.steps) else Qt.PenStyle.SolidLine
            self._item(place, "train").setPen(pen(line.colour))
            self._item(place, "held-out").setPen(pen(line.colour, 1, dashed))
            self._item(place, "dots").setBrush(QColor(line.colour))
            self._item(place, "dots").setPen(pen(look.surface))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 140)

    # -- what people do ------------------------------------------------------------------------------------------------

    @Slot()
    def _zoom(self, *_mask: object) -> None:
        self._whole = False
        self.zoomed.emit(True)
        self._soon.start()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.readout.leave()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset_view()
        return bool(super().eventFilter(watched, event))

    def _hover(self, position: QPointF) -> None:
        if not self._drawn or not self._plot.vb.sceneBoundingRect().contains(position):
            self.readout.leave()
            return
        x = self._plot.vb.mapSceneToView(position).x()
        self.readout.point(position, x, self.reading(x))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event):
            self._restyle()
