"""The settings of a document, and as they were before, to be gone back to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text
from aestudio.core.run.budget import epochs, fitted, fitting
from aestudio.core.run.run import Run, differences

TOGETHER = 1.0
"""Seconds within which changes of one setting are one change: a line that is dragged gives many."""
MOST = 200
"""So many changes can be undone."""


@dataclass(frozen=True)
class _State:
    run: Run
    origin: Run


class Settings:
    """A run, what it started from, and two stacks of what both were."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._now = _State(Run(), Run())
        self._before: list[_State] = []
        self._after: list[_State] = []
        self._clock = clock
        self._path, self._when = "", 0.0
        self.fitted: dict[str, float] = {}
        """What was fitted to the images, by the paths of its settings."""

    @property
    def run(self) -> Run:
        return self._now.run

    @property
    def origin(self) -> Run:
        """The recipe or opened model that the settings started from."""
        return self._now.origin

    # -- changes -------------------------------------------------------------------------------------------------------

    def with_value(self, path: str, value: Any, *, running: bool, shape: Shape | None) -> Run:
        """The run with another value of one setting; `running`: of a live one, and fitting images of this shape.

        Raises: RunError where there is no such setting or value, or where it cannot be now.
        """
        changed = self.run.with_value(path, value)
        if running and not changed.knob(path).live:
            raise RunError(
                "{setting} cannot change while training; stop the training first.",
                setting=Text(changed.knob(path).label),
            )
        if running and shape is not None:
            changed.check(shape)
        return changed

    def change(self, run: Run, path: str = "", origin: Run | None = None) -> None:
        """Other settings; of one setting where a path is given. What was undone cannot be redone."""
        state = _State(run, self.origin if origin is None else origin)
        if state == self._now:
            return
        now = self._clock()
        same = bool(path) and path == self._path and now - self._when < TOGETHER and bool(self._before)
        if not same:
            self._before = [*self._before, self._now][-MOST:]
        self._after, self._now = [], state
        self._path, self._when = path, now

    def fit(self, dataset: Dataset) -> bool:
        """Epochs that nobody has chosen take as many steps of these images as the recipe's of its own, weights count
        as much beside their pixels, and they bear the learning rate; all belong to the last change. False where they
        are so already.
        """
        recipe, now = fitting(self.origin), fitting(self.run)
        anew = fitting(fitted(self.origin, self.origin, dataset))  # what comes to the same was not chosen
        chosen = {
            path
            for path, value in now.items()
            if value not in (recipe.get(path), self.fitted.get(path), anew.get(path))
        }
        if chosen & epochs(self.run).keys():
            chosen |= epochs(self.run).keys()
        made = fitted(self.run, self.origin, dataset, chosen)
        self.fitted = {path: value for path, value in fitting(made).items() if path not in chosen}
        if made == self.run:
            return False
        self._now = _State(made, self.origin)
        return True

    def open(self, run: Run, origin: Run | None = None) -> None:
        """Something else was opened, which started from `origin`: nothing can be undone or redone."""
        self._now = _State(run, run if origin is None else origin)
        self._before, self._after, self._path = [], [], ""

    # -- and back ------------------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)

    def undo(self, *, running: bool) -> None:
        """As before the last change. Raises: RunError where there is none, or it was of a setting that is not live."""
        if not self._before:
            raise RunError("There is no change of the settings to undo.")
        self._go(self._before, self._after, running)

    def redo(self, *, running: bool) -> None:
        """As before the last undo. Raises: as undo."""
        if not self._after:
            raise RunError("There is nothing to redo.")
        self._go(self._after, self._before, running)

    def _go(self, there: list[_State], back: list[_State], running: bool) -> None:
        if running and not _differ_live(self.run, there[-1].run):
            raise RunError("The last change is of a setting that cannot change while training; stop it first.")
        back.append(self._now)
        self._now = there.pop()
        self._path = ""


def _differ_live(one: Run, other: Run) -> bool:
    """Whether only what may change while training tells two runs apart."""
    if [penalty.kind for penalty in one.penalties] != [penalty.kind for penalty in other.penalties]:
        return False
    return all(not path.endswith("kind") and other.knob(path).live for path in differences(one, other))
