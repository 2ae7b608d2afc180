"""Optimisers: how gradients become steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import nn

from aestudio.core.parts.part import Part
from aestudio.core.parts.slots import knob


class Optimiser(Part):
    """How gradients become steps."""

    family: ClassVar[str] = "parts.optimisers"
    noun: ClassVar[str] = "optimiser"
    field: ClassVar[str] = "optimiser"
    label: ClassVar[str] = "Optimiser"
    place: ClassVar[int] = 100
    form_place: ClassVar[int] = 80
    default: ClassVar[str] = "adam"

    learning_rate: float = knob(
        1e-3,
        "Learning rate",
        low=0,
        high=100,
        live=True,
        log=True,
        tip="The step size at the schedule's peak.",
        raised="Learning is faster, up to a point; then the loss jumps about or grows without end.",
    )

    @abstractmethod
    def build(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        """A fused optimiser: it takes `found_inf`, by which the loop forbids a step without asking the device for a
        number, and a learning rate that is a tensor.
        """
