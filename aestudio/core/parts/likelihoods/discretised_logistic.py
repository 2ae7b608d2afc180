"""A logistic likelihood of the 256 grey levels of a pixel."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.logistic import log_sigmoid
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob
from aestudio.core.parts.spread import LearnedSpread, log_spread

HALF = 0.5 / 255
"""Half of the distance between two grey levels."""


class DiscretisedLogistic(Likelihood):
    """−log P(x) in nats, averaged over the batch: the probability that a logistic distribution around x̂ of scale s
    gives to the grey level x of a pixel, which reaches halfway to its neighbours; black and white reach on for ever.

    A probability and no density, so it is never negative. Computed as log F(a) + log F(−b) + log(1 − e^{b − a}), which
    is log(F(a) − F(b)) for the logistic function F, and stays exact where both are nearly 0 or 1. One s for all pixels:
    as it is set, or learned.
    """

    kind: ClassVar[str] = "discretised-logistic"
    title: ClassVar[str] = "Discretised logistic"
    about: ClassVar[str] = (
        "How likely each pixel's grey level is, of 256, by a logistic distribution around its reconstruction; −log P "
        "in nats."
    )
    equation: ClassVar[str] = (
        r"-\sum_i \log\left( F\left( \frac{x_i - \hat{x}_i + 1/510}{s} \right) "
        r"- F\left( \frac{x_i - \hat{x}_i - 1/510}{s} \right) \right)"
    )
    source: ClassVar[str] = (
        "Kingma et al. (2016), arXiv 1606.04934, appendix C.9; Salimans et al. (2017), PixelCNN++, arXiv 1701.05517"
    )
    rank: ClassVar[int] = 11

    learned: bool = knob(False, "Learn s", tip="s is trained with the network, from where it is set on.")
    scale: float = knob(
        0.05, "Scale s", low=1e-4, high=1e4, log=True, tip="How far pixels lie from x̂, where white is 1."
    )

    def build(self, plan: Plan) -> nn.Module:
        return LearnedSpread(self.scale) if self.learned else nn.Module()

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return self.nats(seen, own).mean()

    def nats(self, seen: Pass, own: Own, scale: float | Tensor = 1.0) -> Tensor:
        """It has a scale of its own."""
        x, error = seen.target.flatten(1), (seen.target - seen.reconstruction).flatten(1)
        narrow = (-log_spread(own, self.scale, error)).exp()  # 1/s
        below, above = log_sigmoid((error + HALF) * narrow), log_sigmoid((HALF - error) * narrow)
        between = below + above + (-torch.expm1(-2 * HALF * narrow)).log()
        return -torch.where(x < HALF, below, torch.where(x > 1 - HALF, above, between)).sum(1)
