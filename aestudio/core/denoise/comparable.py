"""Two pictures in one unit, so that they can be compared: files of the same picture may count differently."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.denoise.picture import Picture, Values

MOST = 0.5
"""A picture that fills more of its type's range than this is compared by that range, as published numbers are."""


def comparable(picture: Picture, reference: Picture) -> tuple[Values, Values]:
    """Pixels of both, [H, W, C], where 0 and 1 are the reference's black and white: those of its type if it fills most
    of that, else those that were found in it or set. What lies beyond what the reference shows is cut off.
    """
    black, white = _ends(reference)
    units = (1.0, 1.0) if _same_unit(picture, reference) else (picture.white, reference.white)
    black, white = black / units[1], white / units[1]
    one, other = (
        (_numbers(each) / unit - black) / (white - black)
        for each, unit in zip((picture, reference), units, strict=True)
    )
    low, high = min(0.0, float(other.min())), max(1.0, float(other.max()))
    return one.clip(low, high).astype(np.float32), other.astype(np.float32)


def _numbers(picture: Picture) -> NDArray[Any]:
    return picture.stored.astype(np.float32 if picture.stored.dtype.itemsize <= 2 else np.float64)


def _ends(reference: Picture) -> tuple[float, float]:
    black, white = reference.black_and_white
    fills = white - black > MOST * reference.white and black > -MOST * reference.white and white < 2 * reference.white
    return (0.0, reference.white) if fills else (black, white)


def _same_unit(picture: Picture, reference: Picture) -> bool:
    """Whether their stored numbers mean the same: both are floating point, or of types of the same white."""
    kinds = {one.stored.dtype.kind for one in (picture, reference)}
    return kinds == {"f"} or picture.white == reference.white
