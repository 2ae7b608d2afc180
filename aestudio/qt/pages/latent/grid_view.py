"""A plane decoded at evenly spaced places, which is decoded anew where a person zooms or pans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from aestudio.core.latent.plane import Window
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.pages.latent.map_view import DEEPEST, WIDEST
from aestudio.qt.widgets.image_canvas import NOTCH
from aestudio.qt.widgets.mosaic import Mosaic

SOON_MS = 120
"""After the last turn of the wheel the part that is shown then is decoded."""


class GridView(Mosaic):
    """The wheel and + and − zoom, dragging pans, a double click or Esc shows all. What was decoded is drawn larger or
    smaller until the part of the plane that is wanted has come.
    """

    part_wanted = Signal()
    """Another part of the plane shall be decoded."""

    def __init__(self, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(empty_text, parent)
        self._whole = self._made = self._window = Window(0.0, 0.0, 1.0)
        """All that is worth seeing, what was decoded, and what shall be seen."""
        self._marks: Sequence[tuple[float, float]] = ()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._ask)
        self.own = (
            *self.own,
            Action("wholePlane", "Show the whole plane", self.show_all, ("Esc",), possible=self.is_moved),
            Action("zoomIn", "Zoom in", lambda: self._zoom_middle(1), ("+",), possible=self.is_filled),
            Action("zoomOut", "Zoom out", lambda: self._zoom_middle(-1), ("-",), possible=self.is_filled),
        )

    def show_grid(self, images: Floats, made: Window, whole: Window, marks: Sequence[tuple[float, float]] = ()) -> None:
        """Images [G, G, C, H, W] of a part of the plane; the places of `marks` are numbered from 1."""
        if not self.is_moved():
            self._window = whole
        self._made, self._whole, self._marks = made, whole, marks
        self.columns = len(images)
        self.set_images(images.reshape(-1, *images.shape[2:]))
        self.update()

    def leave(self) -> None:
        """The next plane is another one: all of it is wanted."""
        self._soon.stop()
        self._window = self._whole

    def part(self) -> Window | None:
        """What a person has zoomed to; None where all is wanted."""
        return self._window if self.is_moved() else None

    def is_moved(self) -> bool:
        return self.is_filled() and self._window != self._whole

    # -- geometry ------------------------------------------------------------------------------------------------------

    def _target(self) -> QRectF:
        whole, made, window = super()._target(), self._made, self._window
        size = whole.size() * (made.half / window.half)
        across, down = (made.x - window.x) / window.half, (window.y - made.y) / window.half
        found = QRectF(QPointF(), size)
        found.moveCenter(whole.center() + QPointF(across * whole.width() / 2, down * whole.height() / 2))
        return found

    def _place_at(self, at: QPointF) -> tuple[float, float]:
        """The place of the plane at a pixel."""
        target, made = self._target(), self._made
        away = at - target.center()
        return made.x + 2 * made.half * away.x() / target.width(), made.y - 2 * made.half * away.y() / target.height()

    def _at(self, x: float, y: float) -> QPointF:
        target, made = self._target(), self._made
        away = QPointF((x - made.x) * target.width(), (made.y - y) * target.height()) / (2 * made.half)
        return target.center() + away

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.is_filled() or not self._marks:
            return
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self._room())
        side = self.fontMetrics().height()
        for number, place in enumerate(self._marks, start=1):
            badge = QRectF(0, 0, side, side)
            badge.moveCenter(self._at(*place))
            painter.setPen(QPen(QColor(look.surface), 1))
            painter.setBrush(QColor(look.accent))
            painter.drawEllipse(badge)
            painter.setPen(QColor(look.accent_text))
            painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), str(number))

    # -- mouse and keys ------------------------------------------------------------------------------------------------

    def zoom_by(self, notches: float, at: QPointF) -> bool:
        window = self._window
        half = float(np.clip(window.half / NOTCH**notches, self._whole.half * DEEPEST, self._whole.half * WIDEST))
        x, y = self._place_at(at)  # stays under the pointer
        share = half / window.half
        self._go_on(Window(x + (window.x - x) * share, y + (window.y - y) * share, half))
        return True

    def _zoom_middle(self, notches: float) -> None:
        self.zoom_by(notches, self._room().center())

    def press(self, _at: QPointF) -> Window:  # type: ignore[override]
        return self._window

    def drag(self, held: Window, _at: QPointF, moved: QPointF) -> None:  # type: ignore[override]
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        whole = super()._target()
        across, down = 2 * moved.x() / whole.width(), 2 * moved.y() / whole.height()
        self._go_on(replace(held, x=held.x - across * held.half, y=held.y + down * held.half))

    def show_all(self) -> None:
        self._go_on(self._whole)

    def _go_on(self, window: Window) -> None:
        if window != self._window:
            self._window = window
            self.update()
            self._soon.start()

    @Slot()
    def _ask(self) -> None:
        """Also where that part was decoded last: another one may be on its way."""
        self.part_wanted.emit()
