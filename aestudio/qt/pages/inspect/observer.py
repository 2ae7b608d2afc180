"""Takes one measure at a time in the background; the newest wish wins, answers to older ones are dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from PySide6.QtCore import QObject, Signal, Slot

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.qt.pages.inspect.panel import Measure
from aestudio.qt.task import Task
from aestudio.studio.inspect.examined import Examined


class Stopwatch:
    """How long one measure has taken, less what was done aside."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._aside = 0.0

    def seconds(self) -> float:
        return time.monotonic() - self._began - self._aside

    def leave_out(self, seconds: float) -> None:
        """So much of it is not needed next time."""
        self._aside += seconds


_here = threading.local()


@contextmanager
def aside() -> Iterator[None]:
    """What is measured within is kept and not measured again: it says nothing of how long the next measure takes."""
    began = time.monotonic()
    try:
        yield
    finally:
        watch: Stopwatch | None = getattr(_here, "watch", None)
        if watch is not None:
            watch.leave_out(time.monotonic() - began)


class Observer(QObject):
    """Measures what it was last asked to; `found` and `refused` come in the thread that made it."""

    found = Signal(object, object)
    """What the measure returned, and the Examined."""
    refused = Signal(str)
    """Why it could not be taken, in words."""
    said = Signal(str, float)
    """What is being done and the fraction done, negative where unknown."""
    ended = Signal()
    """Nothing is being measured any more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task = Task(self)
        self._task.said.connect(self.said)
        self._task.ended.connect(self._end)
        self._subject: Examined | None = None
        self.waiting: tuple[Measure, Examined, bool] | None = None
        self._wanted = False
        self._watch = Stopwatch()
        self.seconds = 0.0
        """How long the last measure took, without what was done aside."""

    @property
    def busy(self) -> bool:
        return self._task.running

    def observe(self, measure: Measure, subject: Examined, *, alone: bool) -> None:
        """Begins at once, or as soon as the measure under way has noticed that nobody wants it any more.

        `alone` says that no training goes on: the measure then has all processors, else one of them.
        """
        if self._task.running:
            self.waiting, self._wanted = (measure, subject, alone), False
            self._task.cancel()
            return
        self.waiting, self._subject, self._wanted = None, subject, True
        self._watch = Stopwatch()
        self._task.start(partial(_taken, measure, subject, alone, self._watch), say("Measuring"))

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self.waiting, self._wanted = None, False
        self._task.cancel()

    def close(self, seconds: float) -> bool:
        """Gives up and waits; False where the measure would not stop in time."""
        self.forget()
        return self._task.close(seconds)

    @Slot(object, str)
    def _end(self, found: object, problem: str) -> None:
        self.seconds = self._watch.seconds()
        subject, wanted = self._subject, self._wanted
        self._subject = None
        if self.waiting is not None:
            measure, newer, alone = self.waiting
            self.observe(measure, newer, alone=alone)
            return
        if wanted and problem:
            self.refused.emit(problem)
        elif wanted:
            self.found.emit(found, subject)
        self.ended.emit()


def _taken(
    measure: Callable[[Examined, Report], object], subject: Examined, alone: bool, watch: Stopwatch, report: Report
) -> object:
    _here.watch = watch  # as the number of processors below: of this thread
    if not alone:
        torch.set_num_threads(1)  # of this thread, which is over with the measure
    return measure(subject, report)
