"""What pyqtgraph's plots have in common here: cosmetic pens and quiet axes."""

from __future__ import annotations

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


def plot_view(name: str) -> Any:
    """An empty PlotWidget with a clear ground and fixed ranges; `name` is its accessible name."""
    view = pg.PlotWidget(background=None)
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
