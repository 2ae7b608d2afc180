"""What pyqtgraph's plots have in common here: cosmetic pens, quiet axes, and ticks for things that are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem

from aestudio.qt import theme


def pen(colour: str, width: int = 1, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen of so many pixels at any zoom."""
    made = QPen(QColor(colour), width, style)
    made.setCosmetic(True)
    return made


def short_count(value: float, largest: float) -> str:
    """A count on an axis that goes up to `largest`: 1500 as it is, 12 k and 1.5 M where the axis goes beyond 9999."""
    if largest >= 10_000 and abs(value) >= 1e6:
        return f"{value / 1e6:.10g} M"
    if largest >= 10_000 and abs(value) >= 1e3:
        return f"{value / 1e3:.10g} k"
    return f"{value:.10g}"


class CountAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis of whole numbers: no ticks between them, and large ones in thousands and millions."""

    def tickSpacing(self, least: float, greatest: float, size: float) -> list[tuple[float, float]]:
        levels = super().tickSpacing(least, greatest, size)
        if self.logMode:
            return list(levels)
        return [(spacing, offset) for spacing, offset in levels if spacing >= 1] or [(1.0, 0.0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [short_count(10.0**value, 1e4) for value in values]
        return [short_count(value, max(map(abs, self.range))) for value in values]


def plot_view(name: str, counted: str) -> Any:
    """An empty PlotWidget with a clear ground and fixed ranges; `name` is its accessible name.

    `counted` is the side of the axis that counts something: `left` or `bottom`.
    """
    view = pg.PlotWidget(background=None, axisItems={counted: CountAxis(counted)})
    view.setCacheMode(view.CacheModeFlag.CacheNone)  # else it keeps the ground of the theme it was made in
    view.viewport().setAutoFillBackground(False)
    view.setAccessibleName(name)
    view.setMinimumSize(120, 80)
    view.setFrameShape(view.Shape.NoFrame)
    plot = view.getPlotItem()
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.disableAutoRange()
    plot.vb.setDefaultPadding(0)
    plot.showAxes((True, False, False, True), showValues=True)
    for side in ("left", "bottom"):
        # Kept as a picture: playing an axis' text back costs more than the curves do.
        plot.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    return view


def quiet_axes(plot: Any) -> None:
    """Axes in the theme's greys, with faint level lines and no others."""
    look = theme.current()
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(pen(look.line))
        axis.setTickPen(pen(look.muted if side == "left" else look.line))
        axis.setTextPen(pen(look.muted))
        axis.setStyle(tickLength=-4, tickTextOffset=6, maxTickLevel=1)
        axis.enableAutoSIPrefix(False)
    plot.getAxis("left").setGrid(28)
