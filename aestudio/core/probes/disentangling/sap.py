"""Separated attribute predictability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aestudio.core.probes.disentangling.information import gaps
from aestudio.core.probes.disentangling.known import Known


def predictability(found: Known) -> NDArray[np.float64]:
    """How well each number of the code alone predicts each factor, [F, K]: the squared correlation with a factor whose
    values are in order, else the balanced share of classes that thresholds tell.
    """
    useful = found.informative
    scores = np.zeros((found.factors.shape[1], found.codes.shape[1]))
    for row, factor, category in zip(scores, found.factors.T, found.categories, strict=True):
        for j in np.flatnonzero(useful):
            one = found.codes[:, j]
            row[j] = _told_apart(one, factor) if category else np.corrcoef(one, factor)[0, 1] ** 2
    return np.nan_to_num(scores)


def separated_predictability(found: Known) -> float:
    """SAP: how much better the best number of the code predicts a factor than the second best, averaged over the
    factors.

    Source: Kumar, Sattigeri, Balakrishnan (2018), Variational Inference of Disentangled Latent Concepts, arXiv
    1711.00848, section 3.
    """
    return float(gaps(predictability(found)).mean())


def _told_apart(code: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    from sklearn.metrics import balanced_accuracy_score  # 0.5 s, so only where it is used
    from sklearn.tree import DecisionTreeClassifier

    count = len(np.unique(classes))
    tree = DecisionTreeClassifier(max_leaf_nodes=max(2, count), class_weight="balanced", random_state=0)
    guessed = tree.fit(code[:, None], classes).predict(code[:, None])
    return float(balanced_accuracy_score(classes, guessed))
