"""The plane of two-dimensional data: density, points, arrows and ellipses on axes of one scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.plots import PlotHost, pen, quiet_axes

HEAD = 0.32
"""Length of an arrow's head over the arrow's; no longer than LONGEST_HEAD of the distance between two arrows."""
LONGEST_HEAD = 0.3
TURNS = 40
"""Corners of a drawn ellipse."""
MARGIN = 0.06
AXIS = 24
"""Pixels by which the axis at the left is wider than the one below is high."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What lies in the plane; each may be missing."""

    density: Floats | None = None
    """[G, G], row by row from the lowest y, on the points of a grid over the unit square."""
    points: Floats | None = None
    """[N, 2]."""
    feet: Floats | None = None
    """Where the arrows begin [M, 2]."""
    arrows: Floats | None = None
    """As long as they are drawn [M, 2]."""
    spacing: float = 0.0
    """Between two arrows."""
    centres: Floats | None = None
    """Of the ellipses [K, 2]."""
    axes: Floats | None = None
    """Their semi-axes, as long as they are drawn [K, 2]."""
    angles: Floats | None = None
    """Of the first semi-axis against the x axis, radians [K]."""
    circle: float = 0.0
    """Radius of the circles that the ellipses come from, as they are drawn."""


class PlaneView(PlotHost):
    """Draws a Scene; the wheel zooms, dragging pans, a double click shows the unit square again."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """`name` is the accessible name."""
        super().__init__(name, parent=parent)
        self.scene = Scene()
        self._reading: Callable[[float, float], str] = lambda _x, _y: ""
        self._plot.vb.setAspectLocked(True)
        self.density = pg.ImageItem(axisOrder="row-major")
        self._points = pg.ScatterPlotItem(size=3, pen=None, pxMode=True)
        self._circles = pg.PlotCurveItem(connect="finite", antialias=True)
        self._ellipses = pg.PlotCurveItem(connect="finite", antialias=True)
        self.arrows = pg.PlotCurveItem(connect="pairs", antialias=True)
        self._square = pg.PlotCurveItem(np.array([0.0, 1, 1, 0, 0]), np.array([0.0, 0, 1, 1, 0]))
        for item in (self.density, self._points, self._circles, self._ellipses, self.arrows, self._square):
            self._plot.addItem(item)
        self.readout = QLabel(self._view)
        self.readout.setProperty("role", "readout")
        self.readout.setTextFormat(Qt.TextFormat.PlainText)
        self.readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.readout.hide()
        in_column(self._view, host=self)
        self.restyle()
        self.reset_view()

    def set_reader(self, reading: Callable[[float, float], str]) -> None:
        """`reading(x, y)` is what is said of a place under the pointer."""
        self._reading = reading

    def show_scene(self, scene: Scene) -> None:
        """Draws this; the view stays as the person has zoomed it."""
        self.scene = scene
        self.density.setVisible(scene.density is not None)
        if scene.density is not None:
            top = float(scene.density.max()) or 1.0
            self.density.setImage(scene.density, levels=(0.0, top))
            cell = 1 / (len(scene.density) - 1)  # the outer pixels lie half outside the square
            self.density.setRect(QRectF(-cell / 2, -cell / 2, 1 + cell, 1 + cell))
        points = np.zeros((0, 2)) if scene.points is None else scene.points
        self._points.setData(points[:, 0], points[:, 1])
        self.arrows.setData(*strokes(scene), connect="pairs")
        self._ellipses.setData(*outlines(scene), connect="finite")
        self._circles.setData(*circles(scene), connect="finite")

    @Slot()
    def reset_view(self) -> None:
        self._plot.vb.setRange(QRectF(-MARGIN, -MARGIN, 1 + 2 * MARGIN, 1 + 2 * MARGIN), padding=0)

    def view_range(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lowest and the highest x, then y, that are in view."""
        (left, right), (low, high) = self._plot.vb.viewRange()
        return (left, right), (low, high)

    def arrow_colour(self) -> str:
        """As it is drawn now."""
        name: str = self.arrows.opts["pen"].color().name()
        return name

    def restyle(self) -> None:
        look = theme.current()
        quiet_axes(self._plot)
        self._plot.getAxis("left").setGrid(False)
        for side, text in (("bottom", say("x, the left pixel")), ("left", say("y, the right pixel"))):
            self._plot.setLabel(side, text, color=look.muted)
        shades = [QColor(look.tint(look.accent, 0.55 * (step / 255) ** 0.7)) for step in range(256)]
        self.density.setLookupTable(np.array([(c.red(), c.green(), c.blue()) for c in shades], np.uint8))
        self._points.setBrush(QColor(look.muted))
        self.arrows.setPen(pen(look.text))
        self._ellipses.setPen(pen(look.series[1], 2))
        self._circles.setPen(pen(look.tint(look.muted, 0.6)))
        self._square.setPen(pen(look.line))

    def leave(self) -> None:
        self.readout.hide()

    def point(self, position: QPointF, x: float, y: float) -> bool:
        said = self._reading(x, y)
        if not said:
            return False
        self.readout.setText(said)
        self.readout.adjustSize()
        left = position.x() + 16
        if left + self.readout.width() > self._view.width():
            left = position.x() - 16 - self.readout.width()
        lowest = self._view.height() - self.readout.height() - 4
        self.readout.move(int(max(0, left)), int(max(0, min(position.y() + 12, lowest))))
        self.readout.show()
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = max(0, self.width() - self.height() - theme.px(AXIS)) // 2
        self.setContentsMargins(beside, 0, beside, 0)  # the plane is a square; no axis goes far beyond it

    def sizeHint(self) -> QSize:
        return QSize(520, 520)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 200)


