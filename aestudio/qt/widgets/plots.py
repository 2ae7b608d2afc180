"""What pyqtgraph's plots have in common here: cosmetic pens, quiet axes, and ticks for things that are counted."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Slot
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem, QWidget

from aestudio.qt import theme
from aestudio.qt.widgets.sharing import Rows, share

TICK_PIXELS = 24
"""The least room that a tick of a logarithmic axis has."""


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


def short_powers(values: Sequence[float]) -> list[str]:
    """Numbers of a logarithmic axis, with as many digits as it takes to tell them apart: 0.05, 100, 2e5."""
    for digits in range(2, 7):
        rounded = [float(f"{value:.{digits}g}") for value in values]
        if len(set(rounded)) == len(rounded):
            break
    texts = (f"{value:.{6 if 1 <= value < 1e5 else digits}g}" for value in rounded)
    return [text.replace("e-0", "e-").replace("e+0", "e") for text in texts]


class PlainAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis that never counts in thousands or thousandths: pyqtgraph 0.14 does below 1, even where that is off."""

    def getSIPrefixEnableRanges(self) -> tuple[()]:
        return ()


class CountAxis(PlainAxis):
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


class NumberAxis(PlainAxis):
    """An axis of any numbers; a logarithmic one has ticks at 1, 2 and 5, or at powers of ten where it spans many."""

    def tickValues(self, least: float, greatest: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.logMode:
            return list(super().tickValues(least, greatest, size))
        first, last = floor(least), ceil(greatest)
        room = max(size, 1) / max(greatest - least, 1e-9)  # pixels a decade
        every = max(1, ceil(TICK_PIXELS / room))
        major = [float(power) for power in range(first, last + 1) if power % every == 0]
        minor = [power + log10(step) for power in range(first, last + 1) for step in ((2, 5) if every == 1 else ())]
        shown = [[value for value in some if least <= value <= greatest] for some in (major, minor)]
        if room * 0.3 < TICK_PIXELS:  # 2 and 5 would touch the powers of ten
            shown[1] = []
        if len(shown[0]) + len(shown[1]) < 2:  # less than all of this
            return [(1.0, [least + (greatest - least) * part for part in (0.1, 0.5, 0.9)])]
        return [(1.0, shown[0]), (0.3, shown[1])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return short_powers([10.0**value for value in values])
        return list(super().tickStrings(values, scale, spacing))


def plot_view(name: str, counted: str = "") -> Any:
    """An empty PlotWidget with a clear ground and fixed ranges; `name` is its accessible name.

    `counted` is the side of the axis that counts something: `left`, `bottom` or neither.
    """
    axes = {side: (CountAxis if side == counted else NumberAxis)(side) for side in ("left", "bottom", "right")}
    view = pg.PlotWidget(background=None, axisItems=axes, enableMenu=False)
    view.setCacheMode(view.CacheModeFlag.CacheNone)  # else it keeps the ground of the theme it was made in
    view.viewport().setAutoFillBackground(False)
    view.setAccessibleName(name)
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # no key does anything there
    view.setMinimumSize(theme.px(120), theme.px(80))
    view.setFrameShape(view.Shape.NoFrame)
    plot = view.getPlotItem()
    plot.hideButtons()
    plot.disableAutoRange()
    plot.vb.setDefaultPadding(0)
    plot.showAxes((True, False, False, True), showValues=True)
    for side in ("left", "bottom"):
        # Kept as a picture: playing an axis' text back costs more than the curves do.
        plot.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    return view


class PlotHost(theme.Themed, QWidget):
    """A plot that is read off under the pointer, and shown as a whole again by a double click."""

    def __init__(self, name: str, counted: str = "", parent: QWidget | None = None) -> None:
        """As `plot_view`."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._view = plot_view(name, counted)
        self._plot = self._view.getPlotItem()
        self._view.scene().sigMouseMoved.connect(self._hover)
        self._view.viewport().installEventFilter(self)
        share(self, self.rows).watch(self._view.viewport())

    def point(self, position: QPointF, x: float, y: float) -> bool:
        """The pointer is at `position` of the scene, which is a place of the axes; False where there is nothing."""
        raise NotImplementedError

    def rows(self) -> Rows:
        """The numbers that are drawn, for whoever copies or saves them; none where a plot has none to give."""
        return ()

    def leave(self) -> None:
        """Nothing is pointed at."""
        raise NotImplementedError

    def reset_view(self) -> None:
        """Shows everything."""
        raise NotImplementedError

    @Slot(object)
    def _hover(self, position: QPointF) -> None:
        at = self._plot.vb.mapSceneToView(position)
        if not (self._plot.vb.sceneBoundingRect().contains(position) and self.point(position, at.x(), at.y())):
            self.leave()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.leave()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset_view()
        return bool(super().eventFilter(watched, event))


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
