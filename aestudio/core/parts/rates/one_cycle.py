"""One-cycle learning rate."""

from math import cos, pi
from typing import ClassVar

from aestudio.core.parts.families.rate import Rate
from aestudio.core.parts.slots import knob


class OneCycle(Rate):
    """Warms up from 1/25 of the rate to all of it, then falls to almost nothing; both along half a cosine."""

    kind: ClassVar[str] = "one-cycle"
    title: ClassVar[str] = "One cycle"
    about: ClassVar[str] = (
        "Warms up from 1/25 of the rate to all of it, then falls to almost nothing; both along half a cosine."
    )
    equation: ClassVar[str] = r"\eta_t : \frac{\eta}{25} \nearrow \eta \searrow \frac{\eta}{250000}"
    source: ClassVar[str] = "Smith, Topin (2018), arXiv 1708.07120; the defaults of torch's OneCycleLR"
    rank: ClassVar[int] = 2

    warm_up: float = knob(0.3, "Warm-up", low=0.01, high=0.99, tip="The fraction of the phase in which the rate rises.")

    def factor(self, done: float) -> float:
        start, end = 1 / 25, 1 / 250_000
        if done < self.warm_up:
            return _between(start, 1.0, done / self.warm_up)
        return _between(1.0, end, (done - self.warm_up) / (1 - self.warm_up))


def _between(a: float, b: float, done: float) -> float:
    return b + (a - b) * 0.5 * (1 + cos(pi * done))
