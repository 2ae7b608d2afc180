"""The direction between two selections of images in the space of codes, and how certain it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.ground.errors import ProbeError
from aestudio.core.run.events import Floats

RESAMPLED = 200
"""Times that both selections are drawn anew, with images coming again and others missing."""
SURE = 95
"""Percent of them that an interval holds."""
FEW = 5
"""Fewer images drawn anew are nearly always the same ones: an interval of them is too narrow."""


@dataclass(frozen=True, eq=False)
class Direction:
    """From the mean code of one selection to that of another."""

    vector: Floats
    """[K]."""
    low: float
    high: float
    """Between these lies the length along the direction in SURE percent of the resamples; the length itself is that of
    the vector.
    """
    angle: float
    """Degrees by which a resampled direction differs from this one, at most, in SURE percent of them."""
    counts: tuple[int, int]
    """Images that it leads to, and away from."""

    @property
    def length(self) -> float:
        return float(np.linalg.norm(self.vector))

    @property
    def is_of_few(self) -> bool:
        """Too few images for what is said of its certainty."""
        return min(self.counts) < FEW


def between(to: Floats, away: Floats) -> Floats:
    """The mean of the codes `to` [n, K] less that of the codes `away` [m, K], [K].

    Raises: ProbeError where one holds no image, or both have the same mean.
    Source: White (2016), Sampling generative networks, arXiv 1609.04468, section 3.
    """
    if not len(to) or not len(away):
        raise ProbeError("A direction needs images at both ends; choose two selections that are not empty.")
    vector: Floats = (to.mean(0) - away.mean(0)).astype(np.float32)
    if np.linalg.norm(vector) < 1e-9:
        raise ProbeError("Both selections have the same mean code, so there is no direction; choose two others.")
    return vector


def direction(to: Floats, away: Floats, seed: int = 0) -> Direction:
    """The same with a bootstrap of both selections.

    Raises: as `between`.
    Source: Efron (1979), Bootstrap methods.
    """
    vector = between(to, away)
    length = float(np.linalg.norm(vector))
    random = np.random.default_rng(seed)
    drawn = _means(to, random) - _means(away, random)  # [R, K]
    along = drawn @ vector / length
    cosine = along / np.maximum(np.linalg.norm(drawn, axis=1), 1e-12)
    low, high = np.percentile(along, [(100 - SURE) / 2, (100 + SURE) / 2])
    angle = np.degrees(np.arccos(np.clip(np.percentile(cosine, 100 - SURE), -1, 1)))
    return Direction(vector, float(low), float(high), float(angle), (len(to), len(away)))


def applied(codes: Floats, vector: Floats, strengths: NDArray[np.float64]) -> Floats:
    """Each code [N, K] moved along the direction, by each strength [S] times its length, [N, S, K]."""
    found: Floats = (codes[:, None] + strengths[:, None] * vector).astype(np.float32)
    return found


def _means(codes: Floats, random: np.random.Generator) -> NDArray[np.float64]:
    """Of the codes [n, K] drawn anew with replacement, [RESAMPLED, K]."""
    count = len(codes)
    often = np.full(count, 1 / count)
    return np.stack([random.multinomial(count, often) @ codes / count for _ in range(RESAMPLED)])
