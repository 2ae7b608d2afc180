"""Corruptions: what is done to the input before the encoder sees it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.one_pass import Given
from aestudio.core.parts.part import Part


@dataclass(frozen=True, eq=False)
class Corrupted:
    """What a corruption did."""

    seen: Tensor
    """What the encoder sees, [N, …]."""
    target: Tensor
    """What should come out, [N, …]."""
    given: Given = field(default_factory=dict)
    """What it knows and a network may want to be told, by name: `sigma` is the noise level of each image [N]."""


class Corruption(Part):
    """x → x̃: what is done to the input before the encoder sees it. Pure: all randomness comes from the generator."""

    family: ClassVar[str] = "parts.corruptions"
    noun: ClassVar[str] = "corruption"
    field: ClassVar[str] = "corruption"
    label: ClassVar[str] = "Corruption"
    place: ClassVar[int] = 50
    form_place: ClassVar[int] = 20
    default: ClassVar[str] = "none"

    @property
    def noise_level(self) -> float | None:
        """Standard deviation of its noise, where that is independent, normal and the same for every value; None where
        it is not.
        """
        return None

    @abstractmethod
    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        """[N, …] → what is seen and what should come out, [N, …] each; the input is left as it is."""

    def seen(self, clean: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """What the encoder sees, [N, …] → [N, …]."""
        return self(clean, generator).seen


def strengths(seen: Tensor, target: Tensor) -> Tensor:
    """The root mean square of what was done to each image, [N]: its noise level, whatever kind of noise it is."""
    return (seen - target).flatten(1).square().mean(1).sqrt()
