"""The curves of another run, to be drawn behind those of the one that is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aestudio.core.run.history import Curves
from aestudio.studio.plot_arrays import Curve, Smoother

TOTAL = "total"
"""What the sum of all terms goes by."""


class Before:
    """Another run's curves, smoothed alike."""

    def __init__(self, curves: Curves, beta: float) -> None:
        self.curves = curves
        self._x = curves.steps.astype(np.float64)
        self._y: dict[tuple[str, bool], NDArray[np.float32]] = {}
        for weighted, terms in ((True, curves.weighted), (False, curves.terms)):
            rows = np.concatenate([terms, terms.sum(1, keepdims=True)], 1).T
            smooth = Smoother(len(rows), beta)(rows)
            self._y |= {(name, weighted): row for name, row in zip((*curves.names, TOTAL), smooth, strict=True)}

    def curve(self, name: str, *, weighted: bool) -> Curve:
        """A term, or the total; empty where that run had no such term."""
        y = self._y.get((name, weighted))
        return (np.zeros(0), np.zeros(0)) if y is None else (self._x, y.astype(np.float64))
