"""The logistic likelihood of grey levels."""

from __future__ import annotations

import torch
from torch import Tensor

from aestudio.core.parts.likelihoods.discretised_logistic import DiscretisedLogistic
from aestudio.core.parts.one_pass import Pass

CLOSE = {"rtol": 1e-6, "atol": 1e-7}
"""A difference of two probabilities that are nearly alike loses digits, which the loss itself does not."""


def definition(seen: Pass, loss: DiscretisedLogistic) -> Tensor:
    return nats(seen, 1.0, loss.scale).sum() / len(seen.target)


def nats(seen: Pass, _scale: float, scale: float = 0.05) -> Tensor:
    """Right of the middle what lies above the edges is subtracted, left of it what lies below: the smaller numbers."""
    x, middle = seen.target, seen.reconstruction

    def beyond(edge: Tensor, side: int) -> Tensor:
        return 1 / (1 + (side * (edge - middle) / scale).exp())

    none, black, white = torch.zeros_like(x), x < 0.5 / 255, x > 1 - 0.5 / 255
    low, high = x - 0.5 / 255, x + 0.5 / 255
    below = torch.where(white, 1 + none, beyond(high, -1)) - torch.where(black, none, beyond(low, -1))
    above = torch.where(black, 1 + none, beyond(low, 1)) - torch.where(white, none, beyond(high, 1))
    return -torch.where(x < middle, below, above).log().flatten(1).sum(1)
