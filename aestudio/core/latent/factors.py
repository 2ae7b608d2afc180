"""Which number of a code stands for which known factor of the images, beside codes that have learned nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.drawing import drawn_from
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.probes.disentangling.dci import dci
from aestudio.core.probes.disentangling.factor_vae import factor_vae_score
from aestudio.core.probes.disentangling.information import gaps, information
from aestudio.core.probes.disentangling.known import Known, known
from aestudio.core.probes.disentangling.sap import separated_predictability

MOST = 2000
"""Held-out images that are looked at."""
FITTED = 2000
"""Training images that the principal components are found on."""
Score = Literal["mig", "sap", "dci", "factor_vae"]
SCORES: tuple[Score, ...] = get_args(Score)


@dataclass(frozen=True, eq=False)
class Factors:
    """Of one code, over up to MOST held-out images."""

    names: tuple[str, ...]
    """Of the factors, in English."""
    matrix: NDArray[np.float64]
    """How much each number of the code tells of each factor, adjusted for chance, [F, K]: from 0 to 1, all of it."""
    scores: dict[Score, float]
    """Mutual information gap, separated attribute predictability, disentanglement of DCI, and the FactorVAE score."""
    images: int


def factors(model: Model, dataset: Dataset, report: Report = unheard) -> Factors:
    """Of a model's code; of one that is drawn, of its mean.

    Raises: ProbeError where the factors of the images are not known.
    """
    return scored(known(model.module, model.run, dataset.held_out.images, MOST), report)


def untrained(model: Model, dataset: Dataset, report: Report = unheard) -> Factors:
    """Of the same network with the weights that a training begins with. Raises: as `factors`."""
    fresh = Autoencoder(model.run, model.shape).eval()
    return scored(known(fresh, model.run, dataset.held_out.images, MOST), report)


def principal_components(model: Model, dataset: Dataset, report: Report = unheard) -> Factors:
    """Of as many principal components, found on training images, as the model's code has numbers. Raises: as `factors`.

    Source: Pearson (1901).
    """
    report(say("Finding principal components"), None)
    pixels = known(model.module, model.run, dataset.held_out.images, MOST, encode=False)
    train = dataset.train.images
    index = torch.linspace(0, len(train) - 1, min(FITTED, len(train))).long()
    fitted = to_float(train.gather(index)).flatten(1)
    mean = fitted.mean(0)
    with drawn_from(0):
        directions = torch.svd_lowrank(fitted - mean, min(prod(model.code_shape), *fitted.shape), niter=4)[2]
    codes = (torch.from_numpy(pixels.codes).float() - mean) @ directions
    return scored(replace(pixels, codes=codes.double().numpy()), report)


def scored(found: Known, report: Report = unheard) -> Factors:
    """The matrix and the four scores of codes whose factors are known."""
    report(say("Measuring factors"), None)
    matrix = information(found)
    report(say("Measuring factors"), 0.3)
    by_forests = dci(found).disentanglement
    report(say("Measuring factors"), 0.7)
    scores: dict[Score, float] = {
        "mig": float(gaps(matrix).mean()),
        "sap": separated_predictability(found),
        "dci": by_forests,
        "factor_vae": factor_vae_score(found),
    }
    return Factors(tuple(found.names), matrix, scores, len(found.codes))
