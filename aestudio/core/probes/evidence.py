"""How likely a model with a drawn code takes images to be: −log p(x), estimated by importance sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt

import torch
from torch import Tensor

from aestudio.core.ground.errors import ProbeError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import Generators, Mode
from aestudio.core.parts.plan import Span
from aestudio.core.run.run import Run

DRAWN = Mode(corrupt=False, sample=True, update=False)
CODES = 8192
"""Codes that are decoded at once."""
CODES_ON_CPU = 1024
"""There more of them no longer stay in its cache: 4096 take twice as long."""
AS_TRAINED = sqrt(0.5)
"""The spread at which the squared L2 loss is −log p but for a constant; losses in nats know theirs."""
Heard = Callable[[float], None]
"""Told the fraction that is done."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What was found of each of N images, in nats, on the CPU in double precision."""

    log_likelihood: Tensor
    """log 1/n Σᵢ p(x, zᵢ) / q(zᵢ|x) of n codes, [N]: below log p(x) in the mean, and closer to it the larger n."""
    elbo: Tensor
    """The mean of log p(x, zᵢ) − log q(zᵢ|x) over the same codes, [N]: the evidence lower bound."""
    samples: int
    """n."""

    @property
    def error(self) -> float:
        """Standard error of the mean log-likelihood, as far as it comes from the choice of images."""
        return float(self.log_likelihood.std() / sqrt(len(self.log_likelihood)))


@torch.no_grad()
def evidence(
    model: Autoencoder,
    run: Run,
    images: Tensor,
    samples: int = 5000,
    *,
    seed: int = 0,
    scale: float = AS_TRAINED,
    heard: Heard = lambda _: None,
) -> Evidence:
    """Of images [N, C, H, W] in [0, 1] on the model's device, as they are: nothing is corrupted. `scale` is the spread
    of one pixel, for losses that have none of their own. `heard` is called between chunks, and may raise.

    Raises: ProbeError where the code is not drawn, or does not know how likely a draw is.
    Source: Burda, Grosse, Salakhutdinov (2016), arXiv 1509.00519, section 3.
    """
    generator = torch.Generator(images.device).manual_seed(seed)
    most = CODES_ON_CPU if images.device.type == "cpu" else CODES
    found, bounds, done = [], [], 0
    for some in torch.split(images, max(1, most // samples)):
        sums, means = [], torch.zeros(len(some), dtype=torch.float64)
        for count in _portions(samples, max(1, most // len(some))):
            seen = model.look(run, some, Span(0, model.depth), DRAWN, Generators(code=generator), samples=count)
            latent = seen.latent
            if latent.log_q is None or latent.log_prior is None:
                raise ProbeError(
                    "How likely an image is can be said of a code only that is drawn and knows its densities, such as "
                    "the code Gaussian."
                )
            weights = latent.log_prior - latent.log_q - run.loss.nats(seen, model.loss, scale)
            weights = weights.view(len(some), count).cpu().double()
            sums.append(weights.logsumexp(1))
            means += weights.sum(1) / samples
            done += len(some) * count
            heard(done / (len(images) * samples))
        found.append(torch.stack(sums).logsumexp(0) - log(samples))
        bounds.append(means)
    return Evidence(torch.cat(found), torch.cat(bounds), samples)


def _portions(total: int, most: int) -> list[int]:
    return [most] * (total // most) + ([total % most] if total % most else [])
