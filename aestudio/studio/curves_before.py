"""The curves of another run, to be drawn behind those of the one that is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aestudio.core.run.history import Curves
from aestudio.studio.plot_arrays import Curve, Smoother, stretch_for, thin

TOTAL = "total"
"""What the sum of all terms goes by."""


class Before:
    """Another run's curves, smoothed alike."""

    def __init__(self, curves: Curves, beta: float, number: int | None = None) -> None:
        """`number` is that of a run that was chosen; None for the run before."""
        self.curves, self.beta, self.number = curves, beta, number
        self._x = curves.steps.astype(np.float64)
        self._y: dict[tuple[str, bool], NDArray[np.float32]] = {}
        self._thinned: dict[tuple[str, bool], tuple[tuple[int, bool], Curve]] = {}
        for weighted, terms in ((True, curves.weighted), (False, curves.terms)):
            rows = np.concatenate([terms, terms.sum(1, keepdims=True)], 1).T
            smooth = Smoother(len(rows), beta)(rows)
            self._y |= {(name, weighted): row for name, row in zip((*curves.names, TOTAL), smooth, strict=True)}

    def smoothed(self, beta: float) -> Before:
        """The same run, smoothed otherwise."""
        return self if beta == self.beta else Before(self.curves, beta, self.number)

    def curve(self, name: str, *, weighted: bool) -> Curve:
        """A term, or the total; empty where that run had no such term."""
        y = self._y.get((name, weighted))
        return (np.zeros(0), np.zeros(0)) if y is None else (self._x, y.astype(np.float64))

    def thinned(self, name: str, pixels: int, *, weighted: bool, log: bool) -> Curve:
        """All of it that is seen in so many pixels; made anew only where those are others."""
        how = stretch_for(len(self._x), pixels), log
        if (kept := self._thinned.get((name, weighted))) is None or kept[0] != how:
            x, y = self.curve(name, weighted=weighted)
            kept = how, thin(x, y, how[0], log=log)
            self._thinned[name, weighted] = kept
        return kept[1]
