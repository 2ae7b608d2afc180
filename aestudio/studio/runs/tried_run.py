"""Runs tried on the same held-out images: what is computed for each, away from the window. No Qt here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aestudio.core.ground.decibels import psnr
from aestudio.core.ground.errors import LibraryError
from aestudio.core.ground.shapes import Shape
from aestudio.core.library.catalogue import Library
from aestudio.core.run.events import Floats
from aestudio.studio.runs.words import images

if TYPE_CHECKING:
    from torch import Tensor

SHOWN = 16
"""Images that every run is tried on."""


@dataclass(frozen=True, eq=False)
class TriedRun:
    """One run's model on the images [N, C, H, W] that all are tried on."""

    original: Floats
    corrupted: Floats | None
    """What its encoder was given; None where it corrupts nothing."""
    reconstructed: Floats
    psnr: float
    """Of all these images together, in dB."""


def trying(first: int) -> Callable[[Library, int], TriedRun]:
    """For `Reader`: tries a run on the held-out images of the run `first`, with that run's seed."""
    kept: list[tuple[Tensor, int]] = []

    def read(library: Library, number: int) -> TriedRun:
        from aestudio.core.data.dataset import to_float  # with torch, which is in when a run is tried

        if not kept:
            samples = library.samples(first)
            if samples is None:
                raise LibraryError("The first run has kept no held-out images.")
            kept.append((to_float(samples[:SHOWN]), library.summary(first).seed))
        originals, seed = kept[0]
        return try_run(library, number, originals, seed)

    return read


def try_run(library: Library, number: int, originals: Tensor, seed: int) -> TriedRun:
    """Raises: LibraryError, a sentence with the run's title, where it takes other images or has left no model."""
    channels, height, width = originals.shape[1:]
    shape: Shape = (channels, height, width)
    run = library.summary(number)
    if run.shape != shape:
        raise LibraryError(
            "“{title}” takes images of {own}; these are {others}.",
            title=run.named,
            own=images(run.shape),
            others=images(shape),
        )
    model = library.model(number).model()
    corrupted, _, made = model.try_on(originals, seed)
    mse = float((made - originals).square().mean())
    corrupts = not model.run.corruption.neutral
    return TriedRun(
        originals.numpy(),
        corrupted.numpy() if corrupts else None,
        made.numpy(),
        psnr(mse) if np.isfinite(mse) else float("nan"),
    )
