"""Hidden activations, as the decoder gets them: their mean, how many are active, which units are dead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ACTIVE = 0.05
"""A unit counts as active for an image above this fraction of the largest magnitude in the whole batch: free of any
activation's scale.
"""
DEAD = 0.001
"""A unit counts as dead where it stays below this fraction of it for every image: weak units are not dead ones."""


@dataclass(frozen=True)
class ActivationStatistics:
    """Of a batch of hidden activations [M, H]."""

    mean: float
    l0: float
    """Active units of one image, on average."""
    dead: int
    """Units that respond to no image of the batch."""
    units: int


def statistics(hidden: NDArray[np.float32]) -> ActivationStatistics:
    """Of activations [M, H]."""
    magnitude = np.abs(hidden)
    largest = magnitude.max(initial=0.0)
    return ActivationStatistics(
        mean=float(hidden.mean()),
        l0=float((magnitude > ACTIVE * largest).sum(1).mean()),
        dead=int((magnitude.max(0) <= DEAD * largest).sum()),
        units=hidden.shape[1],
    )
