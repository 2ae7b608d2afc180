"""Disentanglement, completeness and informativeness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.probes.disentangling.known import Known

TREES, LEAF = 10, 0.005
"""Of each forest, and the share of the images that a leaf holds at least, so that noise is not learned by heart."""


@dataclass(frozen=True, eq=False)
class DCI:
    """Each in [0, 1]."""

    disentanglement: float
    """1 where each number of the code matters for one factor only; numbers count as much as they matter."""
    completeness: float
    """1 where one number of the code is enough for each factor."""
    informativeness: float
    """How well forests predict the factors of images that they have not seen: R², or the share that is right."""
    importance: NDArray[np.float64]
    """How much each number matters for each factor, [F, K], each row adding up to 1."""


def dci(found: Known, seed: int = 0) -> DCI:
    """By random forests, whose importances say how much each number of the code matters for each factor.

    Source: Eastwood, Williams (2018), A Framework for the Quantitative Evaluation of Disentangled Representations.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor  # 0.7 s, so only where it is used

    half = np.random.default_rng(seed).permutation(len(found.codes))
    train, test = half[: len(half) // 2], half[len(half) // 2 :]
    rows, told = [], []
    for factor, category in zip(found.factors.T, found.categories, strict=True):
        kind = RandomForestClassifier if category else RandomForestRegressor
        forest = kind(TREES, min_samples_leaf=LEAF, max_features=None, random_state=seed)
        forest.fit(found.codes[train], factor[train])
        rows.append(forest.feature_importances_)
        told.append(max(0.0, forest.score(found.codes[test], factor[test])))
    importance = np.array(rows, dtype=np.float64)
    each = 1 - _entropy(importance.T)  # of the numbers
    weight = importance.sum(0) / max(importance.sum(), 1e-12)
    return DCI(
        disentanglement=float((weight * each).sum()),
        completeness=float((1 - _entropy(importance)).mean()),
        informativeness=float(np.mean(told)),
        importance=importance,
    )


def _entropy(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each row as a distribution, as a share of the largest that it could have, [A, B] → [A]."""
    total = rows.sum(1, keepdims=True)
    share = np.where(total > 0, rows / np.where(total > 0, total, 1), 1 / rows.shape[1])
    logs = np.log(np.where(share > 0, share, 1))
    found: NDArray[np.float64] = -(share * logs).sum(1) / np.log(max(2, rows.shape[1]))
    return found
