"""What a code that is drawn tells of many images: q(z|x) of each, and what follows from all of them.

For codes whose q(z|x) is a normal distribution with independent numbers and whose prior is N(0, I).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import torch
from torch import Tensor

from aestudio.core.data.dataset import ImageStore, to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.normal import log_normal
from aestudio.core.parts.one_pass import CLEAN
from aestudio.core.parts.plan import Span
from aestudio.core.run.run import Run

ACTIVE = 0.01
"""Variance of a unit's mean over the images above which it is in use. Source: Burda et al. (2016), section 2."""
CHUNK = 256
"""Images, or codes, at once."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """q(z|x) = N(mean, exp(log_variance)) of N images, each [N, K] on the CPU."""

    mean: Tensor
    log_variance: Tensor
    kl: Tensor
    """KL(q(z_j|x) ‖ p(z_j)) of each number for each image in nats."""

    @property
    def kl_per_unit(self) -> Tensor:
        """What each number of the code tells of an image in nats, averaged over the images, [K]."""
        return self.kl.mean(0)

    @property
    def variances(self) -> Tensor:
        """Of the means over the images, [K]: 0 for a number that is the same for all."""
        return self.mean.var(0, correction=0)

    @property
    def active(self) -> Tensor:
        """Which numbers are in use, bool [K]: the variance of their mean is above 0.01."""
        return self.variances > ACTIVE

    def drawn(self, generator: torch.Generator | None = None) -> Tensor:
        """A code of each image, [N, K]."""
        noise = torch.randn(self.mean.shape, generator=generator, dtype=self.mean.dtype)
        return self.mean + (self.log_variance / 2).exp() * noise

    def log_aggregate(self, codes: Tensor) -> Tensor:
        """log q(z) of codes [M, K] in nats, [M], where q(z) = 1/N Σₙ q(z|xₙ) over these images: the aggregate
        posterior. Takes M·N·K steps.
        """
        found = []
        for some in torch.split(codes, CHUNK):
            each = torch.stack(
                [
                    log_normal(some[:, None], mean, spread).sum(2).logsumexp(1)
                    for mean, spread in zip(
                        torch.split(self.mean, CHUNK), torch.split(self.log_variance, CHUNK), strict=True
                    )
                ]
            )  # [chunks, m]
            found.append(each.logsumexp(0))
        return torch.cat(found) - log(len(self.mean))

    def mutual_information(self, generator: torch.Generator | None = None) -> float:
        """I(x; z) between image and code in nats, E log q(z|x) − log q(z) with a code of each image. It cannot find
        more than log N, as so many images cannot be told apart better.

        Source: Hoffman, Johnson (2016), ELBO surgery.
        """
        codes = self.drawn(generator)
        own = log_normal(codes, self.mean, self.log_variance).sum(1)
        return float((own - self.log_aggregate(codes)).mean())


def posterior(model: Autoencoder, run: Run, images: Tensor | ImageStore) -> Posterior:
    """Of images [N, C, H, W] in [0, 1] on the model's device, or of all of a store, which lies there too.

    Raises: ProbeError where the code is not drawn from such a distribution.
    """
    means, spreads, divergences = [], [], []
    for some in _chunks(images, next(model.parameters()).device):
        with torch.no_grad():
            latent = model.encode(run, some, Span(0, model.depth), CLEAN).latent
        if latent.log_variance is None or latent.kl is None:
            raise ProbeError(
                "This code does not say how far it is spread: only one that is drawn from a normal distribution does, "
                "such as the code Gaussian."
            )
        means.append(latent.mean.flatten(1).cpu())
        spreads.append(latent.log_variance.flatten(1).cpu())
        divergences.append(latent.kl.cpu())
    return Posterior(torch.cat(means), torch.cat(spreads), torch.cat(divergences))


def _chunks(images: Tensor | ImageStore, device: torch.device) -> Iterator[Tensor]:
    if isinstance(images, Tensor):
        yield from torch.split(images, CHUNK)
        return
    for index in torch.split(torch.arange(len(images), device=device), CHUNK):
        yield to_float(images.gather(index))
