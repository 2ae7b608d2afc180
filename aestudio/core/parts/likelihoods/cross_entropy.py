"""Bernoulli cross-entropy."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text
from aestudio.core.parts.activations import Activation
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.logistic import bernoulli
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan


class BernoulliCrossEntropy(Likelihood):
    """Each pixel as a Bernoulli variable with mean x̂, in nats; summed over the pixels of an image and averaged over
    the batch.

    Computed from the logits, so it stays finite where the sigmoid saturates.
    """

    kind: ClassVar[str] = "cross-entropy"
    title: ClassVar[str] = "Bernoulli cross-entropy"
    about: ClassVar[str] = (
        "Each pixel as a Bernoulli variable with mean x̂, in nats; summed over the pixels of an image and averaged "
        "over the batch."
    )
    equation: ClassVar[str] = r"-\sum_i \left[ x_i \log \hat{x}_i + (1 - x_i) \log (1 - \hat{x}_i) \right]"
    source: ClassVar[str] = "Rifai et al. (2011), section 2; Vincent et al. (2010), section 2.2"
    rank: ClassVar[int] = 1

    def check(self, plan: Plan) -> None:
        for stage in {plan.stages[phase.span.first] for phase in plan.phases}:
            if stage.range.name != "sigmoid":
                layer = (
                    Text("the output") if stage is plan.stages[0] else Text("a hidden layer that is trained by itself")
                )
                raise RunError(
                    "Bernoulli cross-entropy needs reconstructions between 0 and 1, but {layer} ends in "
                    "{name}; choose sigmoid there or the squared L2 loss.",
                    layer=layer,
                    name=stage.range.name,
                )

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return self.nats(seen, own).mean()

    def by_hand(
        self, target: Tensor, logits: Tensor, made: Tensor, range: Activation, own: Own
    ) -> tuple[Tensor, Tensor]:
        """∂/∂p = (x̂ − x) / N: the slope of the sigmoid cancels."""
        nats, slope = self.nats_by_hand(target, logits, made)
        return nats.mean(), slope.mul_(1 / len(target))

    def nats_by_hand(self, target: Tensor, logits: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
        """∂/∂p = x̂ − x. A pixel costs max(p, 0) − x p − log σ(|p|), and σ(|p|) is the larger one of x̂ and 1 − x̂: half
        the passes of `bernoulli`, right to 1e-7 nats a pixel, which is what their sum loses anyway.
        """
        certainty = torch.maximum(made, 1 - made).log_()
        nats = logits.clamp(min=0).addcmul_(logits, target, value=-1).sub_(certainty)
        return nats.sum(1), made - target

    def floor(self, target: Tensor) -> Tensor:
        """The entropy of the pixels: grey ones cannot be certain, and x̂ = x leaves as much."""
        entropy: Tensor = torch.special.entr(target) + torch.special.entr(1 - target)
        return entropy.flatten(1).sum(1).mean()

    def nats(self, seen: Pass, own: Own, scale: float | Tensor = 1.0) -> Tensor:
        """Each pixel a Bernoulli variable; it has no scale."""
        return bernoulli(seen.logits, seen.target).flatten(1).sum(1)
