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
    """I(a; b) in nats of two columns of classes [N], corrected for so few samples, and never below 0.

    Counted shares say too much: by (cells in use − rows − columns + 1) / 2N.
    Source: Miller (1955), Note on the bias of information estimates; Paninski (2003), section 4.1.
    """
    together = a * (int(b.max()) + 1) + b
    cells, rows, columns = (len(np.unique(one)) for one in (together, a, b))
    plain = entropy(a) + entropy(b) - entropy(together)
    return max(0.0, plain - (cells - rows - columns + 1) / (2 * len(a)))


def binned(codes: Codes, bins: int) -> Classes:
    """Each number of the code in so many bins of equal width between its smallest and its largest, [N, K] → [N, K]."""
    low, high = codes.min(0), codes.max(0)
    place = (codes - low) / np.where(high > low, high - low, 1) * bins
    found: Classes = np.clip(place.astype(np.int64), 0, bins - 1)
    return found


def information(found: Known) -> NDArray[np.float64]:
    """I(v; z_j) / H(v) for each factor v and number of the code z_j, [F, K]: 1 where the number tells the factor."""
    bins = max(LEAST, int(found.factors.max()) + 1)
    codes = binned(found.codes, bins)
    shares = [
        [mutual_information(codes[:, j], factor) / max(entropy(factor), 1e-12) for j in range(codes.shape[1])]
        for factor in found.factors.T
    ]
    return np.array(shares)


def gaps(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the largest of each row is above the second largest, [F, K] → [F]; of a single number, all of it."""
    ordered = np.sort(np.pad(matrix, ((0, 0), (1, 0))), axis=1)
    difference: NDArray[np.float64] = ordered[:, -1] - ordered[:, -2]
    return difference


def mutual_information_gap(found: Known) -> float:
    """MIG: how much more the best number of the code tells of a factor than the second best, as a share of its entropy,
    averaged over the factors.

    Source: Chen et al. (2018), arXiv 1802.04942, section 4.1; of the means and in bins of equal width, as Locatello et
    al. (2019), arXiv 1811.12359, have it, but with enough bins for every factor and the bias of few samples taken off.
    """
    return float(gaps(information(found)).mean())
