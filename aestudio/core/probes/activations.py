"""Hidden activations, as the decoder gets them: their mean, how sparse they are, which units are dead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.events import Sparsity
from aestudio.core.run.run import Run

DEAD = 0.001
"""A unit counts as dead where it stays below this fraction of the largest magnitude in the whole batch for every image:
weak units are not dead ones.
"""


@dataclass(frozen=True)
class ActivationStatistics:
    """Of a batch of hidden activations [M, H]."""

    mean: float
    l0: float | None
    """Units of one image that are not zero, on average; None where the code has no exact zeros."""
    sparseness: float | None
    """Lifetime sparseness, the mean over the units that are not dead; None where activations have both signs, or all
    units are dead.
    """
    dead: int
    """Units that respond to no image of the batch."""
    units: int


def sparsity(model: Autoencoder, run: Run, depth: int) -> Sparsity:
    """How the code behind so many stages can be said to be sparse."""
    stage = model.span(0, depth)[-1]
    own = depth < model.depth or run.code.keeps_units
    if (own and stage.activation.zeroes) or (depth == model.depth and run.code.zeroes):
        return "zeros"
    return "graded" if own and stage.activation.low >= 0 else "none"


def statistics(hidden: NDArray[np.float32], kind: Sparsity = "none") -> ActivationStatistics:
    """Of activations [M, H]."""
    magnitude = np.abs(hidden)
    largest = magnitude.max(initial=0.0)
    dead = magnitude.max(0) <= DEAD * largest
    each = lifetime_sparseness(hidden[:, ~dead]) if kind != "none" and (hidden >= 0).all() else np.zeros(0)
    return ActivationStatistics(
        mean=float(hidden.mean()),
        l0=float((hidden != 0).sum(1).mean()) if kind == "zeros" else None,
        sparseness=float(each.mean()) if len(each) else None,
        dead=int(dead.sum()),
        units=hidden.shape[1],
    )


def lifetime_sparseness(hidden: NDArray[np.float32]) -> NDArray[np.float64]:
    """(1 − (E h)² / E h²) / (1 − 1/M) of each unit over M images, activations [M, H] ≥ 0 → [H]: 0 where a unit responds
    alike to every image, 1 where it responds to one alone. A unit that is on for a share p of the images and off for
    the others has 1 − p.

    Source: Treves, Rolls (1991), What determines the capacity of autoassociative memories in the brain; in this scaling
    Vinje, Gallant (2000), Sparse coding and decorrelation in primary visual cortex during natural vision.
    """
    h = hidden.astype(np.float64)
    square = np.square(h).mean(0)
    share = np.divide(np.square(h.mean(0)), square, out=np.ones_like(square), where=square > 0)
    sparseness: NDArray[np.float64] = (1 - share) / (1 - 1 / max(len(h), 2))
    return sparseness
