"""Holes of the prior: places of a plane where it promises codes and the images have none."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

from aestudio.core.run.events import Floats

REACH, SIDE = 2.5, 0.25
"""Standard deviations of the prior that are looked at about its middle, and the side of a cell."""
PROMISED, FEW = 5.0, 0.1
"""A hole is a cell where the prior promises so many codes or more, and less than this part of them is there."""


@dataclass(frozen=True, eq=False)
class Holes:
    """Cells of a plane on which the prior is N(0, I) about a place."""

    corners: Floats
    """The lower left corner of each, [M, 2]; all have sides of SIDE."""
    share: float
    """Of the prior's draws that fall into them."""


def holes(places: Floats, centre: Floats) -> Holes:
    """Where the codes of images [N, 2] are missing from a normal distribution about `centre` [2]. What is promised at
    less than PROMISED is not looked at: there chance alone leaves cells empty.
    """
    edges = np.arange(-REACH, REACH + SIDE / 2, SIDE)
    of_edges = np.array([0.5 * (1 + erf(one / sqrt(2))) for one in edges])
    chance: NDArray[np.float64] = np.outer(np.diff(of_edges), np.diff(of_edges))  # x, then y
    away = places - centre
    there, _, _ = np.histogram2d(away[:, 0], away[:, 1], bins=[edges, edges])
    promised = len(places) * chance
    empty = (promised >= PROMISED) & (there < FEW * promised)
    across, up = np.nonzero(empty)
    corners = np.stack([edges[across], edges[up]], 1) + centre
    return Holes(corners.astype(np.float32), float(chance[empty].sum()))
