"""An image at several resolutions."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage


class Pyramid:
    """An image and its halves, quarters …: drawing a large one small touches few pixels."""

    def __init__(self, image: QImage) -> None:
        self.levels = [image]

    @property
    def size(self) -> QSize:
        return self.levels[0].size()

    def at(self, zoom: float) -> tuple[QImage, int]:
        """The smallest level that is no smaller than what is drawn, and by what it is reduced."""
        level = 0
        while zoom * 2 ** (level + 1) <= 1 and min(self.levels[0].width(), self.levels[0].height()) >> (level + 1):
            level += 1
        while len(self.levels) <= level:
            last = self.levels[-1]
            half = QSize(max(1, last.width() // 2), max(1, last.height() // 2))
            self.levels.append(
                last.scaled(half, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
            )
        return self.levels[level], 2**level
