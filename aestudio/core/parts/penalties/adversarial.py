"""A critic that tells codes from draws of the prior, and a network that plays against it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


class Adversarial(Penalty):
    """−log D(z) in nats, averaged over the batch: codes should look to a critic as if they were drawn from N(0, I).

    The critic is a perceptron with two hidden layers, trained beside the network on −log D(ζ) − log(1 − D(z)) with as
    many draws ζ of the prior as codes z; against two known distributions its logit is log p(z) − log q(z) at its best.
    """

    kind: ClassVar[str] = "adversarial"
    title: ClassVar[str] = "Adversarial"
    about: ClassVar[str] = (
        "A critic learns to tell codes from draws of N(0, I), and the network to deceive it: the adversarial "
        "autoencoder’s penalty."
    )
    equation: ClassVar[str] = r"-\log D(z)"
    symbol: ClassVar[str] = r"\mathrm{adv}"
    source: ClassVar[str] = (
        "Makhzani, Shlens, Jaitly, Goodfellow, Frey (2016), Adversarial Autoencoders, arXiv 1511.05644"
    )
    rank: ClassVar[int] = 23
    plays: ClassVar[bool] = True
    draws: ClassVar[bool] = True
    brings_prior: ClassVar[bool] = True

    weight: float = knob(
        1.0,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        raised="Codes come closer to the prior, and the play gets less steady.",
        tip="How much it counts that the critic takes codes for draws of the prior; log 2 is as good as it gets.",
    )
    units: int = knob(128, "Units of the critic", low=1, high=8192, tip="Of each of its two hidden layers.")
    rate: float = knob(1e-3, "Its learning rate", low=1e-6, high=1, log=True)

    def build(self, plan: Plan) -> nn.Module:
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(prod(plan.code), self.units),
            nn.SiLU(),
            nn.Linear(self.units, self.units),
            nn.SiLU(),
            nn.Linear(self.units, 1),
        )

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return softplus(-own(seen.code)).mean()

    def optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        # The usual memory of the gradient's direction makes the two circle each other.
        return torch.optim.Adam(parameters, lr=self.rate, betas=(0.5, 0.999), fused=True)

    def own_loss(self, seen: Pass, own: Own) -> Tensor:
        code = seen.code
        drawn = torch.randn(code.shape, generator=seen.generator, device=code.device, dtype=code.dtype)
        return softplus(own(code)).mean() + softplus(-own(drawn)).mean()
