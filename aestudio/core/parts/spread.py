"""The spread of a likelihood: one number for all pixels, which is said or learned."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor, nn

from aestudio.core.parts.part import Own


class LearnedSpread(nn.Module):
    """The natural logarithm of the spread, as a parameter: whatever it becomes, the spread is positive."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.tensor(log(start)))


def log_spread(own: Own, said: float, like: Tensor) -> Tensor:
    """The logarithm of a spread, a scalar of the type of `like`: what was built says it, or else the setting."""
    learned = getattr(own, "log", None)
    return learned if isinstance(learned, Tensor) else torch.as_tensor(said, dtype=like.dtype, device=like.device).log()
