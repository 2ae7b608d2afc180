"""Penalties: terms beside the reconstruction loss."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Part
from aestudio.core.parts.slots import knob


class Penalty(Part):
    """A term added to the loss with a weight λ that may change while training."""

    family: ClassVar[str] = "parts.penalties"
    noun: ClassVar[str] = "penalty"
    symbol: ClassVar[str] = ""
    """LaTeX subscript of λ."""

    weight: float = knob(
        1.0,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        tip="How much the penalty counts beside the reconstruction loss.",
    )

    @abstractmethod
    def __call__(self, seen: Pass) -> Tensor:
        """A scalar, without the weight."""
