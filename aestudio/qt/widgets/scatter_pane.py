"""Points of the plane before, with and after noise: three plots of the unit square in place of images of two pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.elided import OneLine, told
from aestudio.qt.widgets.image_canvas import NOTCH
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.painted import PADDING, Painted, arrows

MARGIN = 0.06
"""Around the unit square."""
WIDEST, DEEPEST = 0.25, 64.0
"""The least and the greatest zoom: noise takes points far out of the square."""
NEAR = 24
"""Pixels from a click to the point that it still means."""
SIZE = 4.0


def planar(images: NDArray[Any] | None) -> bool:
    """Whether images [N, C, H, W] have two numbers each, so that each is a point."""
    return images is not None and int(np.prod(images.shape[1:])) == 2


@dataclass(frozen=True)
class ScatterPlace:
    """What part of the plane is shown; panes with the same place show the same."""

    zoom: float = 1.0
    centre: tuple[float, float] = (0.5, 0.5)


class ScatterCanvas(Painted):
    """Draws the points and takes mouse and keys; ScatterPane puts the words around it."""

    picked = Signal(int)
    """The person chose a point."""
    moved = Signal(ScatterPlace)
    """The place, after the person zoomed or panned."""

    def __init__(self, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(empty_text, parent)
        self._points: Floats | None = None
        self._cloud: Floats | None = None
        self._from: Floats | None = None
        self._selected = 0
        self._place = ScatterPlace()
        self.own = (
            *arrows(self._next, self.picked.emit),
            Action("wholePlane", "Show the whole plane", self.show_all, ("Esc",), possible=self._is_moved),
        )

    def set_points(self, points: Floats | None, cloud: Floats | None = None, begun: Floats | None = None) -> None:
        """Points [N, 2]; faintly behind them a cloud, and a line to each from where it began."""
        self._points, self._cloud, self._from = points, cloud, begun
        self.update()

    def is_filled(self) -> bool:
        return self._points is not None

    def points(self) -> Floats | None:
        """What was last set."""
        return self._points

    def set_place(self, place: ScatterPlace) -> None:
        """Go somewhere without saying so."""
        self._place = place
        self.update()

    def place(self) -> ScatterPlace:
        return self._place

    def select(self, index: int) -> None:
        """Mark a point without saying so."""
        self._selected = index
        self.update()

    def selected(self) -> int:
        return self._selected

    # -- geometry ------------------------------------------------------------------------------------------------------

    def _scale(self) -> float:
        """Pixels for 1."""
        room = min(self.width(), self.height()) - 2 * PADDING
        return max(room, 1) / (1 + 2 * MARGIN) * self._place.zoom

    def at(self, points: NDArray[Any]) -> NDArray[Any]:
        """Where points [N, 2] lie in the widget; y goes up."""
        away = (points - np.array(self._place.centre)) * self._scale() * (1, -1)
        shown: NDArray[Any] = away + np.array((self.width(), self.height())) / 2
        return shown

    def _nearest(self, position: QPointF) -> int | None:
        if self._points is None or not len(self._points):
            return None
        away = np.linalg.norm(self.at(self._points) - (position.x(), position.y()), axis=1)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= NEAR else None

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        self.draw_ground(painter, QRectF(self.rect()).adjusted(PADDING, PADDING, -PADDING, -PADDING))
        if self._points is None:
            return
        painter.setClipRect(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        painter.setPen(QColor(look.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        low, high = self.at(np.array([[0.0, 0.0], [1.0, 1.0]]))
        painter.drawRect(QRectF(QPointF(*low), QPointF(*high)).normalized())
        if self._cloud is not None:
            self._draw_dots(painter, self._cloud, look.tint(look.muted, 0.45), SIZE - 1)
        if self._from is not None:
            painter.setPen(QPen(QColor(look.tint(look.accent, 0.55)), 1))
            ends = zip(self.at(self._from).tolist(), self.at(self._points).tolist(), strict=True)
            painter.drawLines([QLineF(*begin, *end) for begin, end in ends])
        self._draw_dots(painter, self._points, look.accent, SIZE)
        if self._selected < len(self._points):
            x, y = self.at(self._points[self._selected : self._selected + 1])[0]
            painter.setPen(QPen(QColor(look.series[1]), 2))
            painter.drawEllipse(QPointF(x, y), 6, 6)

    def _draw_dots(self, painter: QPainter, points: Floats, colour: str, size: float) -> None:
        dots = QPen(QColor(colour), size)
        dots.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(dots)
        painter.drawPoints([QPointF(x, y) for x, y in self.at(points).tolist()])

    # -- mouse and keys ------------------------------------------------------------------------------------------------

    def _go(self, place: ScatterPlace) -> None:
        if place != self._place:
            self.set_place(place)
            self.moved.emit(place)

    def zoom_by(self, notches: float, at: QPointF) -> bool:
        zoom = min(max(self._place.zoom * NOTCH**notches, WIDEST), DEEPEST)
        away = np.array((at.x() - self.width() / 2, self.height() / 2 - at.y()))
        under = np.array(self._place.centre) + away / self._scale()  # stays under the pointer
        x, y = (under - away / (self._scale() * zoom / self._place.zoom)).tolist()
        self._go(ScatterPlace(zoom, (x, y)))
        return True

    def press(self, _at: QPointF) -> tuple[float, float]:
        return self._place.centre

    def drag(self, held: tuple[float, float], _at: QPointF, moved: QPointF) -> None:
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        x, y = held[0] - moved.x() / self._scale(), held[1] + moved.y() / self._scale()
        self._go(ScatterPlace(self._place.zoom, (x, y)))

    def click(self, at: QPointF) -> None:
        nearest = self._nearest(at)
        if nearest is not None:
            self.picked.emit(nearest)

    def show_all(self) -> None:
        self._go(ScatterPlace())

    def _next(self, right: int, down: int) -> int | None:
        points = self._points
        return None if points is None or len(points) < 2 else (self._selected + right + down) % len(points)

    def _is_moved(self) -> bool:
        return self.is_filled() and self._place != ScatterPlace()


class ScatterPane(QWidget):
    """A titled plot with a caption."""

    def __init__(self, title: str, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.canvas = ScatterCanvas(empty_text)
        self.canvas.setAccessibleName(say("{title}, as points of the plane", title=title))
        self.canvas.setToolTip(
            say("Click or arrow keys select a point; the wheel zooms, dragging pans, a double click or Esc resets")
        )
        self.setFocusProxy(self.canvas)
        self.caption = OneLine("", "caption", Qt.TextElideMode.ElideMiddle)
        in_column(label(title, "heading"), (self.canvas, 1), self.caption, host=self, spacing=4)


class ScatterPanes(QWidget):
    """Original, corrupted and reconstructed points side by side, always showing the same place."""

    picked = Signal(int)
    """The person chose a sample."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.original = ScatterPane(say("Original"), say("Held-out points appear here when training starts"))
        self.corrupted = ScatterPane(say("Corrupted"), say("What the encoder is given appears here"))
        self.reconstructed = ScatterPane(say("Reconstructed"), say("What the decoder makes of it appears here"))
        self._panes = (self.original, self.corrupted, self.reconstructed)
        self._selected = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * theme.GRID)
        for pane in self._panes:
            row.addWidget(pane, 1)
            pane.canvas.picked.connect(self.picked)
            pane.canvas.moved.connect(self._link)

    def set_images(self, original: Floats, corrupted: Floats, reconstructed: Floats | None) -> None:
        """The same samples [N, C, H, W] of two numbers three times; without reconstructions while there is no model."""
        points, noisy = original.reshape(-1, 2), corrupted.reshape(-1, 2)
        self.original.canvas.set_points(points)
        self.corrupted.canvas.set_points(noisy, points)
        if reconstructed is None:
            self.reconstructed.canvas.set_points(None)
        else:
            self.reconstructed.canvas.set_points(reconstructed.reshape(-1, 2), points, noisy)
        self._describe()

    def select(self, index: int) -> None:
        """Marks a sample in every pane."""
        self._selected = index
        for pane in self._panes:
            pane.canvas.select(index)
        self._describe()

    def _describe(self) -> None:
        """The captions: where the selected point lies, and how far the others have come from the original."""
        points = self.original.canvas.points()
        if points is None or self._selected >= len(points):
            return
        x, y = points[self._selected]
        self.original.caption.setText(say("Selected: x {x:.3f}, y {y:.3f}", x=x, y=y))
        self.original.caption.setToolTip(self.original.caption.text())
        for pane in (self.corrupted, self.reconstructed):
            others = pane.canvas.points()
            away = None if others is None else np.linalg.norm(others - points, axis=1)
            pane.caption.setText(
                ""
                if away is None
                else say("Off by {mean:.3f}; selected {own:.3f}", mean=away.mean(), own=away[self._selected])
            )
            tip = say("Mean distance from the original points, and that of the selected one")
            pane.caption.setToolTip(told(pane.caption.text(), tip))

    @Slot(ScatterPlace)
    def _link(self, place: ScatterPlace) -> None:
        for pane in self._panes:
            pane.canvas.set_place(place)
