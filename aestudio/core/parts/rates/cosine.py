"""Cosine learning rate."""

from math import cos, pi
from typing import ClassVar

from aestudio.core.parts.families.rate import Rate


class Cosine(Rate):
    """Half a cosine from the full rate down to zero."""

    kind: ClassVar[str] = "cosine"
    title: ClassVar[str] = "Cosine"
    about: ClassVar[str] = "Half a cosine from the full rate down to zero."
    equation: ClassVar[str] = r"\eta_t = \frac{\eta}{2} \left( 1 + \cos \frac{\pi t}{T} \right)"
    source: ClassVar[str] = "Loshchilov, Hutter (2017), arXiv 1608.03983"
    rank: ClassVar[int] = 1

    def factor(self, done: float) -> float:
        return 0.5 * (1 + cos(pi * done))
