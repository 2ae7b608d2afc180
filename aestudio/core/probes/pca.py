"""Principal components of a data set: what the best linear code of every size can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import say
from aestudio.core.probes.moments import Moments, moments

LARGEST = 6144
"""Most pixels or images, whichever are fewer: a decomposition takes their cube."""


@dataclass(frozen=True, eq=False)
class PCA:
    """Of the training images x [D], pixels in [0, 1]: Σ = Σᵢ σᵢ² uᵢuᵢᵀ, the largest variance first."""

    shape: Shape
    train: Moments = field(repr=False)
    held_out: Moments = field(repr=False)
    directions: Tensor = field(repr=False)
    """uᵢ as rows, float64 [R, D]; R = min(N, D)."""
    variances: Tensor = field(repr=False)
    """σᵢ², float64 [R]."""
    train_floors: Tensor = field(repr=False)
    """For every code size k from 0 to R the mean squared error per pixel, float64 [R + 1]: for the training images
    Σ σᵢ² over i > k, divided by D.
    """
    held_out_floors: Tensor = field(repr=False)
    """The same of images that the directions and the mean were not made from."""

    def floor(self, code_size: int) -> tuple[float, float]:
        """The errors of the best code of this size, of training and of held-out images."""
        k = min(code_size, len(self.variances))
        return float(self.train_floors[k]), float(self.held_out_floors[k])

    def reconstruct(self, images: Tensor, code_size: int) -> Tensor:
        """μ + Σᵢ₌₁ᵏ uᵢuᵢᵀ(x − μ) of images [N, C, H, W] in [0, 1]."""
        U, mean = self.directions[:code_size], self.train.mean
        x = images.flatten(1).double() - mean
        return (mean + x @ U.t() @ U).to(images.dtype).view_as(images)


def pca(dataset: Dataset, *, report: Report = unheard) -> PCA:
    """Once for a data set; a second for MNIST.

    Raises: DataError where the images are too many and too large; whatever `report` raises.
    Source: Pearson (1901); Eckart, Young (1936), whose theorem makes the floor one; Baldi, Hornik (1989).
    """
    pixels, count = prod(dataset.shape), len(dataset.train)
    if min(pixels, count) > LARGEST:
        raise DataError(
            "Principal components of {count:,} images of {pixels:,} pixels would take too long; choose images "
            "of at most {largest:,} pixels, such as 64×64.",
            count=count,
            pixels=pixels,
            largest=LARGEST,
        )
    train = moments(dataset.train.images, report=report, doing=say("Measuring the training images"))
    held_out = moments(dataset.held_out.images, report=report, doing=say("Measuring the held-out images"))
    report(say("Finding the principal components"), None)
    if train.covariance is not None:
        values, vectors = torch.linalg.eigh(train.covariance)
        variances, directions = values.flip(0).clamp(min=0), vectors.t().flip(0).contiguous()
    else:
        _, singular, directions = torch.linalg.svd(train.rows, full_matrices=False)
        variances = singular.square()
    shift = held_out.mean - train.mean
    along = (held_out.after(directions) * directions).sum(1) + (directions @ shift).square()  # [R]
    # What no direction reaches: nothing, where there are as many as pixels.
    beyond = max(held_out.total() + float(shift.square().sum() - along.sum()), 0.0) if len(along) < pixels else 0.0
    return PCA(
        dataset.shape,
        train,
        held_out,
        directions,
        variances,
        _from(variances) / pixels,
        (_from(along) + beyond) / pixels,
    )


def _from(values: Tensor) -> Tensor:
    """Σ over i > k for every k from 0 on, [R] → [R + 1]; the small ones are added first."""
    return torch.cat([values.flip(0).cumsum(0).flip(0), values.new_zeros(1)])
