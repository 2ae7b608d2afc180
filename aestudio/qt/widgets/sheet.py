"""Rows of small pictures with words before each row and above each column."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import Text
from aestudio.qt import theme
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.qt.widgets.painted import PADDING

Words = Sequence[Text | str]


class Sheet(Mosaic):
    """A Mosaic with as many columns as it is told, and room for words at its left and above it."""

    def __init__(self, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(empty_text, parent)
        self._across = 1
        self._rows: Words = ()
        self._heads: Words = ()

    def set_rows(self, images: NDArray[np.float32] | None, rows: Words = (), heads: Words = ()) -> None:
        """Images [R, S, C, H, W], words for each of the R rows and for each of the S columns, or none."""
        filled = images is not None and images.size > 0
        self._across = images.shape[1] if images is not None and filled else 1
        self._rows, self._heads = (rows, heads) if filled else ((), ())
        self._picture = None
        self.set_images(images.reshape(-1, *images.shape[2:]) if images is not None and filled else None)

    def row(self, index: int) -> int:
        """The row of a picture."""
        return index // self._across

    def select_row(self, row: int) -> None:
        """Outline a picture of this row, in the column where one was outlined."""
        self.select(row * self._across + self.selected() % self._across)

    def row_words(self) -> list[str]:
        """What stands before each row."""
        return [str(one) for one in self._rows]

    def best_grid(self) -> tuple[int, int]:
        assert self._images is not None
        return self._across, len(self._images)

    def _room(self) -> QRectF:
        if self.is_enlarged():
            return super()._room()
        return super()._room().adjusted(self._beside(), self._above(), 0, 0)

    def _beside(self) -> int:
        """Pixels for the widest words before a row."""
        metrics = self.fontMetrics()
        lines = [line for words in self._rows for line in str(words).splitlines()]
        wide = max((metrics.horizontalAdvance(line) for line in lines), default=0)
        return min(wide, self.width() // 3) + theme.GRID if wide else 0

    def _above(self) -> int:
        return self.fontMetrics().height() + theme.GRID // 2 if self._heads else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._images is None or self.is_enlarged():
            return
        painter = QPainter(self)
        painter.setPen(QColor(theme.current().text))
        beside, above, metrics = self._beside(), self._above(), self.fontMetrics()
        for row, words in self.rows_written():
            cell = self.cell(row * self._across)
            place = QRectF(cell.left() - beside, cell.center().y() - 2 * metrics.height(), beside - theme.GRID / 2, 0)
            place.setHeight(4 * metrics.height())
            place.moveLeft(max(place.left(), float(PADDING)))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)
        painter.setPen(QColor(theme.current().muted))
        for column, words in self.heads_written():
            cell = self.cell(column)
            place = QRectF(cell.center().x() - metrics.horizontalAdvance(words), cell.top() - above, 0, above)
            place.setWidth(2 * metrics.horizontalAdvance(words))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter), words)

    def rows_written(self) -> list[tuple[int, str]]:
        """Rows and what is written before them: first lines alone, or only some, where rows are lower than that."""
        high, step = self.fontMetrics().height(), self._step().y()
        said = self.row_words()
        if high * max((len(words.splitlines()) for words in said), default=0) > step:
            said = [words.partition("\n")[0] for words in said]
        return list(enumerate(said))[:: max(1, ceil(high / step))]

    def heads_written(self) -> list[tuple[int, str]]:
        """Columns and what is written above them: some only where they are narrower than that."""
        said, metrics = [str(one) for one in self._heads], self.fontMetrics()
        wide = max((metrics.horizontalAdvance(f"{words} ") for words in said), default=0)
        return list(enumerate(said))[:: max(1, ceil(wide / self._step().x()))]

    def _step(self) -> QPointF:
        """Pixels from one picture to the next, to the right and down."""
        first, rows = self.cell(0), self._across < self._shown
        right = self.cell(1).left() - first.left() if self._across > 1 else first.width()
        return QPointF(
            max(right, 1.0), max(self.cell(self._across).top() - first.top() if rows else first.height(), 1.0)
        )
