"""Squared L2."""

from __future__ import annotations

import torch
from torch import Tensor

from aestudio.core.parts.likelihoods.squared import SquaredL2
from aestudio.core.parts.one_pass import Pass


def definition(seen: Pass, _loss: SquaredL2) -> Tensor:
    each = [((x - r) ** 2).sum() for x, r in zip(seen.target, seen.reconstruction, strict=True)]
    return torch.stack(each).sum() / len(each)


def nats(seen: Pass, scale: float) -> Tensor:
    found: Tensor = -torch.distributions.Normal(seen.reconstruction, scale).log_prob(seen.target)
    return found.flatten(1).sum(1)
