"""Posterior collapse: which numbers of a drawn code carry nothing, and what β counts as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log

import numpy as np
import torch
from torch import Tensor

from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.parts.one_pass import CLEAN, Pass
from aestudio.core.probes.posterior import posterior
from aestudio.core.run.events import Floats

TARGETS = (0.0, 0.5, 1.0)
"""Black, grey and white: how far the loss rises where they should have come out says what it counts."""
SAME = 0.01
"""Two numbers that differ by less than this share are one number with rounding."""
LEAST = 1e-8
"""A mean squared error per pixel that is taken for at least this: rounding."""


@dataclass(frozen=True)
class Price:
    """What the reconstruction loss of a model counts, against −log p(x | z) in nats."""

    nats: float
    """Of the loss for one nat of −log p: 1 where the loss is −log p itself."""
    is_mean: bool
    """The loss is a mean over the numbers of an image, where penalties are sums."""

    def counts(self, weight: float) -> float:
        """What a weight of the KL counts as where the loss is −log p: the β of the bound."""
        return weight / self.nats


@dataclass(frozen=True, eq=False)
class Collapse:
    """Of one snapshot, over N images."""

    kl: Floats
    """KL(q(z_j|x) ‖ p(z_j)) of each number of the code in nats, averaged over the images, [K]."""
    variances: Floats
    """Of each number's mean over the images, [K]."""
    active: tuple[bool, ...]
    """Which of them carry something: the variance of their mean is above 0.01."""
    information: float
    """I(x; z) in nats, which cannot be found to be more than log N."""
    images: int
    """N."""
    price: Price | None
    """None where the loss does not rise for wrong images."""

    @property
    def silent(self) -> int:
        """How many numbers carry nothing."""
        return len(self.active) - sum(self.active)

    @property
    def most_information(self) -> float:
        """log N in nats."""
        return log(self.images)


def collapse(model: Model, images: Tensor, seed: int = 0, report: Report = unheard) -> Collapse:
    """Of images [N, C, H, W] in [0, 1].

    Raises: ProbeError where the code is not drawn from normal distributions.
    Source: active units: Burda, Grosse, Salakhutdinov (2016), arXiv 1509.00519, section 2; I(x; z): Hoffman, Johnson
    (2016), ELBO surgery; the name: Bowman et al. (2016), arXiv 1511.06349.
    """
    report(say("Encoding images"), None)
    found = posterior(model.module, model.run, images)
    report(say("Measuring the mutual information"), None)
    return Collapse(
        kl=found.kl_per_unit.numpy(),
        variances=found.variances.numpy(),
        active=tuple(found.active.tolist()),
        information=max(0.0, found.mutual_information(torch.Generator().manual_seed(seed))),  # an estimate
        images=len(images),
        price=price(model, images[:256]),
    )


def kl_of_units(model: Model, images: Tensor) -> Floats:
    """KL of each number of the code in nats, averaged over images [N, C, H, W], [K]."""
    kl: Floats = posterior(model.module, model.run, images).kl_per_unit.numpy()
    return kl


@torch.no_grad()
def price(model: Model, images: Tensor) -> Price | None:
    """By how much the loss, and −log p, rise where flat images should have come out, and not those that went in.

    Where the loss is a multiple of the squared error, −log p is that of the normal distribution with the best σ, the
    root mean squared error: a σ that is said, or left out, may be far from it. Other losses know their −log p.

    Source: Rybkin, Daniilidis, Levine (2021), Simple and effective VAE training with calibrated decoders, arXiv
    2006.13202, section 3; Lucas et al. (2019), Don't Blame the ELBO!, arXiv 1911.02469.
    """
    seen = model.module.look(model.run, images, model.span, CLEAN)
    others = [replace(seen, target=torch.full_like(seen.target, grey)) for grey in TARGETS]

    def rises(of: Callable[[Pass], float]) -> Floats:
        return np.array([of(one) - of(seen) for one in others], np.float64)

    losses = rises(lambda one: float(model.run.loss(one, model.module.loss)))
    errors = rises(_squared)
    share = _times(losses, errors)
    if share and np.abs(losses - share * errors).max() <= SAME * np.abs(losses).max():
        numbers = seen.target[0].numel()
        variance = max(_squared(seen) / numbers, LEAST)
        return Price(2 * variance * share, numbers > 2 and abs(share * numbers - 1) <= SAME)
    found = _times(losses, rises(lambda one: float(model.run.loss.nats(one, model.module.loss, 1.0).mean())))
    return Price(found, False) if found > 0 else None


def _times(some: Floats, others: Floats) -> float:
    """How many times the others are some, by least squares; 0 where they are nothing."""
    return float(some @ others / (others @ others)) if others.any() else 0.0


def _squared(seen: Pass) -> float:
    """‖x − x̂‖², averaged over the batch."""
    return float((seen.target - seen.reconstruction).square().flatten(1).sum(1).mean())
