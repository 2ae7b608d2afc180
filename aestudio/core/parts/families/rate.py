"""Rates: the learning rate over a phase."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from aestudio.core.parts.part import Part


class Rate(Part):
    """The learning rate over a phase, as a factor of the optimiser's."""

    family: ClassVar[str] = "parts.rates"
    noun: ClassVar[str] = "learning rate schedule"
    field: ClassVar[str] = "rate"
    label: ClassVar[str] = "Learning rate over time"
    place: ClassVar[int] = 110
    form_place: ClassVar[int] = 90
    folded: ClassVar[bool] = True
    default: ClassVar[str] = "constant"

    @abstractmethod
    def factor(self, done: float) -> float:
        """`done` is the fraction of the phase's steps taken, in [0, 1)."""
