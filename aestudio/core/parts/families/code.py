"""Codes: what happens at the bottleneck."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.part import Part


class Code(Part):
    """What happens at the bottleneck, between the last encoder layer and the decoder."""

    family: ClassVar[str] = "parts.codes"
    noun: ClassVar[str] = "code"
    pointwise: ClassVar[bool] = True
    """What it makes of a place does not depend on other places, so a part of an image gets the code that it has within
    the whole.
    """

    @abstractmethod
    def __call__(self, hidden: Tensor) -> Tensor:
        """[N, …] → [N, …]."""

    @abstractmethod
    def in_torch(self, shape: tuple[int, ...]) -> tuple[str, ...]:
        """Lines of plain torch that turn the hidden layer `x` [N, *shape] into the code `x`."""
