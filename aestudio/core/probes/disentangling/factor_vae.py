"""The FactorVAE score: which number of a code stands still while one factor does."""

from __future__ import annotations

import numpy as np

from aestudio.core.probes.disentangling.known import Known


def factor_vae_score(found: Known, votes: int = 800, group: int = 64, seed: int = 0) -> float:
    """How often the number of the code that varies least, in a group of images that share the value of one factor,
    tells which factor that was: the accuracy of the majority vote, in [1/F, 1]. 0 where no number is in use.

    Groups are drawn from the images at hand, with replacement. Variances are shares of those over all images, and a
    number that never changes, which would stand stillest whatever happens, is left out.
    Source: Kim, Mnih (2018), Disentangling by Factorising, arXiv 1802.05983, section 4.
    """
    drawing = np.random.default_rng(seed)
    used, counted = found.informative, found.factors.shape[1]
    if not used.any():
        return 0.0
    codes = found.codes[:, used] / found.codes[:, used].std(0)
    table = np.zeros((codes.shape[1], counted), np.int64)
    for vote in range(votes):
        factor = vote % counted
        value = drawing.choice(found.factors[:, factor])
        alike = np.flatnonzero(found.factors[:, factor] == value)
        some = codes[drawing.choice(alike, group)].var(0)
        table[some.argmin(), factor] += 1
    return float(table.max(1).sum() / table.sum())
