"""Likelihoods: how far the reconstruction is from what should come out."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Part


class Loss(Part):
    """How far the reconstruction is from the clean input: summed over the elements of one image, averaged over the
    batch.
    """

    family: ClassVar[str] = "parts.likelihoods"
    noun: ClassVar[str] = "loss"

    @abstractmethod
    def __call__(self, seen: Pass) -> Tensor:
        """A scalar."""
