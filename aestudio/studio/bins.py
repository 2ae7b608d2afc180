"""Bins of a histogram that is drawn again and again: tidy ends of its axis, which stay while values change a little."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aestudio.core.run.events import Floats

BINS = 40
COARSE, FINE = (1, 2, 2.5, 5, 10), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""What tidy ends of an axis are multiples of, times a power of ten."""
EMPTY = 0.45
"""An axis is held as long as more than this part of it has something."""


def tidy_limit(value: float, steps: Sequence[float] = COARSE) -> float:
    """The number that is one of the steps times a power of ten, at or next above `value` > 0."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in steps if m * power >= value * (1 - 1e-9))


def limits(values: Floats) -> tuple[float, float]:
    """Tidy ends for bins over the values, which stay the same while the values change a little."""
    fine = values[np.isfinite(values)]
    low, high = (float(fine.min()), float(fine.max())) if fine.size else (0.0, 1.0)
    if low >= -1e-6 and 0.5 < high <= 1 + 1e-6:
        return 0.0, 1.0
    end = tidy_limit(max(high, 1e-3))
    return (0.0 if low >= -1e-6 else -tidy_limit(-low)), end


def mean_limits(means: Floats, target: float | None) -> tuple[float, float]:
    """Tidy ends close about the units' means and the target."""
    fine = means[np.isfinite(means)]
    seen = [float(v) for v in (fine.min(), fine.max())] if fine.size else [0.0, 1.0]
    if target is not None:
        seen.append(target)
    low, high = min(seen), max(seen)
    end = tidy_limit(max(1.02 * high, 1e-3), FINE)
    return (0.0 if low >= -1e-6 else -tidy_limit(-1.02 * low, FINE)), end


def steady(now: tuple[float, float], held: tuple[float, float] | None) -> tuple[float, float]:
    """These limits, or those that were held as long as all lies within them and fills enough of them."""
    if held is None or now[0] < held[0] or now[1] > held[1]:
        return now
    return held if now[1] - now[0] > EMPTY * (held[1] - held[0]) else now


def histogram(values: Floats, low: float, high: float) -> NDArray[np.int64]:
    """Counts [BINS] of the finite values between the ends; what lies beyond them falls into the outermost bins."""
    at = (values[np.isfinite(values)] - low) * (BINS / (high - low))
    return np.bincount(np.clip(at, 0, BINS - 1).astype(np.intp).ravel(), minlength=BINS)
