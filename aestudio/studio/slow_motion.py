"""Slow motion: single steps, one after the other, as many a second as a person can follow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from aestudio.core.run.events import Held
from aestudio.studio.events import StatusChanged, Told
from aestudio.studio.status import State

if TYPE_CHECKING:
    from aestudio.studio.comparison import Comparison
    from aestudio.studio.document import Document

SPEEDS = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, None)
"""Steps a second; None as quickly as it can, which is no slow motion any more."""


class SlowMotion:
    """Of one document. A training that goes on by itself, or ends, ends it."""

    def __init__(self, document: Document, clock: Callable[[], float] = time.monotonic) -> None:
        self._document, self._clock = document, clock
        self.trained: Document | Comparison = document
        """What takes the steps: the document, or both sides while it is compared."""
        self.speed: float | None = None
        """Steps a second; None where it is off."""
        self._due: float | None = None
        self._planned = 0.0
        """When the last step was to begin: steps keep to a timetable, whatever each of them takes."""
        document.listen(self._hear)

    def go(self, speed: float | None) -> None:
        """At this speed from now on: the training that is under way, or a new one. None: at full speed."""
        document = self._document
        if speed is None:
            self.rest()
            if document.status.state is not State.TRAINING:
                self.trained.train()
        elif self.speed is not None:
            self.speed = speed
        elif document.status.state is State.TRAINING:
            self.speed, self._planned = speed, self._clock()
            document.pause()  # it takes the next step when it holds
        else:
            self.speed, self._planned = speed, self._clock()
            self.trained.step()
            begun = document.status.running or document.status.state is State.LOADING
            self.speed = speed if begun else None

    def rest(self) -> None:
        """Off: the training holds."""
        self.speed = self._due = None

    def tick(self) -> None:
        """Takes a step where it is time for one."""
        if self._due is not None and self._clock() >= self._due and self._document.status.state is State.PAUSED:
            self._due = None
            self.trained.step()

    def held(self) -> None:
        """A step was taken: the next is planned, unless it is."""
        if self.speed is not None and self._due is None:
            pause, now = 1 / self.speed, self._clock()
            self._due = self._planned = max(self._planned + pause, now - pause)  # after a long step no burst

    def _hear(self, event: Told) -> None:
        match event:
            case Held():
                self.held()
            case StatusChanged(status) if status.state in (State.TRAINING, State.STOPPING, State.READY):
                self.rest()
