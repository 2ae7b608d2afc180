"""How many held-out images a measure is averaged over."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import plural, say
from aestudio.qt.widgets.basics import Segmented

COUNTS = (16, 64, 256)
USUAL = 64


class ImageCount(Segmented):
    """The more images, the steadier the mean and the longer it takes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__([(str(count), _tip(count)) for count in COUNTS], say("Held-out images"), parent)
        self.choose(COUNTS.index(USUAL))

    @property
    def count(self) -> int:
        return COUNTS[self.index()]


def _tip(count: int) -> str:
    return str(
        plural(
            "Average over the first {count} held-out image: more are steadier and take longer",
            "Average over the first {count} held-out images: more are steadier and take longer",
            count,
        )
    )
