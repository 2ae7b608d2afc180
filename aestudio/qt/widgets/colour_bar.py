"""What the colours of numbers mean: a strip from the least to the greatest."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.qt import theme
from aestudio.qt.colouring import Colouring
from aestudio.qt.display import display
from aestudio.qt.images import to_qimage

LEVELS = 128
STRIP = 10
"""Height in pixels."""
LARGEST = (Text("−max"), Text("max"))
"""At the ends where each picture has its own largest magnitude."""


class ColourBar(theme.Themed, QWidget):
    """The colours of 0 to 1, with the numbers that these stand for at its ends."""

    def __init__(
        self, colouring: Colouring, low: Text | str, high: Text | str, tip: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.colouring = colouring
        self._ends = (low, high)
        self.setObjectName("colourBar")
        self.setToolTip(tip)
        self.name_ends(low, high)
        self.setProperty("role", "caption")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        display().changed.connect(self.update)

    def name_ends(self, low: Text | str, high: Text | str) -> None:
        """The numbers that the weakest and the strongest colour stand for."""
        self._ends = (low, high)
        self.setAccessibleName(say("Colours from {low} to {high}", low=low, high=high))
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, look, room = QPainter(self), theme.current(), QRectF(self.rect())
        low, high = (str(end) for end in self._ends)
        painter.setPen(QColor(look.muted))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), low)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), high)
        left, right = (self.fontMetrics().horizontalAdvance(end) + theme.GRID // 2 for end in (low, high))
        strip = QRectF(left, (room.height() - STRIP) / 2, room.width() - left - right, STRIP)
        colours = self.colouring(np.linspace(0, 1, LEVELS, dtype=np.float32)[None, None, None])
        painter.drawImage(strip, to_qimage(colours[0]))
        painter.setPen(QColor(look.line))
        painter.drawRect(strip)

    def restyle(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(str(end)) for end in self._ends)
        return QSize(words + theme.GRID + theme.px(64), metrics.height())