Strokes = tuple[NDArray[Any], NDArray[Any]]
"""x and y of the points that a curve goes through."""
NONE: Strokes = (np.zeros(0), np.zeros(0))


def strokes(scene: Scene) -> Strokes:
    """All arrows as pairs of points: of each the shaft, then both sides of its head."""
    if scene.feet is None or scene.arrows is None or not len(scene.feet):
        return NONE
    feet, tips = scene.feet.astype(float), (scene.feet + scene.arrows).astype(float)
    length = np.linalg.norm(tips - feet, axis=1, keepdims=True)
    along = (tips - feet) / np.maximum(length, 1e-12)
    across = along[:, ::-1] * (-1.0, 1.0)
    head = np.minimum(HEAD * length, LONGEST_HEAD * scene.spacing)
    sides = [tips - head * along + turn * 0.5 * head * across for turn in (1, -1)]
    points = np.stack([feet, tips, tips, sides[0], tips, sides[1]], 1).reshape(-1, 2)
    return points[:, 0], points[:, 1]


def outlines(scene: Scene) -> Strokes:
    """All ellipses as closed lines, with a gap of NaN after each."""
    if scene.centres is None or scene.axes is None or scene.angles is None:
        return NONE
    turn = np.linspace(0, 2 * np.pi, TURNS + 1)
    unit = np.stack([np.cos(turn), np.sin(turn)], 1)  # [T, 2]
    flat = scene.axes[:, None] * unit  # [K, T, 2], before they are turned
    cos, sin = np.cos(scene.angles)[:, None], np.sin(scene.angles)[:, None]
    turned = np.stack([flat[..., 0] * cos - flat[..., 1] * sin, flat[..., 0] * sin + flat[..., 1] * cos], 2)
    return _with_gaps(scene.centres[:, None] + turned)


def circles(scene: Scene) -> Strokes:
    """The circle that each ellipse comes from."""
    if scene.centres is None or not scene.circle:
        return NONE
    turn = np.linspace(0, 2 * np.pi, TURNS + 1)
    return _with_gaps(scene.centres[:, None] + scene.circle * np.stack([np.cos(turn), np.sin(turn)], 1))


def _with_gaps(lines: NDArray[Any]) -> Strokes:
    """[K, T, 2]."""
    gaps = np.full((len(lines), 1, 2), np.nan)
    points = np.concatenate([lines, gaps], 1).reshape(-1, 2)
    return points[:, 0], points[:, 1]
