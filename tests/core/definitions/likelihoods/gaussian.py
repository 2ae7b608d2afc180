"""The normal likelihood."""

from __future__ import annotations

from torch import Tensor
from torch.distributions import Normal

from aestudio.core.parts.likelihoods.gaussian import GaussianLikelihood
from aestudio.core.parts.one_pass import Pass


def definition(seen: Pass, loss: GaussianLikelihood) -> Tensor:
    return nats(seen, 1.0, loss.sigma).sum() / len(seen.target)


def nats(seen: Pass, _scale: float, sigma: float = 0.1) -> Tensor:
    likely: Tensor = Normal(seen.reconstruction, sigma).log_prob(seen.target)
    return -likely.flatten(1).sum(1)
