"""What a plot of long histories needs and no toolkit: growing buffers, thinning to pixels, smoothing. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Curve = tuple[Doubles, Doubles]
"""x and y."""
DOT_PIXELS = 14
"""The least room that a dot has."""


class Growing:
    """Rows [R, n] of which n grows at the end, in memory that is asked for in doublings."""

    def __init__(self, rows: int, kind: Any = np.float32, capacity: int = 4096) -> None:
        self._held = np.empty((rows, capacity), kind)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, columns: NDArray[Any]) -> None:
        """Add [R, m] at the end."""
        end = self._count + columns.shape[1]
        if end > self._held.shape[1]:
            grown = np.empty((len(self._held), max(end, 2 * self._held.shape[1])), self._held.dtype)
            grown[:, : self._count] = self._held[:, : self._count]
            self._held = grown
        self._held[:, self._count : end] = columns
        self._count = end

    @property
    def values(self) -> NDArray[Any]:
        """All so far, [R, n]: a view."""
        return self._held[:, : self._count]


def stretch_for(count: int, pixels: int) -> int:
    """How many points share about a pixel: 1, 2, 3, 4, 6, 8, 12 … so that it changes seldom while points are added."""
    least = max(1, -(-count // max(1, pixels)))
    power = 1 << (least.bit_length() - 1)
    return next(m for m in (power, power * 3 // 2, power * 2) if m >= least)


def thin(x: NDArray[Any], y: NDArray[Any], stretch: int, *, log: bool = False) -> tuple[Doubles, Doubles]:
    """The least and the greatest point of every stretch of so many points, in order: all that a line would show.

    Values that are not finite are left out, and with `log` those that are not positive.
    """
    fine = np.isfinite(y) & (y > 0) if log else np.isfinite(y)
    if stretch <= 2:
        return x[fine].astype(np.float64), y[fine].astype(np.float64)
    whole = -(-len(y) // stretch)
    room = whole * stretch - len(y)
    if room or not fine.all():
        low = np.concatenate([np.where(fine, y, np.inf), np.full(room, np.inf)]).reshape(whole, stretch)
        high = np.concatenate([np.where(fine, y, -np.inf), np.full(room, -np.inf)]).reshape(whole, stretch)
    else:
        low = high = y.reshape(whole, stretch)
    start = np.arange(whole) * stretch
    least, greatest = start + low.argmin(1), start + high.argmax(1)
    both = np.stack([np.minimum(least, greatest), np.maximum(least, greatest)], 1).ravel()
    both = both[fine[both]]
    return x[both].astype(np.float64), y[both].astype(np.float64)


def joined_within(x: Doubles, begins: Sequence[float]) -> NDArray[np.bool_] | None:
    """Whether a line leads on from each point: not to where a phase begins. None where it always does."""
    ends = np.array([int(np.searchsorted(x, step)) for step in begins], int) - 1
    ends = ends[(ends >= 0) & (ends < len(x) - 1)]
    if not len(ends):
        return None
    joined = np.ones(len(x), bool)
    joined[ends] = False
    return joined


def in_pieces(
    x: Doubles, y: Doubles, begins: Sequence[float], pixels: int, *, log: bool = False
) -> tuple[Curve, NDArray[np.bool_]]:
    """What was measured at times, thinned, and of each point whether a line leads on from it.

    No line leads to or from what was measured before a phase's first step, which it would join to what the phase
    made of it, nor from what was measured of the untrained network.
    """
    stretch = stretch_for(len(x), pixels)
    again = np.flatnonzero(np.diff(x) <= 0) + 1
    marks = [int(np.searchsorted(x, step)) for step in begins]
    starts = np.unique([0, *again, *marks, np.searchsorted(x, 0, "right"), len(x)])
    pieces = [thin(x[a:b], y[a:b], stretch, log=log) for a, b in pairwise(starts)]
    if not pieces:
        return (np.zeros(0), np.zeros(0)), np.zeros(0, bool)
    joined = [np.arange(len(piece)) < len(piece) - 1 for piece, _values in pieces]
    return (np.concatenate([p for p, _ in pieces]), np.concatenate([v for _, v in pieces])), np.concatenate(joined)


def spread(curve: Curve, pixels: int) -> Curve:
    """As many of a curve's points as can be told apart as dots, the newest among them."""
    every = -(-len(curve[0]) * DOT_PIXELS // max(1, pixels)) or 1
    return curve[0][::-every], curve[1][::-every]


class Thinner:
    """`thin` of one growing history: stretches that are full are looked at once, so a redraw costs what is new."""

    def __init__(self) -> None:
        self._key: tuple[int, int, bool] | None = None
        self._full = 0
        self._x = self._y = np.zeros(0)

    def forget(self) -> None:
        """The history is another one from now on."""
        self._key = None

    def __call__(
        self, x: NDArray[Any], y: NDArray[Any], first: int, last: int, pixels: int, *, log: bool = False
    ) -> tuple[Doubles, Doubles]:
        """The points `first` to `last` of a history, thinned to about so many pixels."""
        stretch = stretch_for(last - first, pixels)
        if self._key != (first, stretch, log) or self._full > last - first:
            self._key, self._full = (first, stretch, log), 0
            self._x = self._y = np.zeros(0)
        full = (last - first) // stretch * stretch
        if full > self._full:
            here = slice(first + self._full, first + full)
            new_x, new_y = thin(x[here], y[here], stretch, log=log)
            self._x, self._y = np.concatenate([self._x, new_x]), np.concatenate([self._y, new_y])
            self._full = full
        rest_x, rest_y = thin(x[first + full : last], y[first + full : last], stretch, log=log)
        return np.concatenate([self._x, rest_x]), np.concatenate([self._y, rest_y])


class Smoother:
    """Exponential moving averages of several rows, corrected for their start, carried on as points arrive.

    sₜ = β sₜ₋₁ + (1 - β) xₜ over the same average of ones, so the first value is x₀ itself
    (Kingma, Ba (2015), section 3). A value that is not finite counts for nothing: the average stays.
    """

    def __init__(self, rows: int, beta: float) -> None:
        self.beta = beta
        self._sum = np.zeros(rows)
        self._weight = np.zeros(rows)
        # β⁻ᵏ must not overflow within one block.
        self._block = 4096 if beta <= 0 else max(1, min(4096, int(600 / -math.log(beta))))

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """The averages after each of the next values [R, m]."""
        if self.beta <= 0:
            return values.astype(np.float32)
        out = np.empty(values.shape, np.float32)
        for start in range(0, values.shape[1], self._block):
            part = values[:, start : start + self._block].astype(np.float64)
            fine = np.isfinite(part)
            powers = self.beta ** np.arange(1, part.shape[1] + 1)
            gains = (1 - self.beta) / powers
            sums = powers * (self._sum[:, None] + np.cumsum(np.where(fine, part, 0) * gains, 1))
            weights = powers * (self._weight[:, None] + np.cumsum(fine * gains, 1))
            with np.errstate(invalid="ignore", divide="ignore"):
                out[:, start : start + part.shape[1]] = sums / weights
            self._sum, self._weight = sums[:, -1], weights[:, -1]
        return out
