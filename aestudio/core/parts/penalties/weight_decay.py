"""L2 on weights."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.by_hand import ByHand
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.slots import knob


class WeightDecay(Penalty):
    """Σ W² over every weight of encoder and decoder, biases left out; tied weights count once."""

    kind: ClassVar[str] = "weight-decay"
    title: ClassVar[str] = "L2 on weights"
    about: ClassVar[str] = "Σ W² over every weight of encoder and decoder, biases left out; tied weights count once."
    equation: ClassVar[str] = r"\sum \left\| W \right\|_F^2"
    symbol: ClassVar[str] = "W"
    source: ClassVar[str] = "Ng (2011), CS294A notes; Kunin et al. (2019)"
    rank: ClassVar[int] = 3

    weight: float = knob(
        1e-4,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        tip="What large weights cost.",
        raised="Weights get smaller and filters smoother; too much, and the reconstruction turns grey.",
    )

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return torch.stack([weight.square().sum() for stage in seen.stages for weight in stage.weights()]).sum()

    def by_hand(self, at: ByHand) -> Tensor:
        """∂/∂W = 2 W."""
        at.decay += 2 * self.weight
        flat = [weight.detach().view(-1) for stage in at.stages for weight in stage.weights()]
        return torch.stack([torch.dot(one, one) for one in flat]).sum()
