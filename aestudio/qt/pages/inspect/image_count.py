"""How many held-out images a measure is averaged over."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from aestudio.qt.widgets.basics import Segmented

COUNTS = (16, 64, 256)
USUAL = 64


class ImageCount(Segmented):
    """The more images, the steadier the mean and the longer it takes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        tip = "Average over the first {} held-out images: more are steadier and take longer"
        super().__init__([(str(count), tip.format(count)) for count in COUNTS], "Held-out images", parent)
        self.choose(COUNTS.index(USUAL))

    @property
    def count(self) -> int:
        return COUNTS[self.index()]
