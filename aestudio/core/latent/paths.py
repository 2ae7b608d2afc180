"""Paths between images in the space of codes, straight, spherical and through the data; the decoder says how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.latent.codes import Codes
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Floats

Way = Literal["straight", "spherical", "data"]
WAYS: tuple[Way, ...] = ("straight", "spherical", "data")
FRAMES = 4
"""Decoded for each step that is shown: of a path, and of its length, nothing is skipped."""
NEIGHBOURS = 10
"""That each code of the graph is joined to; twice as many, and again, until there is a way."""
NODES, PIXELS = 3_000, 50_000_000
"""Codes of the graph, and fewer where their decoded pictures would have more numbers."""


@dataclass(frozen=True, eq=False)
class Path:
    """From the first chosen image to the last, S steps."""

    codes: Floats
    """[FRAMES · S + 1, K]."""
    frames: Floats
    """Each decoded, [FRAMES · S + 1, C, H, W]."""
    passed: tuple[int, ...] = ()
    """The images between the chosen ones whose codes it goes through."""

    @property
    def images(self) -> Floats:
        """One for each step, and the last, [S + 1, C, H, W]."""
        return self.frames[::FRAMES]

    @property
    def steps(self) -> Floats:
        """How far two successive frames differ: the root mean square over their pixels, [FRAMES · S]."""
        found: Floats = np.sqrt(np.square(np.diff(self.frames, axis=0)).mean((1, 2, 3)))
        return found

    @property
    def length(self) -> float:
        """That the decoder gives it: its steps added up. From an all black picture to a white one it is 1 or more.

        Source: Arvanitidis, Hansen, Hauberg (2018), Latent space oddity, arXiv 1710.11379, equation 3.
        """
        return float(self.steps.sum())


def path(model: Model, codes: Codes, chosen: Sequence[int], way: Way, steps: int = 8, report: Report = unheard) -> Path:
    """Through the codes of the chosen images, two or more of those of `codes`, in `steps` steps from each to the next.

    Raises: ProbeError where fewer than two are chosen, or a decoded picture is not finite.
    """
    if len(chosen) < 2:
        raise ProbeError("A path leads from one image to another; choose two images or more.")
    count, passed = FRAMES * steps, []
    ends = [codes.codes[one] for one in chosen]
    share = np.linspace(0, 1, count + 1, dtype=np.float32)[:, None]
    if way == "data":
        legs = []
        for points, between in _through(model, codes, chosen, report):
            legs.append(_along(points, count))
            passed += between
    elif way == "spherical":
        centre = np.zeros_like(ends[0]) if has_prior(model) else codes.codes.mean(0)
        legs = [centre + spherical(a - centre, b - centre, share) for a, b in pairwise(ends)]
    else:
        legs = [a + share * (b - a) for a, b in pairwise(ends)]
    whole = np.concatenate([legs[0], *(leg[1:] for leg in legs[1:])]).astype(np.float32)
    return Path(whole, decode_all(model, whole), tuple(passed))


def has_prior(model: Model) -> bool:
    """Whether codes were trained to lie about zero in a known way."""
    return model.prior(1) is not None


def spherical(a: Floats, b: Floats, share: Floats) -> Floats:
    """From the vector a [K] to b, turning evenly while the norm goes evenly from one to the other, at each share
    [n, 1] of the way. Straight where no plane of turning is given: a zero, the same or opposite directions.

    Source: Shoemake (1985), Animating rotation with quaternion curves; White (2016), arXiv 1609.04468, section 2.1.
    """
    norms = np.linalg.norm(a), np.linalg.norm(b)
    if min(norms) < 1e-9:
        return a + share * (b - a)
    first, last = a / norms[0], b / norms[1]
    angle = np.arccos(np.clip(first @ last, -1, 1))
    if np.sin(angle) < 1e-4:
        return a + share * (b - a)
    turned = (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)
    found: Floats = turned * (norms[0] + share * (norms[1] - norms[0]))
    return found


def decode_all(model: Model, codes: Floats) -> Floats:
    """Codes [n, K] as images [n, C, H, W].

    Raises: ProbeError where one is not finite.
    """
    made = torch.cat([model.decode(some) for some in torch.split(torch.from_numpy(codes), 64)]).float().numpy()
    if not np.isfinite(made).all():
        raise ProbeError("The decoder's pictures are not finite here; train again with a lower rate.")
    found: Floats = made
    return found


def _along(points: Floats, count: int) -> Floats:
    """count + 1 codes at even distances along a line of straight pieces [P, K]."""
    far = np.append(0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    place = np.linspace(0, far[-1], count + 1)
    piece = np.clip(np.searchsorted(far, place, side="right") - 1, 0, max(0, len(points) - 2))
    width = np.maximum(far[piece + 1] - far[piece], 1e-12)
    found: Floats = points[piece] + ((place - far[piece]) / width)[:, None] * (points[piece + 1] - points[piece])
    found[-1] = points[-1]
    return found


def _through(model: Model, codes: Codes, chosen: Sequence[int], report: Report) -> list[tuple[Floats, list[int]]]:
    """For each two chosen images the codes of the shortest way between them, and the images between. Codes near each
    other are joined, and a join is as long as its two decoded pictures differ.

    Source: Chen et al. (2019), Fast approximate geodesics for deep generative models, arXiv 1812.08284.
    """
    from scipy.sparse.csgraph import dijkstra  # takes its time to import

    most = max(len(chosen), min(NODES, PIXELS // prod(model.shape)))
    spread = np.linspace(0, len(codes.codes) - 1, min(most, len(codes.codes))).astype(np.int64)
    nodes = np.unique(np.append(spread, list(chosen)))
    report(say("Joining codes that are near each other"), None)
    points = codes.codes[nodes]
    pictures = decode_all(model, points).reshape(len(nodes), -1)
    places = [int(np.searchsorted(nodes, one)) for one in chosen]
    neighbours = NEIGHBOURS
    while True:
        graph = _graph(points, pictures, min(neighbours, len(nodes) - 1))
        report(say("Looking for the shortest way"), None)
        far, before = dijkstra(graph, directed=False, indices=places[:-1], return_predecessors=True)
        if np.isfinite([far[row, end] for row, end in enumerate(places[1:])]).all() or neighbours >= len(nodes) - 1:
            break
        neighbours *= 2
    found = []
    for row, (start, end) in enumerate(pairwise(places)):
        way = [end]
        while way[-1] != start:
            way.append(int(before[row, way[-1]]))
        way.reverse()
        points_of = points[way] if len(way) > 1 else points[[start, end]]
        found.append((points_of, [int(nodes[one]) for one in way[1:-1]]))
    return found


def _graph(points: Floats, pictures: Floats, neighbours: int) -> Any:
    """Sparse [n, n]: how far the pictures [n, D] of codes [n, K] that are near each other differ."""
    from scipy.sparse import coo_matrix
    from sklearn.neighbors import NearestNeighbors

    near: NDArray[np.int64] = (
        NearestNeighbors(n_neighbors=neighbours).fit(points).kneighbors(return_distance=False)  # without itself
    )
    rows = np.repeat(np.arange(len(points)), neighbours)
    columns = near.ravel()
    weights = np.empty(len(rows))
    for start in range(0, len(rows), 4096):  # all at once they would take much memory
        some = slice(start, start + 4096)
        weights[some] = np.sqrt(np.square(pictures[rows[some]] - pictures[columns[some]]).mean(1))
    return coo_matrix((weights + 1e-9, (rows, columns)), shape=(len(points),) * 2).tocsr()
