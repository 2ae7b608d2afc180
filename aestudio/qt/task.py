"""An errand of the studio's whose news come as signals."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from aestudio.core.ground.reports import Report
from aestudio.qt.threads import Pulse, qthread
from aestudio.studio.errand import Doing, Errand, Over


class Task(QObject):
    """Runs `work(report)` on a thread of its own, one at a time; `said` and `ended` come in the thread that made it."""

    said = Signal(str, float)
    """What is being done and the fraction done, negative where unknown."""
    ended = Signal(object, str)
    """What the work returned, or None and why there is nothing, in words."""

    def __init__(self, parent: QObject | None = None, *, asked_for: bool = False) -> None:
        """What was `asked_for` is not given up without a question."""
        super().__init__(parent)
        self.asked_for, self.name = asked_for, ""
        self._errand = Errand(qthread)
        self._pulse = Pulse(self)
        self._pulse.follow(self._take, lambda: self._errand.running)

    @property
    def running(self) -> bool:
        return self._errand.running

    @property
    def cancelled(self) -> bool:
        """Whether the last work was asked to give up, in time or not."""
        return self._errand.cancelled

    def start(self, work: Callable[[Report], object], name: str) -> None:
        """`name` says what it is, as the beginning of a sentence: `Loading MNIST`. The work before must be over."""
        self.name = name
        self._errand.begin(work, name)
        self._pulse.wake()
        self.said.emit(name, -1.0)

    def cancel(self) -> None:
        """Asks the work to give up; it does at its next report."""
        self._errand.cancel()

    def close(self, seconds: float) -> bool:
        """Cancels and waits; False where the work would not stop in time."""
        return self._errand.close(seconds)

    def _take(self) -> None:
        for told in self._errand.take():
            match told:
                case Doing(doing, fraction):
                    self.said.emit(doing, fraction)
                case Over(found, problem):
                    self.ended.emit(found, problem)
