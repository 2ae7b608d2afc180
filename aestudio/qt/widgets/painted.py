"""What widgets that paint themselves share: how the focus shows, and what the mouse and the keys mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from aestudio.core.ground.texts import meant
from aestudio.qt import theme
from aestudio.qt.action import Action, Answering
from aestudio.qt.widgets.sharing import share

T = TypeVar("T")

PADDING = 8
"""Pixels between the frame and what is painted."""
WHOLE = 4
"""From this many screen pixels on a pixel takes a whole number of them; below, too much would stay empty."""


def whole_pixels(scale: float, ratio: float) -> float:
    """The scale to draw at: large pixels take a whole number of the screen's."""
    return int(scale * ratio) / ratio if scale * ratio >= WHOLE else scale


class Painted(theme.Themed, Answering, QWidget):
    """Turns events into intents: `zoom_by`, `press` and `drag`, `click`, `show_all`. While there is nothing to show
    none of them comes, and what happens goes on to the widget around. What keys do is in `own`.
    """

    slack = 4
    """Pixels that a press may move and still be a click."""

    def __init__(self, empty_text: str = "", parent: QWidget | None = None, *, name: str = "") -> None:
        """`name` is the accessible name, `empty_text` the sentence where there is nothing to show."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.sharing = share(self)
        self._empty_text = meant(empty_text) or empty_text
        self._pressed: tuple[QPointF, Any] | None = None
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- intents -------------------------------------------------------------------------------------------------------

    def is_filled(self) -> bool:
        """Whether there is anything to show."""
        raise NotImplementedError

    def zoom_by(self, notches: float, at: QPointF) -> bool:
        """The wheel was turned about a place; False where that means nothing here."""
        return False

    def press(self, at: QPointF) -> Any:
        """The button was pressed: what a drag from here has to know."""

    def drag(self, held: Any, at: QPointF, moved: QPointF) -> None:
        """The pointer is there now, so far from where the button was pressed."""

    def drop(self, held: Any) -> None:
        """The button was let go."""
        self.unsetCursor()

    def click(self, at: QPointF) -> None:
        """The button was let go where it was pressed."""

    def hover(self, at: QPointF) -> None:
        """The pointer moves, with no button pressed."""

    def show_all(self) -> None:
        """A double click."""

    # -- drawing -------------------------------------------------------------------------------------------------------

    def draw_ground(self, painter: QPainter, room: QRectF) -> None:
        """The ground, and the frame that shows the focus; where there is nothing, the sentence that says so."""
        look = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(look.accent if self.hasFocus() else look.line))
        painter.setBrush(QColor(look.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if not self.is_filled():
            self.draw_empty(painter, room)

    def draw_empty(self, painter: QPainter, room: QRectF) -> None:
        """The sentence where there is nothing."""
        painter.setPen(QColor(theme.current().muted))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), str(self._empty_text))

    def restyle(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 80)

    # -- events --------------------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        event.setAccepted(bool(turned) and self.is_filled() and self.zoom_by(turned / 120, event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.is_filled():
            self._pressed, self._dragging = (event.position(), self.press(event.position())), False
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self.hover(event.position())
            return
        start, held = self._pressed
        moved = event.position() - start
        self._dragging = self._dragging or moved.manhattanLength() > self.slack
        if self._dragging:
            self.drag(held, event.position(), moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        held, self._pressed = self._pressed[1], None
        if not self._dragging:
            self.click(event.position())
        self.drop(held)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        if self.is_filled():
            self.show_all()


def arrows(place: Callable[[int, int], T | None], go: Callable[[T], object]) -> tuple[Action, ...]:
    """The arrow keys: `place` says where one gets to so many to the right and so many down, None where nowhere."""

    def step(right: int, down: int) -> tuple[Callable[[], object], Callable[[], bool]]:
        def take() -> None:
            there = place(right, down)
            if there is not None:
                go(there)

        return take, lambda: place(right, down) is not None

    (left, can_left), (right, can_right), (up, can_up), (down, can_down) = (
        step(-1, 0),
        step(1, 0),
        step(0, -1),
        step(0, 1),
    )
    return (
        Action("goLeft", "Move to the left", left, ("Left",), possible=can_left),
        Action("goRight", "Move to the right", right, ("Right",), possible=can_right),
        Action("goUp", "Move up", up, ("Up",), possible=can_up),
        Action("goDown", "Move down", down, ("Down",), possible=can_down),
    )
