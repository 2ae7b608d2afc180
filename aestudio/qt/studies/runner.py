"""Several trainings one after the other in the background, beside whatever else the window does."""

from __future__ import annotations

from collections import deque
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.ground.errors import StudioError
from aestudio.core.training.controls import Controls
from aestudio.qt.studies.study import Work
from aestudio.qt.worker import ThreadJob

TICK_MS = 100


class Runner(QObject):
    """Iterates one Work on a thread of its own; what it tells arrives in the window's thread, a batch a tick."""

    told = Signal(object)
    """list: everything since the last tick, oldest first."""
    ended = Signal(str)
    """It is over; why it broke off, in words, or nothing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: ThreadJob | None = None
        self._controls = Controls()
        self._waiting: deque[Any] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._drain)

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def stopped(self) -> bool:
        """Whether the person has stopped it."""
        return self._controls.stopped

    def start(self, work: Work) -> None:
        """The one before must be over."""
        self._controls = controls = Controls()
        controls.ask_for_preview()  # the loop then gives one at the end of every phase
        waiting: deque[Any] = deque()
        self._waiting = waiting

        def iterate() -> None:
            for one in work(controls):
                waiting.append(one)

        self._job = ThreadJob(iterate, "study", self, niceness=5)
        self._job.ended.connect(self._end)
        self._job.start()
        self._timer.start()

    def stop(self) -> None:
        """Ends it after the running step; what has been found stays."""
        self._controls.stop()

    def close(self, seconds: float) -> bool:
        """Stops and waits; False where it would not stop in time."""
        self.stop()
        self._timer.stop()
        return self._job is None or self._job.wait(seconds)

    @Slot()
    def _drain(self) -> None:
        batch = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        if batch:
            self.told.emit(batch)

    @Slot()
    def _end(self) -> None:
        self._drain()
        self._timer.stop()
        job, self._job = self._job, None
        error = job.error if job else None
        if job is not None:
            job.deleteLater()
        if error is None:
            self.ended.emit("")
        else:
            self.ended.emit(str(error) if isinstance(error, StudioError) else f"The study ended unexpectedly: {error}")
