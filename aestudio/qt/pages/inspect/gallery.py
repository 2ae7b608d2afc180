"""A few pictures with a few words under each, of which one can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import listed, meant
from aestudio.qt import theme
from aestudio.qt.colouring import Colouring
from aestudio.qt.display import display
from aestudio.qt.images import to_qimage
from aestudio.qt.widgets.painted import Painted, arrows, whole_pixels

GAP = 8
"""Between pictures, in pixels of the screen."""


class Gallery(Painted):
    """Shows all pictures as large as can be, from the top left on; arrow keys and clicks choose one where they may."""

    chosen = Signal(int)
    """A person has chosen another picture."""

    def __init__(
        self, name: str, empty_text: str = "", *, choosing: bool = False, parent: QWidget | None = None
    ) -> None:
        """`name` is the accessible name."""
        super().__init__(empty_text, parent, name=name)
        self._images: NDArray[np.float32] | None = None
        self._pictures: list[QImage] = []
        self._words: list[str] = []
        self._choosing = choosing
        self._choice = 0
        self.colouring: Colouring | None = None
        """That of images of numbers."""
        display().changed.connect(self._recolour)
        self.own = arrows(self._neighbour, self.choose) if choosing else ()
        if not choosing:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_images(self, images: NDArray[Any] | None, words: Sequence[str] = ()) -> None:
        """[N, C, H, W] in [0, 1] (clipped) with a caption each, or None for the empty sentence; the choice stays."""
        self._images = images if images is not None and len(images) else None
        self._colour()
        self._words = list(words)
        self._choice = min(self._choice, max(0, len(self._pictures) - 1))
        self.setAccessibleDescription(str(listed(self._words)) if self._pictures else self.empty_text())
        self.update()

    def _colour(self) -> None:
        shown = self._images if self.colouring is None or self._images is None else self.colouring(self._images)
        self._pictures = [] if shown is None else [to_qimage(image) for image in shown]

    @Slot()
    def _recolour(self) -> None:
        if self.colouring is not None:
            self._colour()
            self.update()

    def is_filled(self) -> bool:
        return bool(self._pictures)

    def set_empty_text(self, text: str) -> None:
        """The sentence where there are no pictures."""
        self._empty_text = meant(text) or text
        self.update()

    def empty_text(self) -> str:
        return str(self._empty_text)

    def image_array(self) -> NDArray[np.float32] | None:
        """What is shown."""
        return self._images

    def words(self) -> list[str]:
        """The captions."""
        return list(self._words)

    def choice(self) -> int:
        """Which picture is chosen."""
        return self._choice

    def choose(self, place: int) -> None:
        """As a person would: another picture."""
        if 0 <= place < len(self._pictures) and place != self._choice:
            self._choice = place
            self.update()
            self.chosen.emit(place)

    def cell(self, place: int) -> QRectF:
        """Where a picture lies in the widget, without its words."""
        columns, scale = self._grid()
        width, height = self._pictures[0].width() * scale, self._pictures[0].height() * scale
        row, column = divmod(place, columns)
        step_x, step_y = self._step(width), height + self._text_height() + GAP
        left = 1 + (step_x - GAP - width) / 2
        return QRectF(round(left + column * step_x), round(1 + row * step_y), width, height)

    def _text_height(self) -> int:
        return self._metrics_height() if any(self._words) else 0

    def _metrics_height(self) -> int:
        return round(1.25 * self.fontMetrics().height())

    def _step(self, width: float) -> float:
        """From one picture to the next: room for the words too."""
        return max(width, self._text_width()) + GAP

    def _text_width(self) -> int:
        metrics = QFontMetrics(self._bold())
        return max((metrics.horizontalAdvance(words) for words in self._words), default=0)

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def _grid(self) -> tuple[int, float]:
        """Columns, and how much the pictures are enlarged."""
        count, picture, ratio = len(self._pictures), self._pictures[0], self.devicePixelRatioF()

        def scale(columns: int) -> tuple[float, int]:
            rows = -(-count // columns)
            across = (self.width() - 2 - (columns - 1) * GAP) / columns
            down = (self.height() - 2 - (rows - 1) * GAP) / rows - self._text_height()
            fit = min(across / picture.width(), down / picture.height())
            return whole_pixels(max(fit, 0.02), ratio), -(rows * columns - count)

        room = int((self.width() - 2 + GAP) // (self._text_width() + GAP))  # for as many words beside each other
        columns = max(range(1, min(count, max(1, room)) + 1), key=scale)
        return columns, scale(columns)[0]

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        if not self._pictures:
            self.draw_empty(painter, QRectF(self.rect()).adjusted(GAP, 0, -GAP, 0))
            return
        for place, picture in enumerate(self._pictures):
            cell = self.cell(place)
            chosen = self._choosing and place == self._choice
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, cell.width() < picture.width())
            painter.drawImage(cell, picture, QRectF(picture.rect()))
            colour = (look.accent if self.hasFocus() else look.muted) if chosen else look.line
            painter.setPen(QPen(QColor(colour), 2 if chosen else 1))
            painter.drawRect(cell.adjusted(-1, -1, 1, 1) if chosen else cell.adjusted(-0.5, -0.5, 0.5, 0.5))
            if place < len(self._words):
                painter.setFont(self._bold() if chosen else self.font())
                painter.setPen(QColor(look.text if chosen else look.muted))
                half = self._step(cell.width()) / 2
                below = QRectF(cell.center().x() - half, cell.bottom() + 1, 2 * half, self._metrics_height())
                painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), self._words[place])

    def sizeHint(self) -> QSize:
        return QSize(240, 200)

    def press(self, at: QPointF) -> None:
        more = self._text_height()
        places = [i for i in range(len(self._pictures)) if self.cell(i).adjusted(0, 0, 0, more).contains(at)]
        if self._choosing and places:
            self.choose(places[0])

    def _neighbour(self, right: int, down: int) -> int | None:
        place = self._choice + right + down * self._grid()[0] if self._pictures else -1
        return place if 0 <= place < len(self._pictures) else None
