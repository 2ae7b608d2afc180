"""What is drawn of a run's history: its quantities as series, light enough to draw a dozen of."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aestudio.core.ground.texts import say
from aestudio.core.library.catalogue import Library
from aestudio.core.probes.measure import SCORES, title
from aestudio.core.run.history import Curves
from aestudio.core.run.words import title_of_term
from aestudio.studio.plot_arrays import Doubles, stretch_for, thin

OBJECTIVE = "objective"
COARSE = 20_000
"""Points from which on a wide view is drawn from a thinned copy; a narrow one still shows every step."""


@dataclass(frozen=True)
class Quantity:
    """Something that a run has a curve of."""

    kind: str
    """`objective`, `term` or `score`."""
    name: str

    @property
    def title(self) -> str:
        """As the chooser lists it."""
        if self.kind == "objective":
            return say("Objective")
        if self.kind == "score":
            return str(title(self.name))
        return str(title_of_term(self.name))


WHOLE = Quantity("objective", OBJECTIVE)


@dataclass(frozen=True, eq=False)
class Series:
    """One curve: steps, rising, and values, NaN where there is none."""

    steps: NDArray[np.float64]
    values: NDArray[np.float32]

    @cached_property
    def coarse(self) -> tuple[Doubles, Doubles]:
        """Thinned to some thousands of points, for views of all of it."""
        return thin(self.steps, self.values, stretch_for(len(self.steps), COARSE // 2))

    def within(self, left: float, right: float, pixels: int, *, log: bool) -> tuple[Doubles, Doubles]:
        """What a view from step `left` to `right` shows, about two points a pixel, with a point beyond each end."""
        steps: NDArray[np.float64] = self.steps
        values: NDArray[np.float64] | NDArray[np.float32] = self.values
        if np.searchsorted(steps, right) - np.searchsorted(steps, left) > COARSE:
            steps, values = self.coarse
        first = max(0, int(np.searchsorted(steps, left)) - 1)
        last = min(len(steps), int(np.searchsorted(steps, right, "right")) + 1)
        return thin(steps[first:last], values[first:last], stretch_for(last - first, pixels), log=log)

    def at(self, step: float) -> tuple[float, float] | None:
        """The point nearest to a step; None where there is none."""
        if not len(self.steps):
            return None
        index = int(np.clip(np.searchsorted(self.steps, step), 0, len(self.steps) - 1))
        if index and abs(self.steps[index - 1] - step) < abs(self.steps[index] - step):
            index -= 1
        return float(self.steps[index]), float(self.values[index])


def leads_on(x: Doubles) -> NDArray[np.bool_]:
    """Whether a line leads on from each point: not from the untrained network, nor where a phase begins anew."""
    leads = np.zeros(len(x), bool)
    leads[:-1] = (x[:-1] > 0) & (np.diff(x) > 0)
    return leads


NOTHING = Series(np.zeros(0), np.zeros(0, np.float32))


@dataclass(frozen=True, eq=False)
class History:
    """A run's curves, ready to draw."""

    train: dict[Quantity, Series]
    """At every step: the objective, and each term as it is, without its weight."""
    held_out: dict[Quantity, Series]
    """At every evaluation: the same, and the scores."""
    seconds: float = 0.0
    """What reading it took."""


def read(library: Library, number: int) -> History:
    """A run's history from the library, for `Reader`. Raises LibraryError."""
    for look_up in (title, title_of_term):  # they import torch the first time: the window would stand still for it
        look_up("")
    began = time.monotonic()
    made = history(library.curves(number))
    return replace(made, seconds=time.monotonic() - began)


def history(curves: Curves) -> History:
    """Everything that can be drawn of these curves; long ones are thinned here, away from the window's thread."""
    steps = curves.steps.astype(np.float64)
    train = {}
    if len(steps):
        train = {WHOLE: Series(steps, curves.objective)}
        for column, name in enumerate(curves.names):
            train[Quantity("term", name)] = Series(steps, np.ascontiguousarray(curves.terms[:, column]))
    told = curves.held_out()
    at = np.array([one.step for one in told], np.float64)
    held_out = {}
    if told:
        held_out = {WHOLE: Series(at, np.array([one.objective for one in told], np.float32))}
        for name in dict.fromkeys(name for one in told for name in one.terms):
            values = [one.terms.get(name, np.nan) for one in told]
            held_out[Quantity("term", name)] = Series(at, np.array(values, np.float32))
        for name in dict.fromkeys(name for one in told for name in one.scores):
            values = [one.scores.get(name, np.nan) for one in told]
            held_out[Quantity("score", name)] = Series(at, np.array(values, np.float32))
    for series in train.values():
        if len(series.steps) > COARSE:
            _ = series.coarse
    return History(train, held_out)


def quantities(histories: Iterable[History]) -> list[Quantity]:
    """What any of them has: the objective, the terms, then the scores."""
    every = {one: None for history in histories for one in (*history.train, *history.held_out)}
    terms = [one for one in every if one.kind == "term"]
    scores = [one for one in every if one.kind == "score"]
    scores.sort(key=lambda one: list(SCORES).index(one.name) if one.name in SCORES else len(SCORES))
    return [WHOLE, *terms, *scores]
