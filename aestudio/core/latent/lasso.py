"""Which places lie inside a line that was drawn around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aestudio.core.run.events import Floats


def inside(places: Floats, corners: Sequence[tuple[float, float]]) -> NDArray[np.int64]:
    """The places [N, 2] inside a polygon, by their numbers, ascending: those from which a line to the right crosses its
    edges an odd number of times. The last corner is joined to the first; of fewer than three none is inside.

    Source: Shimrat (1962), Algorithm 112, Communications of the ACM 5(8).
    """
    line = np.asarray(corners, np.float64).reshape(-1, 2)
    if len(line) < 3:
        return np.zeros(0, np.int64)
    near = np.flatnonzero(((places >= line.min(0)) & (places <= line.max(0))).all(1))
    x, y = places[near].astype(np.float64).T
    odd = np.zeros(len(near), bool)
    for (x0, y0), (x1, y1) in zip(line, np.roll(line, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        odd ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return near[odd]
