"""Mean and covariance of a whole split in double precision, read once and never held as floats."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

import torch
from torch import Tensor

from aestudio.core.data.dataset import ImageStore
from aestudio.core.ground.reports import Report, unheard

EXACT = 256
"""Images at once. Products of 8-bit pixels are whole numbers up to 255², and 256 of them sum to less than 2²⁴: a matrix
product in float32 makes no rounding error, and is faster than one in float64.
"""


@dataclass(frozen=True, eq=False)
class Moments:
    """Of N images as vectors x [D] of pixels in [0, 1]; Σ = E[(x − μ)(x − μ)ᵀ], divided by N."""

    count: int
    mean: Tensor = field(repr=False)
    """μ, float64 [D]."""
    covariance: Tensor | None = field(repr=False)
    """Σ, float64 [D, D], where there are at least as many images as pixels."""
    rows: Tensor = field(repr=False)
    """Else the centred images over √N, float64 [N, D]: rowsᵀ rows = Σ. Else none, [0, D]."""

    def after(self, maps: Tensor) -> Tensor:
        """A Σ [k, D], of a matrix A [k, D]."""
        return maps @ self.rows.t() @ self.rows if self.covariance is None else maps @ self.covariance

    def total(self) -> float:
        """tr Σ, the variance of all pixels together."""
        return float(self.rows.square().sum() if self.covariance is None else self.covariance.trace())


def moments(images: ImageStore, *, report: Report = unheard, doing: str = "") -> Moments:
    """Of every image of a store; whatever `report` raises."""
    count, pixels = len(images), prod(images.shape)
    batches = torch.split(torch.arange(count), EXACT)
    if count < pixels:
        rows = torch.cat([images.gather(index).cpu().flatten(1).double() / 255 for index in batches])
        mean = rows.mean(0)
        return Moments(count, mean, None, (rows - mean) / count**0.5)
    sums = torch.zeros(pixels, dtype=torch.float64)
    squares = torch.zeros(pixels, pixels, dtype=torch.float64)
    for number, index in enumerate(batches):
        report(doing, number / len(batches))
        x = images.gather(index).cpu().flatten(1).float()  # [B, D], in 0 … 255
        sums += x.sum(0)
        squares += x.t() @ x
    mean = sums / (255 * count)
    # N Σ xxᵀ − (Σ x)(Σ x)ᵀ consists of whole numbers too: what cancels, cancels exactly.
    squares.mul_(count).addr_(sums, sums, alpha=-1).div_((255 * count) ** 2)
    return Moments(count, mean, squares, torch.zeros(0, pixels, dtype=torch.float64))
