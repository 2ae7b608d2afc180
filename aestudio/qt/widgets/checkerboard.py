"""What is seen through transparent parts of a picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QColor, QPainter, QPixmap

from aestudio.qt import theme

SIDE = 8
"""Of a square, in pixels."""
LIGHT, GREY = QColor("#FFFFFF"), QColor("#CFCFCF")
"""The same in both themes, as in other programs: neither is taken for a colour of the picture."""


def fill(painter: QPainter, where: QRectF) -> None:
    """Squares of two greys, which stay where they are while the picture moves."""
    side = theme.px(SIDE)
    tile = QPixmap(2 * side, 2 * side)
    tile.fill(LIGHT)
    inside = QPainter(tile)
    inside.fillRect(0, 0, side, side, GREY)
    inside.fillRect(side, side, side, side, GREY)
    inside.end()
    painter.fillRect(where, QBrush(tile))
