"""Settings as they were, to be gone back to."""

from __future__ import annotations

import time
from collections.abc import Callable

from aestudio.core.run.run import Run

TOGETHER = 1.0
"""Seconds within which changes of one setting are one change: a line that is dragged gives many."""
MOST = 200
"""So many changes can be undone."""


class Undo:
    """Two stacks of runs. Whoever changes the settings says how they were before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._before: list[Run] = []
        self._after: list[Run] = []
        self._path, self._when = "", 0.0

    def changed(self, before: Run, path: str = "") -> None:
        """The settings are no longer `before`; one setting where a path is given. What was undone cannot be redone."""
        now = self._clock()
        same = bool(path) and path == self._path and now - self._when < TOGETHER and bool(self._before)
        if not same:
            self._before = [*self._before, before][-MOST:]
        self._after = []
        self._path, self._when = path, now

    @property
    def before(self) -> Run | None:
        """The settings that undoing would bring back."""
        return self._before[-1] if self._before else None

    @property
    def after(self) -> Run | None:
        """The settings that redoing would bring back."""
        return self._after[-1] if self._after else None

    def undo(self, now: Run) -> None:
        """The settings are `before` again; they were `now`."""
        self._before.pop()
        self._after.append(now)
        self._path = ""

    def redo(self, now: Run) -> None:
        """The settings are `after` again; they were `now`."""
        self._after.pop()
        self._before.append(now)
        self._path = ""

    def forget(self) -> None:
        """Nothing can be undone or redone: something else was opened."""
        self._before, self._after, self._path = [], [], ""
