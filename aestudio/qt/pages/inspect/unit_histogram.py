"""How one unit's activations are spread, on axes that are the same for every unit of the layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.plots import pen, plot_view, quiet_axes

FLOOR = math.log10(0.5)
"""Where a bar for nothing ends on the logarithmic axis."""
LEAST = 300.0
"""The axis goes up to so many at least: a shorter one writes the numbers between powers of ten over each other."""


class UnitHistogram(theme.Themed, QWidget):
    """Bars over logarithmic counts, as most units are silent most of the time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self._view = plot_view(say("Activations of the unit"), counted="left")
        self._view.setToolTip(say("How often the unit had which activation, over all held-out images (and places)"))
        self._view.setMinimumSize(theme.px(120), theme.px(84))
        self._plot = self._view.getPlotItem()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.getAxis("left").setLogMode(x=False, y=True)
        self._plot.getAxis("left").setWidth(44)
        self._bars = pg.PlotCurveItem([0.0, 1.0], [FLOOR], stepMode="center", fillLevel=FLOOR, antialias=False)
        self._plot.addItem(self._bars, ignoreBounds=True)
        in_column(self._view, host=self)
        self.restyle()

    def show_counts(self, counts: NDArray[Any] | None, edges: NDArray[Any]) -> None:
        """Counts [bins] between edges [bins + 1]; None for no bars."""
        self._counts = np.zeros(len(edges) - 1, np.int64) if counts is None else np.asarray(counts, np.int64)
        self._bars.setData(np.asarray(edges, float), np.log10(np.maximum(self._counts, 0.5)))
        low, high = float(edges[0]), float(edges[-1])
        margin = 0.01 * (high - low)
        top = math.log10(max(LEAST, 1.3 * float(self._counts.sum())))
        self._plot.vb.setRange(xRange=(low - margin, high + margin), yRange=(FLOOR, top), padding=0)

    def counts(self) -> NDArray[np.int64]:
        """What the bars stand for."""
        return self._counts.copy()

    def sizeHint(self) -> QSize:
        return QSize(280, 120)

    def restyle(self) -> None:
        look = theme.current()
        quiet_axes(self._plot)
        self._bars.setPen(pen(look.series[0]))
        self._bars.setBrush(QColor(look.tint(look.series[0], 0.35)))
