"""AdamW."""

from collections.abc import Collection, Sequence
from typing import ClassVar

import torch
from torch import nn

from aestudio.core.parts.families.optimiser import Move, Optimiser
from aestudio.core.parts.fused_adam import FusedAdam
from aestudio.core.parts.slots import knob


class AdamW(Optimiser):
    """Adam with weight decay that acts on the weights directly, outside the loss."""

    kind: ClassVar[str] = "adamw"
    title: ClassVar[str] = "AdamW"
    about: ClassVar[str] = "Adam with weight decay that acts on the weights directly, outside the loss."
    equation: ClassVar[str] = (
        r"\theta_t = (1 - \eta \lambda)\, \theta_{t-1} - \eta\, \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}"
    )
    source: ClassVar[str] = "Loshchilov, Hutter (2019), arXiv 1711.05101"
    rank: ClassVar[int] = 1

    beta1: float = knob(0.9, "β₁", low=0, high=0.9999, tip="Memory of the mean gradient.")
    beta2: float = knob(0.999, "β₂", low=0, high=0.99999, tip="Memory of the mean squared gradient.")
    weight_decay: float = knob(
        0.01, "Weight decay", low=0, high=10, log=True, tip="Decoupled: shrinks weights outside the loss."
    )

    def build(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            parameters,
            lr=self.learning_rate,
            betas=(self.beta1, self.beta2),
            weight_decay=self.weight_decay,
            fused=True,
        )

    def mover(self, optimiser: torch.optim.Optimizer, decaying: Collection[nn.Parameter]) -> Move:
        return FusedAdam(optimiser, decaying)
