"""Corruptions: what is done to the input before the encoder sees it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.part import Part


class Corruption(Part):
    """x → x̃: what is done to the input before the encoder sees it. Pure: all randomness comes from the generator."""

    family: ClassVar[str] = "parts.corruptions"
    noun: ClassVar[str] = "corruption"

    @abstractmethod
    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """[N, …] → [N, …]; the input is left as it is."""
