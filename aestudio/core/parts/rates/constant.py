"""Constant learning rate."""

from typing import ClassVar

from aestudio.core.parts.families.rate import Rate


class Constant(Rate):
    """The learning rate stays as it is."""

    kind: ClassVar[str] = "constant"
    title: ClassVar[str] = "Constant"
    about: ClassVar[str] = "The learning rate stays as it is."
    equation: ClassVar[str] = r"\eta_t = \eta"
    source: ClassVar[str] = "Robbins, Monro (1951)"
    rank: ClassVar[int] = 0
    neutral: ClassVar[bool] = True

    def factor(self, done: float) -> float:
        return 1.0
