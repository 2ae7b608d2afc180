"""Total correlation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.total_correlation import TotalCorrelation
from tests.present import present

COMPANY: Mapping[str, Any] = {"code": {"kind": "gaussian", "size": 3}}

FALLS = False
"""So few images hardly say more than nothing of it."""


def definition(seen: Pass, _penalty: TotalCorrelation) -> Tensor:
    """Of a batch that is all there is."""
    latent, terms = seen.latent, []
    spread = (present(latent.log_variance) / 2).exp()
    count, numbers = latent.mean.shape
    for code in seen.code:
        likely = torch.stack(
            [
                torch.stack([Normal(latent.mean[m, j], spread[m, j]).log_prob(code[j]).exp() for j in range(numbers)])
                for m in range(count)
            ]
        )  # q(z_j|x_m), [N, K]
        terms.append(likely.prod(1).mean().log() - likely.mean(0).log().sum())
    return torch.stack(terms).mean()
