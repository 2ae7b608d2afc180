"""The parts of the page Denoise."""

from typing import ClassVar

from aestudio.qt.sign import Sign


class Denoise(Sign):
    """Pictures from which noise is taken."""

    name, icon, rank = "denoise", "image", 40
    title: ClassVar[str] = "Denoise"
    early = True
