"""The error that the best linear code of the same size leaves."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import ClassVar

from aestudio.core.probes.measure import Looked, Measure
from aestudio.core.probes.pca import PCA, pca

LARGEST = 1024
"""Most pixels or images, whichever are fewer: a second of work, once."""


class PCAFloor(Measure):
    """The mean squared error per pixel of held-out images behind as many principal components of the training images
    as the code has numbers.
    """

    kind: ClassVar[str] = "pca-floor"
    title: ClassVar[str] = "PCA of the same code size"
    about: ClassVar[str] = "The error that as many principal components of the training images leave."
    source: ClassVar[str] = "Baldi, Hornik (1989), Neural Networks and Principal Component Analysis"

    @cached_property
    def _pca(self) -> PCA | None:
        fits = min(prod(self.dataset.shape), len(self.dataset.train)) <= LARGEST
        return pca(self.dataset) if fits else None

    def __call__(self, looked: Looked) -> float | None:
        return None if self._pca is None else self._pca.floor(prod(looked.model.code_shape))[1]
