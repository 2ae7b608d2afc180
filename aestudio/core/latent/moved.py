"""What else a direction in the space of codes changes: labels and factors, as the images say that lie where it goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.latent.attributes import Attribute
from aestudio.core.latent.codes import Codes
from aestudio.core.run.events import Floats

NEIGHBOURS = 10
"""Images that say what a place of the space is."""
ASKED, MOVED = 5_000, 400
"""Images that are asked, and images that are moved."""
TOGETHER = 1e-6
"""Below it the sum of points on a circle points nowhere."""
CHANCES = 10
"""Other directions of the same length, at random, that it is compared with."""


@dataclass(frozen=True, eq=False)
class AttributeChange:
    """Of one attribute, when images are moved by the whole direction."""

    attribute: Attribute
    size: float
    """Of a category: the share of images that become another. Of what goes round: the mean turn, in cycles, each image
    the shorter way. Of others: the mean change, in standard deviations.
    """
    by_chance: float
    """The mean size, without its sign, along the other directions."""
    becomes: int | None
    """The value that most of those that change take; None where values have an order."""


def changes(codes: Codes, attributes: list[Attribute], vector: Floats, seed: int = 0) -> list[AttributeChange]:
    """What becomes of the attributes when images are moved by the vector [K]: a place is said to be what the images are
    whose codes are the nearest. What changes most, beside what chance does, comes first.
    """
    from sklearn.neighbors import NearestNeighbors  # takes its time to import

    if not attributes or len(codes.codes) < 2:
        return []
    random = np.random.default_rng(seed)
    order = random.permutation(len(codes.codes))
    count = min(MOVED, len(order) // 2)
    moved, asked = order[:count], order[count : count + ASKED]
    search = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(asked))).fit(codes.codes[asked])

    def near(by: Floats) -> NDArray[np.int64]:
        found: NDArray[np.int64] = asked[search.kneighbors(codes.codes[moved] + by, return_distance=False)]
        return found

    others = random.normal(size=(CHANCES, len(vector)))
    others *= np.linalg.norm(vector) / np.linalg.norm(others, axis=1, keepdims=True)
    before, after = near(np.zeros_like(vector)), near(vector)
    chances = [near(one.astype(np.float32)) for one in others]
    found = []
    for attribute in attributes:
        size, becomes = _change(attribute, moved, before, after)
        by_chance = float(np.mean([abs(_change(attribute, moved, before, one)[0]) for one in chances]))
        found.append(AttributeChange(attribute, size, by_chance, becomes))
    return sorted(found, key=lambda one: -abs(one.size) / (one.by_chance + 0.02))


def _change(
    attribute: Attribute, moved: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]
) -> tuple[float, int | None]:
    """From the images near to each of the images that are moved [n] before [n, k] to those near to it after."""
    if attribute.cycle:
        return _turn(attribute, moved, before, after), None
    if not attribute.is_category:
        spread = max(float(attribute.values.std()), 1e-12)
        return float((attribute.values[after].mean() - attribute.values[before].mean()) / spread), None
    was, now = _most(attribute.values[before]), _most(attribute.values[after])
    other = now[was != now]
    return float((was != now).mean()), int(np.bincount(other).argmax()) if len(other) else None


def _turn(attribute: Attribute, moved: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """In cycles. An angle has no mean as numbers have: of 39 and 1 in a cycle of 40 it is 0. Each near image counts as
    a point on the circle of the moved image's own period, if that is its period too; images that have none such near
    to them before or after are left out.

    Source: Mardia, Jupp (2000), Directional statistics, section 2.2.
    """
    periods = np.full(len(attribute.values), attribute.cycle) if attribute.periods is None else attribute.periods
    own = periods[moved]

    def mean(near: NDArray[np.int64]) -> NDArray[np.complex128]:
        points = np.exp(2j * np.pi * attribute.values[near] / own[:, None])
        found: NDArray[np.complex128] = (points * (periods[near] == own[:, None])).sum(1)
        return found

    was, now = mean(before), mean(after)
    known = (np.abs(was) > TOGETHER) & (np.abs(now) > TOGETHER)
    turns = np.angle(now * was.conj()) / (2 * np.pi) * own / attribute.cycle
    return float(turns[known].mean()) if known.any() else 0.0


def _most(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The most frequent value of each row [n, k]."""
    counts = np.stack([(values == one).sum(1) for one in range(int(values.max()) + 1)], 1)
    found: NDArray[np.int64] = counts.argmax(1)
    return found
