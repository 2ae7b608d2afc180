"""Rates: the learning rate over a phase."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from aestudio.core.parts.part import Part


class Rate(Part):
    """The learning rate over a phase, as a factor of the optimiser's."""

    family: ClassVar[str] = "parts.rates"
    noun: ClassVar[str] = "learning rate schedule"

    @abstractmethod
    def factor(self, done: float) -> float:
        """`done` is the fraction of the phase's steps taken, in [0, 1)."""
