"""Data: the family of sources of images."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from pydantic import field_validator

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.names import written_path
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

    @field_validator("path", check_fields=False)
    @classmethod
    def _path_that_can_be_written(cls, path: str) -> str:
        return written_path(path)

    @abstractmethod
    def load(self, report: Report = unheard) -> Dataset:
        """The images.

        Raises: DataError where they cannot be had; Cancelled where `report` raises it.
        """
