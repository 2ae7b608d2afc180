"""KL to the prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.kl_to_prior import KLToPrior
from tests.present import present

COMPANY: Mapping[str, Any] = {"code": {"kind": "gaussian", "size": 3}}


def definition(seen: Pass, penalty: KLToPrior) -> Tensor:
    mean, spread = seen.latent.mean, (present(seen.latent.log_variance) / 2).exp()
    prior = Normal(torch.zeros_like(mean[0, 0]), torch.ones_like(mean[0, 0]))
    images, numbers = mean.shape
    each = [
        torch.stack([kl_divergence(Normal(mean[n, j], spread[n, j]), prior) for n in range(images)]).sum() / images
        for j in range(numbers)
    ]
    free = torch.tensor(penalty.free_nats, dtype=mean.dtype)
    return (torch.stack([torch.maximum(one, free) for one in each]).sum() - penalty.capacity).abs()
