"""Schedules: which stages are trained when."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from aestudio.core.parts.part import Part
from aestudio.core.parts.plan import Phase


class Schedule(Part):
    """Which stages are trained when."""

    family: ClassVar[str] = "parts.schedules"
    noun: ClassVar[str] = "schedule"

    @abstractmethod
    def phases(self, epochs: int, depth: int) -> tuple[Phase, ...]:
        """The phases of a run of so many epochs on a network of so many stages, in order."""
