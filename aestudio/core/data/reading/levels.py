"""Which values stand for black and white: by the type of a file's numbers, and as found among them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.ground.errors import DataError

RARE = 1000
"""One value in so many may lie below black, and one above white: single pixels that are broken move neither."""
LOOKED_AT = 4_000_000
"""Values, from evenly spaced rows of a large picture."""

Levels = tuple[float, float]
"""Black and white."""


def white_level(values: NDArray[Any], beyond: float = 0.1) -> float:
    """The value that stands for white where the type does not say it: 1, 255 or 65535, the smallest that covers all.

    The fraction `beyond` of it, above or below, is let through: for filters that overshoot, or for noise.
    Raises: DataError, the end of a sentence ("holds values from …"), where no such range fits.
    """
    if values.dtype.kind not in "biuf":
        raise DataError("holds {dtype} values, which are not brightnesses.", dtype=values.dtype)
    if values.size == 0:
        return 1.0
    lowest, highest = float(values.min()), float(values.max())
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise DataError("holds values that are not numbers or are infinite.")
    if lowest >= -beyond * max(highest, 1.0):
        for white in (1.0, 255.0, 65535.0):
            if highest <= (1 + beyond) * white:
                return white
    raise DataError(
        "holds values from {lowest:.4g} to {highest:.4g}; brightness must lie in 0–1, 0–255 or 0–65535.",
        lowest=lowest,
        highest=highest,
    )


def found_levels(values: NDArray[Any]) -> Levels:
    """The black and white level of pixels [H, W, C]: nearly all values lie between, and single ones beyond do not
    count.

    They follow the values: those of a·values + b are a·black + b and a·white + b, for a > 0. Values that are no numbers
    are left out; where all are equal, white lies as far above black as that is from 0, or 1 above 0.
    """
    step = max(1, values.size // LOOKED_AT)
    some = values[::step].ravel()
    some = some[np.isfinite(some)] if some.dtype.kind == "f" else some
    if not some.size:
        return 0.0, 1.0
    beyond = min(some.size // RARE + 1, some.size // 16)
    ordered = np.partition(some, (beyond, some.size - 1 - beyond))
    black, white = float(ordered[beyond]), float(ordered[some.size - 1 - beyond])
    if black == white:
        black, white = float(some.min()), float(some.max())
    return (black, white) if black < white else (black, black + (abs(black) or 1.0))
