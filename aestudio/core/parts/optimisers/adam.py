"""Adam."""

from collections.abc import Collection, Sequence
from typing import ClassVar

import torch
from torch import nn

from aestudio.core.parts.families.optimiser import Move, Optimiser
from aestudio.core.parts.fused_adam import FusedAdam
from aestudio.core.parts.slots import knob


class Adam(Optimiser):
    """Steps scaled by running means of the gradient and of its square."""

    kind: ClassVar[str] = "adam"
    title: ClassVar[str] = "Adam"
    about: ClassVar[str] = "Steps scaled by running means of the gradient and of its square."
    equation: ClassVar[str] = r"\theta_t = \theta_{t-1} - \eta\, \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}"
    source: ClassVar[str] = "Kingma, Ba (2015), arXiv 1412.6980"
    rank: ClassVar[int] = 0

    beta1: float = knob(0.9, "β₁", low=0, high=0.9999, tip="Memory of the mean gradient.")
    beta2: float = knob(0.999, "β₂", low=0, high=0.99999, tip="Memory of the mean squared gradient.")

    def build(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, lr=self.learning_rate, betas=(self.beta1, self.beta2), fused=True)

    def mover(self, optimiser: torch.optim.Optimizer, decaying: Collection[nn.Parameter]) -> Move:
        return FusedAdam(optimiser, decaying)
