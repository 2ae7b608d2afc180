"""A sheet of many small pictures that leaves none out: one for each unit, or the samples to choose from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from aestudio.qt import theme
from aestudio.qt.images import mosaic, rgb_to_qimage
from aestudio.qt.widgets.image_canvas import Canvas
from aestudio.qt.widgets.painted import arrows, whole_pixels

WIDEST = 2400
"""A saved sheet is enlarged up to about so many pixels."""
MOST = 16
"""Times that one pixel of a saved sheet is enlarged at most."""


def whole_grid(count: int, height: float, width: float, gap: float, room: QSize, ratio: float = 1.0) -> int:
    """Columns that show all `count` pictures as large as can be; of equally large ones, the fullest last row."""

    def worth(columns: int) -> tuple[float, int, float]:
        rows = -(-count // columns)
        fit = min(room.width() / (columns * (width + gap) - gap), room.height() / (rows * (height + gap) - gap))
        return whole_pixels(fit, ratio), -(rows * columns - count), fit

    return max(range(1, count + 1), key=worth)


class Mosaic(Canvas):
    """A Canvas whose last row need not be full. Some pictures can be faded, and the whole sheet can be saved."""

    def __init__(self, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(empty_text, parent)
        self.columns = 0
        """Pictures in each row, whatever the shape of the room; 0 where they may lie as they are largest."""
        self._faded: frozenset[int] = frozenset()
        self.own = arrows(self._place, self._go)  # which choose; it is never enlarged

    def set_faded(self, places: Collection[int]) -> None:
        """Which pictures lie under a veil."""
        if frozenset(places) != self._faded:
            self._faded = frozenset(places)
            self.update()

    def faded(self) -> frozenset[int]:
        return self._faded

    def sheet(self) -> QImage | None:
        """All pictures on white in the columns that are shown, each pixel enlarged to a square; None without any."""
        images = self.images()
        if images is None:
            return None
        columns, _ = self.best_grid()
        picture = rgb_to_qimage(mosaic(self.seen(images), columns, self._gap(), (255, 255, 255)))
        times = max(1, min(MOST, WIDEST // max(picture.width(), picture.height())))
        return picture.scaled(picture.width() * times, picture.height() * times)

    def select(self, index: int) -> None:
        """Outline a picture, and move it into view where the sheet is zoomed."""
        super().select(index)
        if self._images is None or not 0 <= index < len(self._images) or self._view.zoom <= 1:
            return
        if self._view.enlarged is None and not self._room().contains(self.cell(index).center()):
            target, centre = self._target(), self.cell(index).center()
            across = (centre.x() - target.x()) / target.width()
            down = (centre.y() - target.y()) / target.height()
            self.go_to(replace(self._view, centre=(across, down)))

    def best_grid(self) -> tuple[int, int]:
        """Columns, and how many pictures are shown."""
        assert self._images is not None
        count, _channels, height, width = (int(n) for n in self._images.shape)
        room = self._room().size().toSize()
        if self.columns:
            return self.columns, count
        return whole_grid(count, height, width, self._gap(), room, self.devicePixelRatioF()), count

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._images is None or not self._faded or self._view.enlarged is not None:
            return
        look = theme.current()
        painter = QPainter(self)
        painter.setClipRect(self._room())
        veil = QColor(look.surface)
        veil.setAlphaF(0.72)
        first = self.cell(0)
        target, gap = self._target(), self._gap()
        step = first.width() * (1 + gap / self._images.shape[3]), first.height() * (1 + gap / self._images.shape[2])
        for place in self._faded:
            row, column = divmod(place, self._columns)
            cell = first.translated(QPointF(column * step[0], row * step[1]))
            if place < self._shown and cell.intersects(target) and cell.intersects(self._room()):
                painter.fillRect(cell, veil)
        if self._selected in self._faded:
            painter.setPen(QPen(QColor(look.accent), 2))
            painter.drawRect(self.cell(self._selected).adjusted(-1, -1, 1, 1))
