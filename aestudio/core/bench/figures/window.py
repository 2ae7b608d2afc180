"""How long the window takes to be seen."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.programs import BARE, PAINTED, starting
from aestudio.core.bench.running import Contender
from aestudio.core.ground.texts import Text


class Window(Figure):
    """The start page painted, with a picture of every recipe, beside an empty window of Qt's; both from nothing."""

    kind: ClassVar[str] = "window"
    title: ClassVar[str] = "Opening the window"
    about: ClassVar[str] = (
        "The start page painted, with a picture of every recipe, beside an empty window of Qt's; both from nothing."
    )
    unit: ClassVar[str] = "starts"
    rank: ClassVar[int] = 11

    def contenders(self, size: float = 1.0) -> list[Contender]:
        return [
            Contender(Text("empty window"), starting("-c", BARE)),
            Contender(Text("start page"), starting("-c", PAINTED)),
        ]
