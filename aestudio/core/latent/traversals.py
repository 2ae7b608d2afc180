"""Traversals: what becomes of a decoded image while one unit of its code goes through the values that it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.latent.codes import Codes
from aestudio.core.latent.paths import decode_all
from aestudio.core.model.trained import Model
from aestudio.core.probes.posterior import ACTIVE
from aestudio.core.run.events import Floats

EDGE = 0.02
"""Of the values of a unit lie below the first, and as many above the last, that is decoded."""
NOTHING = 1e-4
"""Of a code without a prior, a unit is in use where its variance is more than this part of the largest."""


@dataclass(frozen=True, eq=False)
class Order:
    """Of the K units of a code, those that tell most first."""

    units: NDArray[np.int64]
    """[K]."""
    sizes: Floats
    """What each tells, by its own number [K]: its mean KL in nats, or its standard deviation."""
    by_kl: bool
    used: NDArray[np.bool_]
    """Whether each is in use, by its own number [K]."""


@dataclass(frozen=True, eq=False)
class Traversals:
    """Of some units."""

    units: NDArray[np.int64]
    """[U]."""
    values: Floats
    """That each unit takes, [U, S]."""
    images: Floats
    """[U, S, C, H, W]."""


def ordered(codes: Codes) -> Order:
    """By KL where the code has a prior, else by variance. A unit is in use where the variance of its mean over the
    images is above 0.01, as of Burda et al. (2016), section 2; without a prior, where it varies at all.
    """
    variance = codes.codes.var(0)
    if codes.unit_kl is not None:
        return Order(np.argsort(-codes.unit_kl, kind="stable"), codes.unit_kl, True, variance > ACTIVE)
    used = variance > NOTHING * max(float(variance.max()), 1e-12)
    return Order(np.argsort(-variance, kind="stable"), np.sqrt(variance).astype(np.float32), False, used)


def quantiles(codes: Codes, units: NDArray[np.int64], steps: int) -> Floats:
    """Of the aggregate posterior, of codes as they are drawn, at even steps from EDGE to 1 − EDGE, [U, S]."""
    values = codes.codes if codes.drawn is None else codes.drawn
    found: Floats = np.quantile(values[:, units], np.linspace(EDGE, 1 - EDGE, steps), axis=0).T.astype(np.float32)
    return found


def traversals(model: Model, codes: Codes, base: Floats, units: NDArray[np.int64], steps: int = 9) -> Traversals:
    """The code `base` [K] with one unit after the other at its quantiles, all other units as they are.

    Raises: ProbeError where a decoded picture is not finite.
    """
    values = quantiles(codes, units, steps)
    moved = np.tile(base.astype(np.float32), (len(units), steps, 1))
    for row, unit in enumerate(units):
        moved[row, :, unit] = values[row]
    images = decode_all(model, moved.reshape(-1, moved.shape[2]))
    return Traversals(units, values, images.reshape(len(units), steps, *images.shape[1:]))
