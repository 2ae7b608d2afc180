"""Samples in a grid, or one of them enlarged, with crisp pixels, zoom and pan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import listed, say
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.colouring import Colouring
from aestudio.qt.display import display
from aestudio.qt.images import mosaic, rgb_to_qimage, to_qimage
from aestudio.qt.widgets.painted import PADDING, Painted, arrows, whole_pixels
from aestudio.qt.widgets.sample_grid import grid

DEEPEST = 64.0
"""The greatest zoom."""
NOTCH = 1.0015**120
"""How much a notch of the wheel zooms."""


@dataclass(frozen=True)
class View:
    """What part of its images a pane shows; panes with the same View show the same place."""

    zoom: float = 1.0
    """1 fits everything in."""
    centre: tuple[float, float] = (0.5, 0.5)
    """Of the pane, as fractions of the width and the height of the whole picture."""
    enlarged: int | None = None
    """The one sample that is shown, or None for the grid."""


class Spot(NamedTuple):
    """A pixel of a sample."""

    sample: int
    row: int
    column: int


class Canvas(Painted):
    """Draws the images and takes mouse and keys; ImagePane puts the words around it.

    What the pixel under the pointer is, and how much is zoomed, is written over the images. Images of numbers have a
    `colouring`, and stand for the numbers of a `span`.
    """

    sample_clicked = Signal(int)
    selection_moved = Signal(int)
    view_changed = Signal(View)
    resized = Signal()
    pointed = Signal(object)
    """The Spot that the pointer is over now, or None."""

    def __init__(self, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(empty_text, parent)
        self._images: NDArray[np.float32] | None = None
        self._picture: QImage | None = None
        self._columns, self._shown = 1, 0
        self._common: QSize | None = None
        self._view = View()
        self._grid_view = View()
        self._selected = 0
        self._spot: Spot | None = None
        self.colouring: Colouring | None = None
        self.span = (0.0, 1.0)
        """The numbers that 0 and 1 stand for."""
        self.setMouseTracking(True)
        display().changed.connect(self._recolour)
        self.own = (
            *arrows(self._place, self._go),
            Action(
                "enlarge", "Enlarge the sample", lambda: self.sample_clicked.emit(self._selected), ("Enter", "Return"),
                possible=lambda: self._images is not None and len(self._images) > 1 and not self.is_enlarged(),
            ),
            Action("grid", "Back to all samples", self.back_to_grid, ("Esc",), possible=self.is_enlarged),
        )  # fmt: skip

    # -- state ---------------------------------------------------------------------------------------------------------

    def is_filled(self) -> bool:
        return self._images is not None

    def images(self) -> NDArray[np.float32] | None:
        return self._images

    def set_images(self, images: NDArray[np.float32] | None) -> None:
        before = self._images
        self._images = images if images is not None and len(images) else None
        self._picture = None
        if self._images is None:
            self._view = self._grid_view = View()
        elif before is None or before.shape != self._images.shape:
            self._selected = min(self._selected, len(self._images) - 1)
            if self._view.enlarged is not None and self._view.enlarged >= len(self._images):
                self._view = View()
        self.update()

    def view(self) -> View:
        return self._view

    def set_view(self, view: View) -> None:
        """Go somewhere without saying so."""
        if view == self._view or self._images is None:
            return
        if view.enlarged is not None and not 0 <= view.enlarged < len(self._images):
            return
        if view.enlarged is not None and self._view.enlarged is None:
            self._grid_view = self._view
        if view.enlarged != self._view.enlarged:
            self._picture = None
            self._selected = self._selected if view.enlarged is None else view.enlarged
        self._view = view
        self.update()

    def selected(self) -> int:
        return self._selected

    def select(self, index: int) -> None:
        """Outline a sample, and show it if one is enlarged, without saying so."""
        if self._images is None or not 0 <= index < len(self._images):
            return
        self._selected = index
        if self._view.enlarged not in (None, index):
            self._view = replace(self._view, enlarged=index)
            self._picture = None
        self.update()

    def go_to(self, view: View) -> None:
        """Go somewhere and say so."""
        if view != self._view:
            self.set_view(view)
            self.view_changed.emit(self._view)

    def back_to_grid(self) -> None:
        if self._view.enlarged is not None:
            self.go_to(replace(self._grid_view, enlarged=None))

    def shown_count(self) -> int:
        """How many samples the grid has room for in full rows."""
        return 0 if self._images is None else self.best_grid()[1]

    def seen(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Images in the colours that they are drawn in."""
        return images if self.colouring is None else self.colouring(images)

    def show_spot(self, spot: Spot | None) -> None:
        """Write what this pixel is, without saying so."""
        if spot != self._spot:
            self._spot = spot
            self.update()

    def reading(self) -> str:
        """Column, row and value of the pixel under the pointer, and screen pixels for each pixel in percent; only that
        where the pointer is elsewhere and the images are zoomed.
        """
        if self._images is None or (self._spot is None and self._view.zoom <= 1):
            return ""
        zoom = 100 * self._target().width() / self._source().width() * self.devicePixelRatioF()
        if self._spot is None or self._spot.sample >= len(self._images):
            return say("{zoom:.0f} %", zoom=zoom)
        sample, row, column = self._spot
        low, high = self.span
        values = [f"{low + (high - low) * value:.3f}" for value in self._images[sample, :, row, column].tolist()]
        return say("x {x}, y {y}: {value} · {zoom:.0f} %", x=column, y=row, value=listed(values), zoom=zoom)

    # -- geometry ------------------------------------------------------------------------------------------------------

    def set_common_size(self, size: QSize) -> None:
        """Lay out as a canvas of this size would, so that several of nearly the same size show exactly the same."""
        if size != self._common:
            self._common = size
            self.update()

    def _room(self) -> QRectF:
        size = (self._common or self.size()).boundedTo(self.size())
        return QRectF(PADDING, PADDING, max(1, size.width() - 2 * PADDING), max(1, size.height() - 2 * PADDING))

    def _gap(self) -> int:
        return 0 if self._images is None else max(1, round(self._images.shape[2] / 14))

    def best_grid(self) -> tuple[int, int]:
        assert self._images is not None
        count, _channels, height, width = (int(n) for n in self._images.shape)
        return grid(count, height, width, self._gap(), self._room().size().toSize(), self.devicePixelRatioF())

    def _source(self) -> QImage:
        """The picture to draw, made when it is first needed."""
        assert self._images is not None
        columns, shown = self.best_grid()
        if self._picture is None or (self._view.enlarged is None and (columns, shown) != (self._columns, self._shown)):
            self._columns, self._shown = columns, shown
            if self._view.enlarged is not None:
                self._picture = to_qimage(self.seen(self._images[self._view.enlarged, None])[0])
            else:
                ground = QColor(theme.current().surface)
                colours = (ground.red(), ground.green(), ground.blue())
                self._picture = rgb_to_qimage(mosaic(self.seen(self._images[:shown]), columns, self._gap(), colours))
        return self._picture

    def _target(self) -> QRectF:
        """Where the whole picture lies, in the widget."""
        source, room, ratio = self._source(), self._room(), self.devicePixelRatioF()
        fit = min(room.width() / source.width(), room.height() / source.height())
        scale = max(whole_pixels(fit, ratio) * self._view.zoom, 1e-3)
        width, height = source.width() * scale, source.height() * scale
        x = room.center().x() - self._clamped(self._view.centre[0], room.width() / width) * width
        y = room.center().y() - self._clamped(self._view.centre[1], room.height() / height) * height
        return QRectF(round(x * ratio) / ratio, round(y * ratio) / ratio, width, height)

    @staticmethod
    def _clamped(centre: float, visible: float) -> float:
        return 0.5 if visible >= 1 else min(max(centre, visible / 2), 1 - visible / 2)

    def cell(self, index: int) -> QRectF:
        """Where a sample of the grid lies in the widget."""
        assert self._images is not None
        _count, _channels, height, width = self._images.shape
        target, gap = self._target(), self._gap()
        scale = target.width() / self._source().width()
        row, column = divmod(index, self._columns)
        return QRectF(
            target.x() + column * (width + gap) * scale,
            target.y() + row * (height + gap) * scale,
            width * scale,
            height * scale,
        )

    def _sample_at(self, point: QPointF) -> int | None:
        """The sample of the grid under a point; the gap around it belongs to it."""
        if self._images is None or self._view.enlarged is not None:
            return None
        target, gap = self._target(), self._gap()
        scale = target.width() / self._source().width()
        _count, _channels, height, width = self._images.shape
        column = int((point.x() - target.x() + gap * scale / 2) // ((width + gap) * scale))
        row = int((point.y() - target.y() + gap * scale / 2) // ((height + gap) * scale))
        index = row * self._columns + column
        return index if 0 <= column < self._columns and row >= 0 and index < self._shown else None

    def _spot_at(self, point: QPointF) -> Spot | None:
        """The pixel under a point; none in the gaps."""
        sample = self._view.enlarged if self.is_enlarged() else self._sample_at(point)
        if self._images is None or sample is None or not self._room().contains(point):
            return None
        cell = self._target() if self.is_enlarged() else self.cell(sample)
        height, width = self._images.shape[2:]
        row = int((point.y() - cell.y()) // (cell.height() / height))
        column = int((point.x() - cell.x()) // (cell.width() / width))
        return Spot(sample, row, column) if 0 <= row < height and 0 <= column < width else None

    def zoom_about(self, point: QPointF, factor: float) -> None:
        """Zoom so that what lies under the pointer stays there."""
        room, target = self._room(), self._target()
        at = QPointF((point.x() - target.x()) / target.width(), (point.y() - target.y()) / target.height())
        zoom = min(max(self._view.zoom * factor, 1.0), DEEPEST)
        growth = zoom / self._view.zoom
        width, height = target.width() * growth, target.height() * growth
        centre = (
            self._clamped(at.x() - (point.x() - room.center().x()) / width, room.width() / width),
            self._clamped(at.y() - (point.y() - room.center().y()) / height, room.height() / height),
        )
        self.go_to(replace(self._view, zoom=zoom, centre=centre if zoom > 1 else (0.5, 0.5)))

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw_ground(painter, self._room().adjusted(PADDING, PADDING, -PADDING, -PADDING))
        if self._images is None:
            return
        target, source = self._target(), self._source()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        small = target.width() < source.width() / self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
        painter.setClipRect(self._room())
        painter.drawImage(target, source, QRectF(source.rect()))
        if self._view.enlarged is None and len(self._images) > 1 and self._selected < self._shown:
            painter.setClipping(False)
            pen = QPen(QColor(theme.current().accent), 2)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            outline = self.cell(self._selected).adjusted(-1, -1, 1, 1)
            if self._room().adjusted(-4, -4, 4, 4).contains(outline.center()):
                painter.drawRect(outline)
        self._write_reading(painter)

    def _write_reading(self, painter: QPainter) -> None:
        """In the corner at the bottom; at the top while the pointer is below."""
        said, look, metrics = self.reading(), theme.current(), self.fontMetrics()
        if not said:
            return
        inside = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        said = metrics.elidedText(said, Qt.TextElideMode.ElideRight, int(inside.width()) - PADDING)
        box = QRectF(0, 0, metrics.horizontalAdvance(said) + PADDING, metrics.height() + PADDING // 2)
        is_low = self._spot is not None and self._pixel(self._spot).y() > inside.bottom() - 2 * box.height()
        box.moveTo(inside.x(), inside.y() if is_low else inside.bottom() - box.height())
        painter.setClipping(False)
        painter.setPen(QColor(look.line))
        painter.setBrush(QColor(look.raised))
        painter.drawRect(box)
        painter.setPen(QColor(look.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), said)

    def _pixel(self, spot: Spot) -> QPointF:
        """Where the middle of a pixel lies in the widget."""
        assert self._images is not None
        cell = self._target() if self.is_enlarged() else self.cell(spot.sample)
        height, width = self._images.shape[2:]
        return cell.topLeft() + QPointF(
            (spot.column + 0.5) * cell.width() / width, (spot.row + 0.5) * cell.height() / height
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def restyle(self) -> None:
        self._picture = None
        self.update()

    @Slot()
    def _recolour(self) -> None:
        if self.colouring is not None:
            self.restyle()

    # -- mouse and keys ------------------------------------------------------------------------------------------------

    def zoom_by(self, notches: float, at: QPointF) -> bool:
        self.zoom_about(at, NOTCH**notches)
        return True

    def press(self, _at: QPointF) -> tuple[float, float]:
        return self._view.centre

    def drag(self, held: tuple[float, float], _at: QPointF, moved: QPointF) -> None:
        if self._view.zoom > 1:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            target, room = self._target(), self._room()
            x = self._clamped(held[0] - moved.x() / target.width(), room.width() / target.width())
            y = self._clamped(held[1] - moved.y() / target.height(), room.height() / target.height())
            self.go_to(replace(self._view, centre=(x, y)))

    def click(self, at: QPointF) -> None:
        index = self._sample_at(at)
        if index is not None:
            self.sample_clicked.emit(index)

    def hover(self, at: QPointF) -> None:
        self._point(self._spot_at(at))
        hand = self._sample_at(at) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def _point(self, spot: Spot | None) -> None:
        if spot != self._spot:
            self.show_spot(spot)
            self.pointed.emit(spot)

    def show_all(self) -> None:
        self.go_to(replace(self._view, zoom=1.0, centre=(0.5, 0.5)))

    def is_enlarged(self) -> bool:
        """One sample is shown, not the grid."""
        return self._view.enlarged is not None

    def _place(self, right: int, down: int) -> int | None:
        if self._images is None:
            return None
        # Not what was drawn last: images that have just come are not yet drawn.
        columns, count = (1, len(self._images)) if self.is_enlarged() else self.best_grid()
        index = self._selected + right + down * columns
        return index if 0 <= index < count else None

    def _go(self, index: int) -> None:
        self.select(index)
        self.selection_moved.emit(index)
