"""Columns of images beside each other, a title and a caption over each, which stay in sight while the images scroll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from aestudio.core.ground.texts import SEMICOLON, Text, listed
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.images import mosaic, rgb_to_qimage
from aestudio.qt.widgets.painted import whole_pixels

SMALLEST, LARGEST = 60, 132
"""Pixels that a column of images may be wide."""
GAP = 10
"""Between columns."""
LINE = 3
"""Between rows."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A column: images [N, C, H, W] in [0, 1], with its words."""

    title: str
    caption: str
    images: Floats
    colour: str = ""
    """Of the mark beside its title; empty for none."""
    tip: str = ""


class PictureGrid(theme.Themed, QAbstractScrollArea):
    """Draws Strips, the same image of each in one row. They are as large as the width allows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._strips: list[Strip] = []
        self._pictures: list[QImage] = []
        self.viewport().setAutoFillBackground(False)
        self.horizontalScrollBar().setSingleStep(24)
        self.verticalScrollBar().setSingleStep(24)

    def set_strips(self, strips: Sequence[Strip]) -> None:
        """Show these columns; all have the same number of images of one size."""
        self._strips = list(strips)
        self._pictures = []
        said = [
            Text("{title}: {caption}", title=strip.title, caption=strip.caption) if strip.caption else strip.title
            for strip in strips
        ]
        self.setAccessibleDescription(str(listed(said, SEMICOLON)))
        self._measure()
        self.viewport().update()

    def strips(self) -> list[Strip]:
        """What is shown."""
        return list(self._strips)

    # -- geometry ------------------------------------------------------------------------------------------------------

    def _cell(self) -> tuple[float, float]:
        """The size in which an image is drawn."""
        height, width = self._strips[0].images.shape[2:]
        count = len(self._strips)
        room = (self.viewport().width() - GAP * (count - 1)) / count
        scale = min(max(room, SMALLEST), LARGEST) / width
        ratio = self.devicePixelRatioF()
        whole = whole_pixels(scale, ratio)
        scale = whole if width * whole >= SMALLEST else scale
        return width * scale, height * scale

    def head(self) -> int:
        """Pixels for the words above the images."""
        return 2 * self.fontMetrics().height() + 12

    def _left(self, place: int) -> int:
        return round(place * (max(self._cell()[0], SMALLEST) + GAP)) - self.horizontalScrollBar().value()

    def _measure(self) -> None:
        if not self._strips:
            self.horizontalScrollBar().setRange(0, 0)
            self.verticalScrollBar().setRange(0, 0)
            return
        width, height = self._cell()
        count = len(self._strips[0].images)
        across = round(len(self._strips) * (max(width, SMALLEST) + GAP)) - GAP
        down = round(count * (height + LINE)) + self.head()
        self.horizontalScrollBar().setRange(0, max(0, across - self.viewport().width()))
        self.horizontalScrollBar().setPageStep(self.viewport().width())
        self.verticalScrollBar().setRange(0, max(0, down - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())

    def sizeHint(self) -> QSize:
        return QSize(420, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._strips:
            return
        look = theme.current()
        painter = QPainter(self.viewport())
        width, height = self._cell()
        top = self.head() - self.verticalScrollBar().value()
        if not self._pictures:
            self._pictures = [rgb_to_qimage(mosaic(strip.images, 1, 0, (0, 0, 0))) for strip in self._strips]
        tall = self._strips[0].images.shape[2]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, height < tall)
        for place, picture in enumerate(self._pictures):
            left = self._left(place)
            if left + width < 0 or left > self.viewport().width():
                continue
            for row in range(len(self._strips[place].images)):
                y = top + round(row * (height + LINE))
                if -height < y < self.viewport().height():
                    target = QRect(left, y, round(width), round(height))
                    painter.drawImage(target, picture, QRect(0, row * tall, picture.width(), tall))
        painter.fillRect(0, 0, self.viewport().width(), self.head() - 4, QColor(look.surface))
        for place, strip in enumerate(self._strips):
            self._draw_words(painter, QRect(self._left(place), 0, round(max(width, SMALLEST)), self.head()), strip)
        if self.hasFocus():
            painter.setPen(QColor(look.accent))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def _draw_words(self, painter: QPainter, room: QRect, strip: Strip) -> None:
        look = theme.current()
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        line = self.fontMetrics().height()
        title = QRect(room.left(), 2, room.width(), line)
        if strip.colour:
            painter.fillRect(room.left(), 4, 4, line - 4, QColor(strip.colour))
            title.setLeft(room.left() + 8)
        for font, text, colour, at in (
            (bold, strip.title, look.text, title),
            (self.font(), strip.caption, look.muted, title.translated(0, line + 2)),
        ):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, at.width())
            painter.drawText(at, int(Qt.AlignmentFlag.AlignVCenter), shown)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._strips:
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos()), self.viewport())
            return True
        return super().viewportEvent(event)

    def tip_at(self, point: QPoint) -> str:
        """What is said of the strip under a point; nothing beside them."""
        width = max(self._cell()[0], SMALLEST)
        for place, strip in enumerate(self._strips):
            if self._left(place) <= point.x() < self._left(place) + width:
                return strip.tip
        return ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        self.viewport().update()

    def restyle(self) -> None:
        self.viewport().update()
