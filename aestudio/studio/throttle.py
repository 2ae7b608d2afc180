"""How much what is drawn by itself is held back, so that a training keeps the processors."""

from __future__ import annotations

import time
from collections.abc import Callable

from aestudio.core.ground.cores import cores

SHARE = 0.015
"""Of all processors, that the thread which draws may take while a training goes on."""
EVERY = 1.0
"""Seconds over which it is measured."""
LONGEST = 8.0
"""Times that a pause is made longer at most: what is shown still moves."""


class Throttle:
    """Measures what the thread that calls `tick` takes of the processors; pauses between two drawings are made longer
    by `factor` where that is more than its share. A person who drags something meanwhile takes from it too.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        taken: Callable[[], float] = time.thread_time,
        processors: Callable[[], int] = cores,
    ) -> None:
        self.factor = 1.0
        self._clock, self._taken, self._processors = clock, taken, processors
        self._since = (clock(), taken())

    def tick(self) -> None:
        """Some thirty times a second, while a training goes on."""
        began, before = self._since
        now, taken = self._clock(), self._taken()
        seconds = now - began
        if seconds < EVERY:
            return
        self._since = now, taken
        if seconds < 2 * EVERY:  # else there was a rest, which says nothing of a training
            share = (taken - before) / seconds / self._processors()
            self.factor = min(max(self.factor * share / SHARE, 1.0), LONGEST)
