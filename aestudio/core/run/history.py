"""What a run has said so far, as arrays: every loss point, where its phases began, its scores. CSV and JSON of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.run.events import Changed, Evaluated, Event, Floats, Progress

Steps = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Curves:
    """The history of one run, in the order in which it happened."""

    names: tuple[str, ...] = ()
    """The terms of the objective, `reconstruction` first."""
    steps: Steps = field(default_factory=lambda: np.zeros(0, np.int64))
    """[S], rising."""
    terms: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """Raw terms [S, names]."""
    weights: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """The weight each term had at that step [S, names]."""
    phases: tuple[tuple[int, str], ...] = ()
    """The first step of each phase, and its name."""
    evaluations: tuple[Evaluated, ...] = ()
    changes: tuple[Changed, ...] = ()
    """Where live settings were changed."""

    @property
    def weighted(self) -> Floats:
        """Terms as they enter the objective [S, names]."""
        return self.terms * self.weights

    @property
    def objective(self) -> Floats:
        """Σ weight × term [S]."""
        total: Floats = self.weighted.sum(1)
        return total

    def held_out(self) -> tuple[Evaluated, ...]:
        """The scores of the held-out split."""
        return tuple(one for one in self.evaluations if one.split == "held-out")

    def scores_at(self, step: int) -> dict[str, float]:
        """The held-out scores of the weights after a step, where they were taken. An untrained network lends none."""
        found = [one.scores for one in self.held_out() if one.step == step] if step else []
        return dict(found[-1]) if found else {}

    def thinned(self, most: int) -> Curves:
        """At most so many points and evaluations, evenly spaced, the first and the last among them."""
        points, scores = _spread(len(self.steps), most), _spread(len(self.evaluations), most)
        return replace(
            self,
            steps=self.steps[points],
            terms=self.terms[points],
            weights=self.weights[points],
            evaluations=tuple(self.evaluations[index] for index in scores),
        )

    def until(self, step: int) -> Curves:
        """What had happened by then."""
        points = self.steps <= step
        return replace(
            self,
            steps=self.steps[points],
            terms=self.terms[points],
            weights=self.weights[points],
            phases=tuple(phase for phase in self.phases if phase[0] <= step),
            evaluations=tuple(one for one in self.evaluations if one.step <= step),
            changes=tuple(one for one in self.changes if one.step <= step),
        )

    # -- files ---------------------------------------------------------------------------------------------------------

    def to_csv(self) -> str:
        """A row for every step: raw terms, each term's weight, and the objective."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["step", "phase", *self.names, *(f"weight of {name}" for name in self.names), "objective"])
        phases = [self.phase_of(step) for step in self.steps.tolist()]
        for step, phase, terms, weights, objective in zip(
            self.steps.tolist(),
            phases,
            self.terms.tolist(),
            self.weights.tolist(),
            self.objective.tolist(),
            strict=True,
        ):
            rows.writerow([step, phase, *(f"{value:.7g}" for value in (*terms, *weights, objective))])
        return out.getvalue()

    def phase_of(self, step: int) -> str:
        """The name of the phase that a step belongs to."""
        return next((name for first, name in reversed(self.phases) if first <= step), "")

    def to_json(self) -> str:
        """Everything; seven digits of a number, which is what float32 holds."""
        return json.dumps(
            {
                "names": self.names,
                "steps": self.steps.tolist(),
                "terms": _rounded(self.terms),
                "weights": _rounded(self.weights),
                "phases": self.phases,
                "evaluations": [
                    [e.step, e.epoch, e.split, e.phase, _short(e.terms), _short(e.weighted), _short(e.scores)]
                    for e in self.evaluations
                ],
                "changes": [[one.step, one.values] for one in self.changes],
            },
            separators=(",", ":"),
        )

    @staticmethod
    def from_json(text: str) -> Curves:
        """Raises: ValueError (also KeyError, TypeError) where the text holds something else."""
        said: dict[str, Any] = json.loads(text)
        names = tuple(str(name) for name in said["names"])
        steps = np.asarray(said["steps"], np.int64).reshape(-1)
        size = (len(steps), len(names))
        return Curves(
            names,
            steps,
            np.asarray(said["terms"], np.float32).reshape(size),
            np.asarray(said["weights"], np.float32).reshape(size),
            tuple((int(step), str(name)) for step, name in said["phases"]),
            tuple(evaluation(*one) for one in said["evaluations"]),
            tuple(change(*one) for one in said.get("changes", ())),  # files of 0.1.0 have none
        )


