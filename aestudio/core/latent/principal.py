"""Local principal directions: along which ways from a code the decoded image changes most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.run.events import Floats

MOST, SPANNED = 16, 24
"""Directions that are given, of those in the space of so many principal components of the codes of images."""
STEP = 0.05
"""Standard deviations to each side, by which a derivative is found."""
NOTHING = 1e-3
"""Components with less than this part of the largest deviation are left out: there all codes are alike."""


@dataclass(frozen=True, eq=False)
class Principal:
    """Of one code. A step of 1 along each is one standard deviation of the codes of images."""

    origin: Floats
    """The code [K]; there every coordinate is 0."""
    ways: Floats
    """[n, K]."""
    duals: Floats
    """[n, K]: the coordinates of a code are (code − origin) · dual."""
    sizes: Floats
    """How much the image changes, the largest first [n]: the root mean square over its pixels for a step of 1, as the
    derivative at the code says.
    """


def principal(decode: Callable[[Floats], Floats | None], codes: Floats, code: Floats) -> Principal | None:
    """At a code [K], among the codes [M, K] of images; `decode` makes images [N, C, H, W] of codes [N, K]. None where
    these are no codes of the decoder, all are alike, or some are not finite.

    J is the decoder's Jacobian and B holds the principal components of the codes, each as long as its standard
    deviation: the directions are B w for the right singular vectors w of J B. Units of different scales, and such that
    no image uses, count by what the images make of them.

    Source: Choi, Lee, Yoon, Park, Hwang, Kang (2022), Do not escape from the manifold: discovering the local
    coordinates on the latent space of GANs, arXiv 2106.06959, section 3 (there of J alone).
    """
    if not (np.isfinite(codes).all() and np.isfinite(code).all()):
        return None
    lengths, rows = _components(codes)
    kept = len(lengths)
    if not kept:
        return None
    steps = STEP * lengths[:, None] * rows  # [B, K]
    images = decode(np.concatenate([code + steps, code - steps]).astype(np.float32))
    if images is None or not np.isfinite(images).all():
        return None
    changes = (images[:kept] - images[kept:]).reshape(kept, -1) / (2 * STEP)  # [B, D]: rows of (J B)ᵀ
    inner, sizes, _ = np.linalg.svd(changes.astype(np.float64), full_matrices=False)
    count = min(MOST, kept, len(sizes))
    weights = inner[:, :count].T  # [n, B]
    ways, duals = weights @ (lengths[:, None] * rows), weights @ (rows / lengths[:, None])
    signs = np.where(ways.sum(1, keepdims=True) < 0, -1, 1)  # which is free
    sizes = sizes[:count] / changes.shape[1] ** 0.5
    return Principal(
        code.astype(np.float32),
        (signs * ways).astype(np.float32),
        (signs * duals).astype(np.float32),
        sizes.astype(np.float32),
    )


def _components(codes: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Standard deviations [B] and unit vectors [B, K] of the first principal components of codes [M, K]: of the
    smaller of their two Gram matrices, as all M or K singular vectors of wide codes take a good part of a second.
    """
    away = (codes - codes.mean(0)).astype(np.float64) / max(1, len(codes) - 1) ** 0.5
    wide = away.shape[1] > len(away)
    squares, vectors = np.linalg.eigh(away @ away.T if wide else away.T @ away)  # the smallest first
    lengths = np.sqrt(np.maximum(squares[::-1][:SPANNED], 0))
    lengths = lengths[lengths > NOTHING * lengths.max(initial=0.0)]
    rows = vectors.T[::-1][: len(lengths)]
    return lengths, (rows @ away) / lengths[:, None] if wide else rows
