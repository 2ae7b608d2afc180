"""The work of the desk: one piece at a time in the background, and what is wished for while it goes on."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.studio.background import Start
from aestudio.studio.denoise.desk_events import Busy, DeskEvent, Working
from aestudio.studio.errand import Doing, Errand, Over
from aestudio.studio.notice import Failed


class Kind(Enum):
    """Of a piece of work."""

    OPENING = "opening"
    """Pictures come to the desk; it is soon over."""
    LOOKING = "looking"
    """A picture is made ready to be cleaned; it is soon over."""
    LONG = "long"
    """Nobody is asked to wait for it without being told."""


class Work(ABC):
    """Tells how far it is; `tick` takes in what has come of it."""

    def __init__(self, start: Start, wake: Callable[[], None]) -> None:
        """`start` begins work in the background; `wake` is called when there will be something to take in."""
        self._errand, self._wake = Errand(start), wake
        self._readers: list[Callable[[DeskEvent], None]] = []
        self._then: Callable[[object], None] | None = None
        self._kind = Kind.LONG
        self._began = 0.0
        self._wishes: dict[object, Callable[[], None]] = {}
        """By what they are about."""

    def listen(self, reader: Callable[[DeskEvent], None]) -> None:
        """Tells all that becomes of the pictures, in the thread that ticks."""
        self._readers.append(reader)

    def _tell(self, event: DeskEvent) -> None:
        for reader in self._readers:
            reader(event)

    @property
    def running(self) -> bool:
        return self._errand.running

    @property
    def under_way(self) -> Kind | None:
        """What kind of work goes on."""
        return self._kind if self.running else None

    def cancel(self) -> None:
        """Gives up what is being done, and what was to come after it; results that are there stay."""
        self._wishes.clear()
        self._errand.cancel()

    def close(self, seconds: float) -> bool:
        """False where the work would not stop in time."""
        self._wishes.clear()
        return self._errand.close(seconds)

    def tick(self) -> None:
        """Takes in what has come from the background since the last time."""
        for told in self._errand.take():
            match told:
                case Doing(doing, fraction):
                    passed = time.monotonic() - self._began
                    known = fraction > 0.001 and passed > 1
                    self._tell(Working(doing, fraction, passed * (1 - fraction) / fraction if known else None))
                case Over(found, problem):
                    self._end(found, problem)
                case _:
                    self._take(told)

    @abstractmethod
    def _take(self, told: object) -> None:
        """Something that the work has posted."""

    @abstractmethod
    def _see_end(self, problem: str, *, cancelled: bool) -> None:
        """The work is over; why nothing came of it, or not all, is to be told."""

    def _can_start(self) -> bool:
        if self.running:
            self._tell(Failed(say("Something else is being done; wait for it, or cancel it first.")))
        return not self.running

    def _wish(self, about: object, begin: Callable[[], None]) -> None:
        """Begins when what goes on is over, in the place of an earlier wish about the same."""
        self._wishes.pop(about, None)
        self._wishes[about] = begin

    def _start(
        self,
        work: Callable[[Report], object],
        name: str,
        then: Callable[[object], None] | None = None,
        kind: Kind = Kind.LONG,
    ) -> None:
        """`name` says what it is, as the beginning of a sentence; `then` gets what it returns."""
        self._then, self._began, self._kind = then, time.monotonic(), kind
        self._errand.begin(work, name)
        self._wake()
        self._tell(Busy(True))

    def _end(self, found: object, problem: str) -> None:
        then, self._then = self._then, None
        cancelled = self._errand.cancelled
        self._tell(Busy(False))
        self._see_end(problem, cancelled=cancelled)
        if problem:
            self._wishes.clear()
        elif then is not None:
            then(found)
        while self._wishes and not self.running:
            self._wishes.pop(next(iter(self._wishes)))()
