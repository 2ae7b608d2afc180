"""KL sparsity."""

from __future__ import annotations

import torch
from torch import Tensor

from aestudio.core.parts.activations import ACTIVATIONS
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.kl_sparsity import KLSparsity

CLOSE = {"rtol": 1e-4, "atol": 1e-5}
"""ρ is squeezed by 10⁻⁶ into (0, 1), so that it may be 0 or 1: that much it differs from its definition."""


def has_meaning(_form: str, activation: str) -> bool:
    """It reads units as probabilities."""
    return ACTIVATIONS[activation].is_probability


def definition(seen: Pass, penalty: KLSparsity) -> Tensor:
    target = torch.distributions.Bernoulli(torch.tensor(penalty.target, dtype=torch.float64))
    count, units = seen.hidden.shape
    means = [torch.stack([seen.hidden[n, j] for n in range(count)]).sum() / count for j in range(units)]
    each = [torch.distributions.kl_divergence(target, torch.distributions.Bernoulli(rho)) for rho in means]
    return torch.stack(each).sum()
