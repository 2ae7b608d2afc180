"""Edge detectors among the filters."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import numpy as np

from aestudio.core.parts.stages import Layer
from aestudio.core.probes.filters import as_images
from aestudio.core.probes.gabors import GOOD, Grid, shows_an_edge
from aestudio.core.probes.measure import Looked, Measure

LARGEST = 12
"""Height and width of the largest filters that are compared with Gabors of every kind."""


class Edges(Measure):
    """The share of the first layer's filters of which an oriented Gabor function explains 60 % of the variance, with
    at least half a period of its wave inside of the patch. Gabors of a grid are tried and not refined, so that some
    filters that an exact fit would count are left out. Grey square filters of up to 12×12 pixels.
    """

    kind: ClassVar[str] = "edges"
    title: ClassVar[str] = "Edge detectors among the filters"
    about: ClassVar[str] = "The share of filters that look like an edge: a short wave with a direction."
    is_share: ClassVar[bool] = True
    source: ClassVar[str] = "Olshausen, Field (1996); Jones, Palmer (1987) for the Gabor fits"

    @cached_property
    def _grid(self) -> Grid:
        return Grid(self.dataset.shape[2])

    @cached_property
    def _edges(self) -> list[bool]:
        return [shows_an_edge(one, self._grid.size) for one in self._grid.parameters]

    def __call__(self, looked: Looked) -> float | None:
        stage, shape = looked.model.span(0, 1)[0], self.dataset.shape
        if not isinstance(stage, Layer) or shape[0] != 1 or not 3 < shape[1] == shape[2] <= LARGEST:
            return None
        weights = as_images(stage, *next(stage.by_unit())).detach().cpu().double().flatten(1).numpy()
        if weights.shape[1] != shape[1] * shape[2]:
            return None  # a convolution's kernels
        shares = self._grid.shares(weights)  # [F, G]
        best = shares.argmax(1)
        found = (shares.max(1) >= GOOD) & np.array(self._edges)[best]
        return float(found.mean())
