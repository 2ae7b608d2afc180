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
    field: ClassVar[str] = "schedule"
    label: ClassVar[str] = "Schedule"
    place: ClassVar[int] = 90
    form_place: ClassVar[int] = 70
    folded: ClassVar[bool] = True
    default: ClassVar[str] = "end-to-end"
    layer_epochs_knob: ClassVar[str] = ""
    """The setting that says for how many epochs each layer is trained by itself; empty where none is."""

    @abstractmethod
    def phases(self, epochs: int, depth: int) -> tuple[Phase, ...]:
        """The phases of a run of so many epochs on a network of so many stages, in order."""
