"""Normal distributions with independent numbers: their densities, and how far one lies from the standard one."""

from __future__ import annotations

from math import log, pi

import torch
from torch import Tensor


def kl_to_standard(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) in nats, elementwise. Source: Kingma, Welling (2014), appendix B."""
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


def log_standard(x: Tensor) -> Tensor:
    """log N(x; 0, 1) in nats, elementwise."""
    return -(x.square() + log(2 * pi)) / 2


def log_normal(x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log N(x; μ, σ²) in nats, elementwise."""
    return log_standard((x - mean) * torch.exp(-log_variance / 2)) - log_variance / 2
