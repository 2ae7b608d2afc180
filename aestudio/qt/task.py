"""One piece of work in the background that says how far it is and can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Flag

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.ground.errors import Cancelled, StudioError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.qt.worker import ThreadJob

TICK_MS = 100


class Task(QObject):
    """Runs `work(report)` on a thread of its own, one at a time; `said` and `ended` come in the thread that made it."""

    said = Signal(str, float)
    """What is being done and the fraction done, negative where unknown."""
    ended = Signal(object, str)
    """What the work returned, or None and why there is nothing, in words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: ThreadJob | None = None
        self._name = ""
        self._result: object = None
        self._flag = Flag()
        self._doing: tuple[str, float] = ("", -1.0)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._say)

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def cancelled(self) -> bool:
        """Whether the last work was asked to give up, in time or not."""
        return self._flag.is_set()

    def start(self, work: Callable[[Report], object], name: str) -> None:
        """`name` says what it is, as the beginning of a sentence: `Loading MNIST`. The work before must be over."""
        self._name, self._result, self._doing = name, None, (name, -1.0)
        self._flag = flag = Flag()

        def report(doing: str, fraction: float | None) -> None:
            if flag.is_set():
                raise Cancelled("{name} was cancelled.", name=name)
            self._doing = (doing, -1.0 if fraction is None else fraction)

        def run() -> None:
            self._result = work(report)

        self._job = ThreadJob(run, name, self, niceness=5)
        self._job.ended.connect(self._end)
        self._job.start()
        self._timer.start()
        self._say()

    def cancel(self) -> None:
        """Asks the work to give up; it does at its next report."""
        self._flag.set()

    def close(self, seconds: float) -> bool:
        """Cancels and waits; False where the work would not stop in time."""
        self.cancel()
        self._timer.stop()
        return self._job is None or self._job.wait(seconds)

    @Slot()
    def _say(self) -> None:
        self.said.emit(*self._doing)

    @Slot()
    def _end(self) -> None:
        job, self._job = self._job, None
        self._timer.stop()
        error = job.error if job else None
        if job is not None:
            job.deleteLater()
        result, self._result = self._result, None
        if isinstance(error, StudioError):
            self.ended.emit(None, str(error))
        elif error is not None:
            self.ended.emit(None, say("{name} failed: {error}", name=self._name, error=error))
        else:
            self.ended.emit(result, "")
