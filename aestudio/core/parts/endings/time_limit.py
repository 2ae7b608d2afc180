"""A budget in time."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.ground.texts import Text
from aestudio.core.parts.families.ending import Ending
from aestudio.core.parts.slots import knob

LONG = 120
"""Seconds from which a time is said in minutes."""


class TimeLimit(Ending):
    """Trains for at most this long; pauses do not count. A training that is continued has as long again."""

    kind: ClassVar[str] = "time-limit"
    title: ClassVar[str] = "Time limit"
    about: ClassVar[str] = (
        "Trains for at most this long; pauses do not count. A training that is continued has as long again."
    )
    equation: ClassVar[str] = r"t \leq t_{\max}"
    source: ClassVar[str] = "Bottou, Bousquet (2008), The Tradeoffs of Large Scale Learning, section 3"
    rank: ClassVar[int] = 0

    minutes: float = knob(1.0, "Time", low=0.01, high=100_000, unit="minutes", log=True)

    @property
    def seconds(self) -> float:
        return 60 * self.minutes

    @property
    def why(self) -> Text:
        if self.seconds < LONG:
            return Text("The time limit of {seconds:.3g} s was reached.", seconds=self.seconds)
        return Text("The time limit of {minutes:.4g} min was reached.", minutes=self.minutes)
