"""New images from codes that nobody encoded, each with the training image that comes nearest to it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.latent.codes import codes_of
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Floats

Source = Literal["prior", "posterior", "mixture"]
COMPONENTS, FEWEST, WIDE = 10, 5, 64
"""Of the mixture: fewer where each would have less than FEWEST codes, and without covariances of wider codes."""
SEARCHED = 250_000_000
"""Numbers in the training images among which the nearest is looked for: all of 60,000 small ones, fewer large ones."""
SEARCH_CHUNK = 2_000


@dataclass(frozen=True, eq=False)
class Samples:
    """Images drawn from the space of codes."""

    images: Floats
    """[N, C, H, W]."""
    nearest: Floats
    """The training image that differs least from each, [N, C, H, W]."""
    distances: Floats
    """Mean squared error per pixel between the two, [N]."""
    searched: int
    """Training images that were compared, the first ones."""
    codes: Floats
    """That were decoded, [N, K]."""
    unseen: Floats
    """Mean squared error per pixel between as many held-out images, or all, and the nearest of training to each."""


def samples(
    model: Model, dataset: Dataset, source: Source, count: int, seed: int = 0, report: Report = unheard
) -> Samples:
    """Decodes codes from the prior, from a normal distribution with the mean and covariance of all codes, or from a
    mixture of normal distributions fitted to them.

    Raises: ProbeError where the code has no prior, or is not trained yet.
    """
    if source == "prior":
        found = model.prior(count, seed)
        if found is None:
            raise ProbeError(
                "The code of this model has no prior to draw from; draw from the codes of its images instead."
            )
    else:
        codes = codes_of(model, dataset, most=5_000)
        found = torch.from_numpy((normal if source == "posterior" else mixture)(codes.codes, count, seed))
    drawn = model.decode(found)
    held_out = to_float(dataset.held_out.images.gather(torch.arange(min(count, len(dataset.held_out)))))
    places, distances, searched = _nearest(torch.cat([drawn.float(), held_out]), dataset, report)
    near = to_float(dataset.train.images.gather(places[:count]))
    return Samples(
        drawn.float().numpy(),
        near.numpy(),
        distances[:count].numpy(),
        searched,
        found.flatten(1).numpy(),
        distances[count:].numpy(),
    )


def normal(codes: Floats, count: int, seed: int) -> Floats:
    """Codes [count, K] from the normal distribution with the mean and covariance of these [N, K]."""
    random = np.random.default_rng(seed)
    mean = codes.mean(0)
    _, sizes, rows = np.linalg.svd((codes - mean) / max(1, len(codes) - 1) ** 0.5, full_matrices=False)
    found: Floats = (mean + (random.normal(size=(count, len(sizes))) * sizes) @ rows).astype(np.float32)
    return found


def mixture(codes: Floats, count: int, seed: int) -> Floats:
    """Codes [count, K] from a mixture of COMPONENTS normal distributions, or fewer, fitted to these [N, K]: each with
    a covariance of its own, of wide codes with variances alone.

    Source: Dempster, Laird, Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.
    """
    from sklearn.exceptions import ConvergenceWarning  # takes its time to import
    from sklearn.mixture import GaussianMixture

    components = max(1, min(COMPONENTS, len(codes) // FEWEST))
    fitted = GaussianMixture(
        components,
        covariance_type="full" if codes.shape[1] <= WIDE else "diag",
        reg_covar=1e-6 + 1e-4 * float(codes.var(0).mean()),
        init_params="k-means++",
        max_iter=50,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # draws need no last digits
        fitted.fit(codes.astype(np.float64))  # or covariances are not quite symmetric
    drawn = np.random.default_rng(seed).permutation(fitted.sample(count)[0])
    found: Floats = drawn.astype(np.float32)
    return found


def _nearest(images: torch.Tensor, dataset: Dataset, report: Report) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Places of the nearest training images [N] and how far they are [N]."""
    store, wanted = dataset.train.images, images.flatten(1)
    searched = min(max(1, SEARCHED // wanted.shape[1]), len(store))
    best = torch.full((len(wanted),), torch.inf)
    places = torch.zeros(len(wanted), dtype=torch.int64)
    for start in range(0, searched, SEARCH_CHUNK):
        report(say("Comparing with images of training"), start / searched)
        some = to_float(store.gather(torch.arange(start, min(start + SEARCH_CHUNK, searched)))).flatten(1)
        distances, index = (torch.cdist(wanted, some).square() / wanted.shape[1]).min(1)
        closer = distances < best
        best, places = torch.where(closer, distances, best), torch.where(closer, index + start, places)
    return places, best, searched
