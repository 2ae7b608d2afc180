"""Stochastic gradient descent with momentum."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import nn

from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.slots import knob


class SGD(Optimiser):
    """Plain gradient steps with momentum."""

    kind: ClassVar[str] = "sgd"
    title: ClassVar[str] = "SGD with momentum"
    about: ClassVar[str] = "Plain gradient steps with momentum."
    equation: ClassVar[str] = r"m_t = \mu\, m_{t-1} + g_t,\quad \theta_t = \theta_{t-1} - \eta\, m_t"
    source: ClassVar[str] = "Robbins, Monro (1951); Sutskever et al. (2013)"
    rank: ClassVar[int] = 2

    learning_rate: float = knob(
        1e-2,
        "Learning rate",
        low=0,
        high=100,
        live=True,
        log=True,
        tip="The step size at the schedule's peak.",
        raised="Learning is faster, up to a point; then the loss jumps about or grows without end.",
    )
    momentum: float = knob(0.9, "Momentum", low=0, high=0.9999)

    def build(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.learning_rate, momentum=self.momentum, fused=True)