def evaluation(
    step: int,
    epoch: int,
    split: str,
    phase: str,
    terms: dict[str, float],
    weighted: dict[str, float],
    scores: dict[str, float],
) -> Evaluated:
    """An Evaluated from plain values, its objective worked out. Raises ValueError for a split that there is not."""
    if split not in ("train", "held-out"):
        raise ValueError(f"there is no split {split!r}")
    which: Any = split
    raw, entering, measured = (
        {str(name): float(value) for name, value in held.items()} for held in (terms, weighted, scores)
    )
    return Evaluated(int(step), int(epoch), which, str(phase), raw, entering, sum(entering.values()), measured)


def change(step: int, values: dict[str, Any]) -> Changed:
    """A Changed from plain values. Raises ValueError for values that are not pairs."""
    pairs = ((str(path), tuple(pair)) for path, pair in values.items())
    return Changed(int(step), {path: (before, after) for path, (before, after) in pairs})


class CurveRecorder:
    """Listens to a run's events and can tell its Curves at any moment."""

    def __init__(self, before: Curves | None = None) -> None:
        """`before` is what a training that goes on has said already."""
        self._names: tuple[str, ...] = ()
        self._progress: list[Progress] = []
        self._phases: list[tuple[int, str]] = []
        self._evaluations: list[Evaluated] = []
        self._changes: list[Changed] = []
        for event in events(before) if before else ():
            self.read(event)

    def read(self, event: Event) -> None:
        """Takes in what belongs to the curves."""
        match event:
            case Progress():
                self._names = event.names
                if not self._phases or self._phases[-1][1] != event.phase:
                    self._phases.append((event.first_step, event.phase))
                self._progress.append(event)
            case Evaluated():
                self._evaluations.append(event)
            case Changed():
                self._changes.append(event)
            case _:
                pass

    def held_out(self) -> tuple[Evaluated, ...]:
        """The scores of the held-out split so far, without the points."""
        return Curves(evaluations=tuple(self._evaluations)).held_out()

    def curves(self) -> Curves:
        """All that was heard so far."""
        if not self._progress:
            return Curves(evaluations=tuple(self._evaluations), changes=tuple(self._changes))
        return Curves(
            self._names,
            np.concatenate([np.arange(p.first_step, p.first_step + len(p.terms)) for p in self._progress]),
            np.concatenate([p.terms for p in self._progress]),
            np.concatenate([p.weights for p in self._progress]),
            tuple(self._phases),
            tuple(self._evaluations),
            tuple(self._changes),
        )


def events(curves: Curves) -> Iterator[Progress | Evaluated | Changed]:
    """The curves as the stream that made them, for a reader that starts late: points without gaps, then the rest."""
    begins = {first for first, _ in curves.phases}
    jumps = np.flatnonzero(np.diff(curves.steps) != 1) + 1
    starts = sorted({0, *jumps.tolist(), *np.searchsorted(curves.steps, sorted(begins)).tolist()})
    for start, end in pairwise([*starts, len(curves.steps)]):
        if end > start:
            first = int(curves.steps[start])
            terms, weights = curves.terms[start:end], curves.weights[start:end]
            yield Progress(first, 0.0, 0, curves.phase_of(first), curves.names, terms, weights, 0.0, 0.0)
    yield from curves.evaluations
    yield from curves.changes


def _spread(count: int, most: int) -> list[int]:
    """Evenly spaced indices, ends included."""
    if count <= most:
        return list(range(count))
    return sorted(set(np.linspace(0, count - 1, most).round().astype(int).tolist()))


def _rounded(values: Floats) -> list[list[float]]:
    return [[float(f"{value:.7g}") for value in row] for row in values.tolist()]


def _short(values: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.7g}") for name, value in values.items()}
