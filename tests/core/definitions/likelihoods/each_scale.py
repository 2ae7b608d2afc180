"""Squared error on the scale of each image."""

from __future__ import annotations

import torch
from torch import Tensor

from aestudio.core.parts.likelihoods.each_scale import EachScale
from aestudio.core.parts.one_pass import Pass

INDEPENDENT = False
"""The pixels of an image share one spread, so their terms do not add up."""


def definition(seen: Pass, _loss: EachScale) -> Tensor:
    each = []
    for x, r in zip(seen.target, seen.reconstruction, strict=True):
        mean = sum((a - b) ** 2 for a, b in zip(x.flatten(), r.flatten(), strict=True)) / x.numel()
        each.append(x.numel() / 2 * torch.log(mean + 0.00001))
    return torch.stack(each).sum() / len(each)


def nats(seen: Pass, scale: float) -> Tensor:
    found: Tensor = -torch.distributions.Normal(seen.reconstruction, scale).log_prob(seen.target)
    return found.flatten(1).sum(1)
