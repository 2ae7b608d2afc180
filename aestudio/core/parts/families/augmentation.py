"""Augmentations: more images than the data set holds."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.part import Part


class Augmentation(Part):
    """What is done to clean images before each step, so that there are more of them than the data set holds."""

    family: ClassVar[str] = "parts.augmentations"
    noun: ClassVar[str] = "augmentation"
    field: ClassVar[str] = "augmentation"
    label: ClassVar[str] = "Augmentation"
    place: ClassVar[int] = 20
    form_place: ClassVar[int] = 100
    default: ClassVar[str] = "none"
    demands: ClassVar[tuple[str, ...]] = ("title", "about", "source")

    @abstractmethod
    def __call__(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """[N, C, H, W] → the same shape; the input is left as it is. The generator lies on the images' device."""
