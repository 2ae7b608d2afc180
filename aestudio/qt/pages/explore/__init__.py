"""Page Explore."""

from typing import ClassVar

from aestudio.qt.sign import Sign


class Explore(Sign):
    """Where a run is set up, trained and looked at."""

    name, icon, rank = "explore", "sliders", 10
    title: ClassVar[str] = "Explore"
    shows_document = True
