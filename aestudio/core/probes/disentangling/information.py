"""How much each number of a code tells of each factor, and the mutual information gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aestudio.core.probes.disentangling.known import Classes, Codes, Known

LEAST = 20
"""Bins of a number of the code at least; as many as the largest factor has values, so that a code which is that factor
keeps all of them apart.
"""


def entropy(classes: NDArray[np.int64]) -> float:
    """In nats, of how often each class comes."""
    share = np.bincount(classes) / len(classes)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def mutual_information(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """I(a; b) in nats of two columns of classes [N], of the shares that are counted: of few images it is too large."""
    return entropy(a) + entropy(b) - entropy(a * (int(b.max()) + 1) + b)


def told(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """How much `a` tells of `b`, both [N], adjusted for chance, in [0, 1]: (I(a; b) − E) / (H(b) − E), where E is the
    mean information of `a` and `b` in any other order. 0 where that is all there is to tell.

    Source: Vinh, Epps, Bailey (2010), Information theoretic measures for clusterings comparison, JMLR 11, section 4.
    """
    from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information  # 0.5 s, so only where used

    by_chance = expected_mutual_information(contingency_matrix(a, b, sparse=True), len(a))
    left = entropy(b) - by_chance
    return max(0.0, mutual_information(a, b) - by_chance) / left if left > 1e-9 else 0.0


def binned(codes: Codes, bins: int) -> Classes:
    """Each number of the code in so many bins of equal width between its smallest and its largest, [N, K] → [N, K]."""
    low, high = codes.min(0), codes.max(0)
    place = (codes - low) / np.where(high > low, high - low, 1) * bins
    found: Classes = np.clip(place.astype(np.int64), 0, bins - 1)
    return found


def information(found: Known) -> NDArray[np.float64]:
    """How much each number of the code tells of each factor, adjusted for chance, [F, K]: 1 where it tells the factor,
    0 where it says nothing of it.
    """
    bins = max(LEAST, int(found.factors.max()) + 1)
    codes = binned(found.codes, bins)
    return np.array([[told(number, factor) for number in codes.T] for factor in found.factors.T])


def gaps(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the largest of each row is above the second largest, [F, K] → [F]; of a single number, all of it."""
    ordered = np.sort(np.pad(matrix, ((0, 0), (1, 0))), axis=1)
    difference: NDArray[np.float64] = ordered[:, -1] - ordered[:, -2]
    return difference


def mutual_information_gap(found: Known) -> float:
    """MIG: how much more the best number of the code tells of a factor than the second best, where 1 is all that there
    is to tell and 0 is chance, averaged over the factors.

    Source: Chen et al. (2018), arXiv 1802.04942, section 4.1; of the means and in bins of equal width, as Locatello et
    al. (2019), arXiv 1811.12359, have it, but with enough bins for every factor and adjusted for chance.
    """
    return float(gaps(information(found)).mean())
