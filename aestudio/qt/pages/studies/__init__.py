"""The parts of the page of studies: several trainings that answer one question, each kind a file of its own."""

from typing import ClassVar

from aestudio.qt.sign import Sign


class Studies(Sign):
    """Questions that several trainings answer."""

    name, icon, rank = "studies", "chart", 30
    title: ClassVar[str] = "Studies"
