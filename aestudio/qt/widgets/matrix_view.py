"""A matrix of numbers from 0 to 1 as cells with names at the left and above; the largest of each row is framed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import Text
from aestudio.qt import theme
from aestudio.qt.widgets.painted import PADDING, Painted, arrows
from aestudio.qt.widgets.sharing import Rows

TALLEST = 88
"""Pixels of a cell at most, so that few rows do not become bars."""
READABLE = 30
"""Pixels from which a cell holds its number."""


class MatrixView(Painted):
    """Cells are read off under the pointer, or with the arrow keys."""

    read = Signal(str)
    """What the cell there holds; empty beside all cells."""

    def __init__(self, empty: str = "", parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(empty, parent, name=name)
        self._values: NDArray[np.float64] = np.zeros((0, 0))
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self.marked: tuple[int, int] | None = None
        """Row and column that are read."""
        self.setMouseTracking(True)
        self.sharing.give(self._numbers)
        self.own = arrows(self._beside, self._read)

    def show_matrix(self, values: NDArray[np.float64], rows: Sequence[str], columns: Sequence[str]) -> None:
        """Values [R, C] in [0, 1] with the names of rows and columns; none of either empties the view."""
        self._values, self._rows, self._columns = values, tuple(rows), tuple(columns)
        if self.marked is not None and not (self.marked[0] < len(rows) and self.marked[1] < len(columns)):
            self.marked = None
        self.update()

    def is_filled(self) -> bool:
        return bool(self._values.size)

    def said(self, row: int, column: int) -> str:
        """What a cell holds."""
        value = float(self._values[row, column])
        return str(Text("{row}, {column}: {value:.2f}", row=self._rows[row], column=self._columns[column], value=value))

    def cell(self, row: int, column: int) -> QRectF:
        """Where it lies."""
        left, top = self._margins()
        wide = (self.width() - left - PADDING) / max(1, len(self._columns))
        high = min(theme.px(TALLEST), (self.height() - top - PADDING) / max(1, len(self._rows)))
        return QRectF(left + column * wide, top + row * high, wide, high)

    def at(self, place: QPointF) -> tuple[int, int] | None:
        """Row and column of the cell there."""
        if not self.is_filled():
            return None
        first = self.cell(0, 0)
        row = int((place.y() - first.top()) // first.height())
        column = int((place.x() - first.left()) // first.width())
        inside = 0 <= row < len(self._rows) and 0 <= column < len(self._columns)
        return (row, column) if inside else None

    def hover(self, at: QPointF) -> None:
        self._read(self.at(at))

    def _margins(self) -> tuple[float, float]:
        metrics = self.fontMetrics()
        names = max((metrics.horizontalAdvance(name) for name in self._rows), default=0)
        return names + 2 * PADDING, metrics.height() + PADDING

    def _beside(self, right: int, down: int) -> tuple[int, int] | None:
        if not self.is_filled():
            return None
        if self.marked is None:
            return 0, 0
        row, column = self.marked[0] + down, self.marked[1] + right
        return (row, column) if 0 <= row < len(self._rows) and 0 <= column < len(self._columns) else None

    def _read(self, cell: tuple[int, int] | None) -> None:
        if cell != self.marked:
            self.marked = cell
            self.read.emit("" if cell is None else self.said(*cell))
            self.update()

    def _numbers(self) -> Rows:
        rows = zip(self._rows, self._values, strict=True)
        return [["", *self._columns], *([name, *(f"{value:.6g}" for value in row)] for name, row in rows)]

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw_ground(painter, QRectF(self.rect()).adjusted(PADDING, PADDING, -PADDING, -PADDING))
        if not self.is_filled():
            return
        look = theme.current()
        first = self.cell(0, 0)
        every = -(-self._widest() // max(1, int(first.width())))
        painter.setPen(QColor(look.muted))
        for column in range(0, len(self._columns), every):
            above = self.cell(0, column)
            room = QRectF(above.left(), 0, above.width() * every, first.top())
            painter.drawText(
                room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), self._columns[column]
            )
        for row, name in enumerate(self._rows):
            painter.setPen(QColor(look.text))
            beside = self.cell(row, 0)
            room = QRectF(PADDING, beside.top(), beside.left() - 2 * PADDING, beside.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name)
            self._draw_row(painter, row)

    def _draw_row(self, painter: QPainter, row: int) -> None:
        look, best = theme.current(), int(self._values[row].argmax())
        for column, value in enumerate(self._values[row]):
            box = self.cell(row, column).adjusted(1, 1, -1, -1)
            painter.fillRect(box, QColor(look.tint(look.accent, 0.04 + 0.96 * float(np.clip(value, 0, 1)))))
            if box.width() >= theme.px(READABLE):
                painter.setPen(QColor(look.accent_text if value > 0.7 else look.text))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), f"{value:.2f}")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._values[row, best] > 0:
            self._frame(painter, row, best, QPen(QColor(look.text), 1.5))
        if self.marked is not None and self.marked[0] == row:
            self._frame(painter, *self.marked, QPen(QColor(look.accent), 2.5))

    def _frame(self, painter: QPainter, row: int, column: int, pen: QPen) -> None:
        painter.setPen(pen)
        painter.drawRect(self.cell(row, column).adjusted(1.5, 1.5, -1.5, -1.5))

    def _widest(self) -> int:
        metrics = self.fontMetrics()
        return max((metrics.horizontalAdvance(name) for name in self._columns), default=0) + theme.GRID
