"""Total correlation: how far the numbers of a code are from being independent of each other."""

from __future__ import annotations

from math import log
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.normal import log_normal
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob

MOST = 4096
"""Largest batch: every code is compared with every image."""


def log_weights(batch: int, images: int, like: Tensor) -> Tensor:
    """log of what each of the other images of a batch stands for, [B, B]: minibatch-stratified sampling.

    For the code of image i, image i itself stands for one of N, one other image for as much as makes the weights add up
    to 1, and the rest for 1/M each, where M = B − 1. So Σⱼ Wᵢⱼ q(zᵢ|xⱼ) is unbiased for q(zᵢ). Where the batch is the
    whole split, or larger, each stands for 1/B. The authors' own code gives the weight of the image itself to the
    first image of the batch, whichever code is looked at: its strides count rows one short.

    Source: Chen et al. (2018), arXiv 1802.04942, appendix C.2.
    """
    others = batch - 1
    if images <= batch or others < 1:
        return like.new_full((batch, batch), -log(batch))
    weights = like.new_full((batch, batch), 1 / others)
    place = torch.arange(batch, device=like.device)
    weights[place, (place + 1) % batch] = (images - others) / (images * others)
    weights[place, place] = 1 / images
    return weights.log()


def log_densities(code: Tensor, mean: Tensor, log_variance: Tensor, images: int) -> tuple[Tensor, Tensor]:
    """log q(z) [N·k] and log q(z_j) of each number [N·k, K] in nats, of codes [N·k, K] of a batch [N, K] out of so many
    images.
    """
    batch, samples = len(mean), len(code) // len(mean)
    weights = log_weights(batch, images, code).repeat_interleave(samples, 0)  # [N·k, N]
    each = log_normal(code[:, None], mean, log_variance)  # [N·k, N, K]
    joint = (weights + each.sum(2)).logsumexp(1)
    return joint, (weights[:, :, None] + each).logsumexp(1)


class TotalCorrelation(Penalty):
    """KL(q(z) ‖ Πⱼ q(zⱼ)) in nats, where q(z) is the mean of q(z|x) over all images: 0 where the numbers of the code
    are independent. Estimated from the batch by minibatch-stratified sampling; of a small batch it may be negative.

    Beside the divergence from the prior with β = 1 and with the weight λ this is the β-TCVAE with β = 1 + λ, as that
    divergence is the information between image and code, the total correlation and what is left for each number.

    Raises: RunError where the code is not drawn from a normal distribution.
    """

    kind: ClassVar[str] = "total-correlation"
    title: ClassVar[str] = "Total correlation"
    about: ClassVar[str] = (
        "How far the numbers of the code are from being independent of each other, over all images, in nats."
    )
    equation: ClassVar[str] = r"\mathrm{KL}\left( q(z) \,\|\, \prod_j q(z_j) \right)"
    symbol: ClassVar[str] = r"\mathrm{TC}"
    source: ClassVar[str] = "Chen, Li, Grosse, Duvenaud (2018), Isolating sources of disentanglement, arXiv 1802.04942"
    rank: ClassVar[int] = 21
    draws: ClassVar[bool] = True

    weight: float = knob(
        5.0,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        raised="The numbers of the code come to stand for independent things, and reconstructions get worse.",
        tip="With KL to the prior at β = 1 this is the β-TCVAE with β = 1 + λ.",
    )

    def check(self, plan: Plan) -> None:
        if not 2 <= plan.batch_size <= MOST:
            raise RunError(
                "The total correlation compares all images of a batch with each other and takes batches of 2 to "
                "{most:,}; this one has {batch:,}.",
                most=MOST,
                batch=plan.batch_size,
            )

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        latent = seen.latent
        if latent.log_variance is None:
            raise RunError(
                "The total correlation needs a code that is drawn from a normal distribution; choose the code "
                "Gaussian, or take the penalty out."
            )
        code, mean, spread = (one.flatten(1) for one in (seen.code, latent.mean, latent.log_variance))
        joint, each = log_densities(code, mean, spread, seen.context.images)
        return (joint - each.sum(1)).mean()
