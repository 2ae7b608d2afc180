"""Data: the family of sources of images."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import field_validator
from torch import Tensor

from aestudio.core.data.binarised import Binarise, binarised, drawn
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.names import written_path
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text
from aestudio.core.parts.slots import Slot, knob


class Data(Slot):
    """Where images come from. A member's `read` gives the same Dataset every time for the same settings."""

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

    binarise: Binarise = knob(
        "no",
        "Binarise",
        tip="Black and white, each pixel white with the chance that its value is: drawn once for all images, or anew "
        "at each step of a training, with the held-out images drawn once.",
    )

    def load(self, report: Report = unheard) -> Dataset:
        """The images, binarised where that is asked for.

        Raises: DataError where they cannot be had; Cancelled where `report` raises it.
        """
        return binarised(self.read(report), self.binarise)

    @abstractmethod
    def read(self, report: Report = unheard) -> Dataset:
        """The images as they are; raises as `load` does."""

    def glimpse(self) -> NDArray[np.uint8] | None:
        """A few of the images [N, C, H, W] at once, where reading all of them may take long; None where it does not, or
        where none can be read yet.

        Raises: DataError, as `load` will.
        """
        return None

    def at_step(self, images: Tensor, generator: torch.Generator | None) -> Tensor:
        """What a step of a training is given of a batch [N, C, H, W] in [0, 1]."""
        return drawn(images, generator) if self.binarise == "at each step" else images

    @property
    def called(self) -> Text:
        """The title, with what is done to the images."""
        match self.binarise:
            case "once":
                return Text("{name}, binarised once", name=Text(self.title))
            case "at each step":
                return Text("{name}, binarised at each step", name=Text(self.title))
        return Text(self.title)
