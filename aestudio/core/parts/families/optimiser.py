"""Optimisers: how gradients become steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

import torch
from torch import nn

from aestudio.core.ground import compiler
from aestudio.core.parts.part import Part
from aestudio.core.parts.slots import knob

compiler.hide_optimisers()

Move = Callable[[float, float], None]
"""One step with the gradients that are there: at this learning rate, and with an L2 penalty whose gradient is this
number times a weight.
"""


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

    def mover(self, optimiser: torch.optim.Optimizer, decaying: Collection[nn.Parameter]) -> Move:
        """`optimiser.step()` of what `build` gave, on a CPU, `decaying` having an L2 penalty; an optimiser that can do
        it with less around it says how. What is remembered stays where it was.
        """

        def move(rate: float, decay: float) -> None:
            del rate  # the groups have it
            for weight in decaying if decay else ():
                assert weight.grad is not None
                weight.grad.add_(weight.detach(), alpha=decay)
            optimiser.step()

        return move
