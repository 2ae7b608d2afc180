"""The parts of the page that looks into a model: an observer that measures in the background, and its panels."""

from typing import ClassVar

from aestudio.qt.sign import Sign


class Inspect(Sign):
    """What a model has learned."""

    name, icon, rank = "inspect", "search", 20
    title: ClassVar[str] = "Inspect"
