"""Codes of images whose factors are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aestudio.core.data.binarised import Binarised
from aestudio.core.data.dataset import ImageStore, KnownFactors, to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import CLEAN
from aestudio.core.parts.plan import Span
from aestudio.core.run.run import Run

CHUNK = 256
Codes = NDArray[np.float64]
Classes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Known:
    """N images as a code has them and as they are."""

    codes: Codes
    """[N, K]; of a code that is drawn, the mean."""
    factors: Classes
    """Which value each factor takes, [N, F], from 0; the values of one that is no category are in order."""
    names: Sequence[str]
    """Of the factors, in English."""
    categories: Sequence[bool]
    """Which factors have values without an order, such as the kind of a shape."""

    @property
    def informative(self) -> NDArray[np.bool_]:
        """Which numbers of the code are not the same for all images, [K]: the others say nothing of any factor."""
        spread: NDArray[np.bool_] = self.codes.std(0) > 1e-6 * max(1.0, float(np.abs(self.codes).max(initial=0.0)))
        return spread


def has_factors(store: ImageStore) -> bool:
    """Whether the factors of the images are known."""
    return knowing_of(store) is not None


@torch.no_grad()
def known(model: Autoencoder, run: Run, store: ImageStore, most: int = 10_000, encode: bool = True) -> Known:
    """The codes of up to so many evenly spaced images of a store on the model's device; without `encode` the pixels
    stand in their place.

    Raises: ProbeError where the factors of the images are not known.
    """
    knowing = knowing_of(store)
    if knowing is None:
        raise ProbeError(
            "Only of images whose factors are known can be said what the code makes of them: choose the data Shapes."
        )
    device = next(model.parameters()).device
    chosen = torch.linspace(0, len(store) - 1, min(most, len(store)), device=device).long()
    codes: list[Tensor] = []
    for index in torch.split(chosen, CHUNK):
        images = to_float(store.gather(index))
        seen = model.encode(run, images, Span(0, model.depth), CLEAN).latent.mean if encode else images
        codes.append(seen.flatten(1).cpu())
    factors = knowing.classes(chosen).cpu().numpy()
    return Known(torch.cat(codes).double().numpy(), factors, knowing.factor_names, knowing.categories)


def knowing_of(store: ImageStore) -> KnownFactors | None:
    """What knows of what each image of a store is, whatever its grey became; None where nothing does."""
    grey = store.grey if isinstance(store, Binarised) else store
    return grey if isinstance(grey, KnownFactors) else None
