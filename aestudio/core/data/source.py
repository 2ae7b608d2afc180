"""Data: the family of sources of images."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.parts.slots import Slot


class Data(Slot):
    """Where images come from. A member's `load` gives the same Dataset every time for the same settings."""

    family: ClassVar[str] = "data.sources"
    noun: ClassVar[str] = "data source"
    demands: ClassVar[tuple[str, ...]] = ("title", "about")
    field: ClassVar[str] = "data"
    label: ClassVar[str] = "Data"
    place: ClassVar[int] = 10
    default: ClassVar[str] = "digits"
    embedded: ClassVar[bool] = True
    """Needs neither the network nor a path of the person's."""

    @abstractmethod
    def load(self, report: Report = unheard) -> Dataset:
        """The images.

        Raises: DataError where they cannot be had; Cancelled where `report` raises it.
        """
