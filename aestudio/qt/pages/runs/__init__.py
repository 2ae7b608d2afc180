"""The parts of the page of runs: its table, its curves, its pictures, its details."""

from typing import ClassVar

from aestudio.qt.sign import Sign


class Runs(Sign):
    """All that was trained."""

    name, icon, rank = "runs", "runs", 50
    title: ClassVar[str] = "Runs"
    early = True
