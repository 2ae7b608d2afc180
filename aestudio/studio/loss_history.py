"""What a training has said of its losses: every term at every step, smoothed too, and on held-out images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aestudio.core.ground.texts import say
from aestudio.studio.changes import SettingChange, merged
from aestudio.studio.plot_arrays import Curve, Growing, Smoother

NEAR = 0.03
"""Changes of one setting nearer to each other than this, of all steps, are one: a line was dragged."""


class LossHistory:
    """Rows are the terms in the order of their names, the last row is the total, Σ term × weight, in both readings:
    terms as they are and weighted, as they enter the objective. Losses are those of an image.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = tuple(names)
        self.phases: list[tuple[float, str]] = []
        """The first step of each, and its name."""
        self._changes: list[SettingChange] = []
        rows = len(self.names) + 1
        self._steps, self._held_out_steps = Growing(1, np.float64), Growing(1, np.float64, 256)
        self._trained = {weighted: Growing(rows) for weighted in (False, True)}
        self._held_out = {weighted: Growing(rows, capacity=256) for weighted in (False, True)}
        self.smooth_by(0.0, weighted=False)

    def __bool__(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.names) and bool(len(self._steps) or len(self._held_out_steps))

    # -- what comes in -------------------------------------------------------------------------------------------------

    def add_train(self, first_step: int, terms: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """One row a step [S, T], in the order of the names."""
        weighted = terms * weights
        total = weighted.sum(1, keepdims=True)
        self._steps.append(np.arange(first_step, first_step + len(terms), dtype=np.float64)[None])
        self._trained[False].append(np.concatenate([terms, total], 1).T)
        self._trained[True].append(np.concatenate([weighted, total], 1).T)

    def add_held_out(self, step: int, terms: Mapping[str, float], weighted: Mapping[str, float]) -> None:
        """Averages over the held-out images at one step; a term that is not said is not a number."""
        total = float(sum(weighted.values()))
        self._held_out_steps.append(np.array([[step]]))
        for kept, values in ((self._held_out[False], terms), (self._held_out[True], weighted)):
            kept.append(np.array([*(values.get(name, np.nan) for name in self.names), total])[:, None])

    def mark_change(self, step: int, setting: str, before: str, after: str) -> None:
        """After this step a setting became another; `setting` is what it is called."""
        self._changes.append(SettingChange(float(step), setting, before, after))

    def smooth_by(self, beta: float, *, weighted: bool) -> None:
        """The moving average from now on: its memory β, 0 for none, and of which reading it is."""
        rows = len(self.names) + 1
        self.beta, self._smoothed_weighted = beta, weighted
        self._smooth, self._smoother = Growing(rows), Smoother(rows, beta)

    # -- what can be asked ---------------------------------------------------------------------------------------------

    @property
    def steps(self) -> NDArray[np.float64]:
        """All that were told [S]."""
        found: NDArray[np.float64] = self._steps.values[0]
        return found

    @property
    def held_out_steps(self) -> NDArray[np.float64]:
        """Those after which held-out images were scored [E]."""
        found: NDArray[np.float64] = self._held_out_steps.values[0]
        return found

    def trained(self, row: int, *, weighted: bool) -> NDArray[np.float32]:
        """A term, or the total, at each step [S]."""
        found: NDArray[np.float32] = self._trained[weighted].values[row]
        return found

    def smoothed(self, row: int) -> NDArray[np.float32]:
        """Its moving average [S], in the reading that was asked for."""
        values = self._trained[self._smoothed_weighted].values
        if len(self._smooth) < values.shape[1]:
            self._smooth.append(self._smoother(values[:, len(self._smooth) :]))
        found: NDArray[np.float32] = self._smooth.values[row]
        return found

    def held_out(self, row: int, *, weighted: bool) -> Curve:
        """A term, or the total, on held-out images."""
        return self.held_out_steps, self._held_out[weighted].values[row].astype(np.float64)

    @property
    def begins(self) -> list[float]:
        """The first step of each phase."""
        return [step for step, _name in self.phases]

    def changes(self) -> list[tuple[float, str]]:
        """The step of each, and what is said of it; those of one setting that lie close are one."""
        near = NEAR * (self.steps[-1] if len(self._steps) else 0)
        return [(one.step, one.words()) for one in merged(self._changes, near)]

    def nearest(self, x: float) -> int:
        """Where the step that is nearest stands among all; there has to be one."""
        at = int(np.clip(np.searchsorted(self.steps, x), 0, len(self.steps) - 1))
        return at - 1 if at and abs(self.steps[at - 1] - x) < abs(self.steps[at] - x) else at

    def readings(self, at: int, rows: Sequence[int], *, weighted: bool) -> list[tuple[str, list[float]]]:
        """What is read off there, on training and on held-out images: which step it is, and a value for each row."""
        step = self.steps[at]
        smooth = self.beta > 0
        said = [
            (
                say("step {step:,}", step=int(step)),
                [float((self.smoothed(row) if smooth else self.trained(row, weighted=weighted))[at]) for row in rows],
            )
        ]
        if len(self.held_out_steps):
            nearest = int(np.abs(self.held_out_steps - step).argmin())
            said.append(
                (
                    say("held-out, step {step:,}", step=int(self.held_out_steps[nearest])),
                    [float(self.held_out(row, weighted=weighted)[1][nearest]) for row in rows],
                )
            )
        return said
