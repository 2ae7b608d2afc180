"""Page Start."""

from typing import ClassVar

from aestudio.qt.sign import Sign


class Start(Sign):
    """What is seen first."""

    name, icon, rank, key = "start", "home", 0, "Alt+Home"
    title: ClassVar[str] = "Start"
    greets = True
    early = True
