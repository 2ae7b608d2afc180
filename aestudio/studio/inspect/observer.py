"""Takes one measure at a time in the background; the newest wish wins, answers to older ones are dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

from aestudio.core.ground.compute import use_threads
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.studio.background import Start, plain_thread
from aestudio.studio.errand import Doing, Errand, Over
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.measuring import Measure


class Stopwatch:
    """How long one measure has taken, less what was done aside."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._aside = 0.0

    def seconds(self) -> float:
        return monotonic() - self._began - self._aside

    def leave_out(self, seconds: float) -> None:
        """So much of it is not needed next time."""
        self._aside += seconds


_here = threading.local()


@contextmanager
def aside() -> Iterator[None]:
    """What is measured within is kept and not measured again: it says nothing of how long the next measure takes."""
    began = monotonic()
    try:
        yield
    finally:
        watch: Stopwatch | None = getattr(_here, "watch", None)
        if watch is not None:
            watch.leave_out(monotonic() - began)


@dataclass(frozen=True, eq=False)
class Found:
    """What the measure returned, and of which snapshot."""

    found: Any
    subject: Examined


@dataclass(frozen=True)
class Refused:
    """Why it could not be taken, in words."""

    problem: str


@dataclass(frozen=True)
class Rested:
    """Nothing is being measured any more."""


Observed = Doing | Found | Refused | Rested


class Observer:
    """Measures what it was last asked to."""

    def __init__(self, start: Start = plain_thread, wake: Callable[[], None] = lambda: None) -> None:
        """`start` begins work in the background; `wake` is called when there will be something to take."""
        self._errand, self._wake = Errand(start), wake
        self._subject: Examined | None = None
        self.waiting: tuple[Measure, Examined, bool] | None = None
        self._wanted = False
        self._watch = Stopwatch()
        self.seconds = 0.0
        """How long the last measure took, without what was done aside."""

    @property
    def busy(self) -> bool:
        return self._errand.running

    def observe(self, measure: Measure, subject: Examined, *, alone: bool) -> None:
        """Begins at once, or as soon as the measure under way has noticed that nobody wants it any more.

        `alone` says that no training goes on: the measure then has all processors, else one of them.
        """
        if self.busy:
            self.waiting, self._wanted = (measure, subject, alone), False
            self._errand.cancel()
            return
        self.waiting, self._subject, self._wanted = None, subject, True
        self._watch = Stopwatch()
        self._errand.begin(partial(_taken, measure, subject, alone, self._watch), say("Measuring"))
        self._wake()

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self.waiting, self._wanted = None, False
        self._errand.cancel()

    def close(self, seconds: float) -> bool:
        """Gives up and waits; False where the measure would not stop in time."""
        self.forget()
        return self._errand.close(seconds)

    def take(self) -> list[Observed]:
        """What has come since the last time; Rested is the last."""
        told: list[Observed] = []
        for one in self._errand.take():
            match one:
                case Doing():
                    told.append(one)
                case Over(found, problem):
                    told += self._end(found, problem)
        return told

    def _end(self, found: object, problem: str) -> list[Observed]:
        self.seconds = self._watch.seconds()
        subject, wanted = self._subject, self._wanted
        self._subject = None
        if self.waiting is not None:
            measure, newer, alone = self.waiting
            self.observe(measure, newer, alone=alone)
            return []
        if subject is None or not wanted:
            return [Rested()]
        return [Refused(problem) if problem else Found(found, subject), Rested()]


def _taken(
    measure: Callable[[Examined, Report], object], subject: Examined, alone: bool, watch: Stopwatch, report: Report
) -> object:
    _here.watch = watch  # as the number of processors below: of this thread
    if not alone:
        use_threads(1)  # of this thread, which is over with the measure
    return measure(subject, report)
