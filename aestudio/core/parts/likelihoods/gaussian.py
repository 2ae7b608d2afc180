"""A normal likelihood whose spread is said or learned."""

from __future__ import annotations

from math import log, pi
from typing import ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.parts.activations import Activation
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob
from aestudio.core.parts.spread import LearnedSpread, log_spread


class GaussianLikelihood(Likelihood):
    """−log N(x; x̂, σ² I) in nats, constants included, averaged over the batch: the squared error on the scale that
    makes it a density. It may be negative, as densities of numbers that are known well are large.

    One σ for all pixels: as it is set, or learned, where it becomes the root mean squared error of the training images.
    """

    kind: ClassVar[str] = "gaussian"
    title: ClassVar[str] = "Gaussian"
    about: ClassVar[str] = (
        "Each pixel is normal around its reconstruction, with one spread σ for all, which is said or learned; −log p "
        "in nats, which may be negative."
    )
    equation: ClassVar[str] = (
        r"\frac{1}{2 \sigma^2} \left\| x - \hat{x} \right\|_2^2 + \frac{D}{2} \log\left( 2 \pi \sigma^2 \right)"
    )
    source: ClassVar[str] = (
        "Kingma, Welling (2014), arXiv 1312.6114, appendix C.2; Rybkin, Daniilidis, Levine (2021), Simple and "
        "effective VAE training with calibrated decoders, arXiv 2006.13202"
    )
    rank: ClassVar[int] = 10

    learned: bool = knob(False, "Learn σ", tip="σ is trained with the network, from where it is set on.")
    sigma: float = knob(
        0.1, "Spread σ", low=1e-4, high=1e4, log=True, tip="How far pixels lie from x̂, where white is 1."
    )

    def build(self, plan: Plan) -> nn.Module:
        return LearnedSpread(self.sigma) if self.learned else nn.Module()

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return self.nats(seen, own).mean()

    def by_hand(
        self, target: Tensor, logits: Tensor, made: Tensor, range: Activation, own: Own
    ) -> tuple[Tensor, Tensor]:
        """∂/∂p = (x̂ − x) r′(p) / (σ² N) and ∂/∂log σ = D − ‖x − x̂‖² / σ²."""
        error, size, count = made - target, target.shape[1], len(target)
        log_sigma = log_spread(own, self.sigma, error)
        precision = (-2 * log_sigma).exp()
        squared = torch.dot(error.view(-1), error.view(-1)) * precision / count
        if isinstance(own, LearnedSpread) and own.log.grad is not None:
            own.log.grad.copy_(size - squared)
        loss = squared / 2 + size * (log_sigma + log(2 * pi) / 2)
        return loss, range.pull_back(error.mul_(precision / count), logits, made)

    def floor(self, target: Tensor) -> Tensor | None:
        """What is left where x̂ = x; a σ that is learned can make it as small as it likes."""
        return None if self.learned else target.new_tensor(target[0].numel() * (log(2 * pi) / 2 + log(self.sigma)))

    def nats(self, seen: Pass, own: Own, scale: float | Tensor = 1.0) -> Tensor:
        """It has a σ of its own."""
        error = (seen.target - seen.reconstruction).flatten(1)
        log_sigma = log_spread(own, self.sigma, error)
        return error.square().sum(1) * (-2 * log_sigma).exp() / 2 + error.shape[1] * (log_sigma + log(2 * pi) / 2)
