"""The studio's background work on QThreads, and the pulse that takes in what it tells."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from aestudio.qt.worker import ThreadJob
from aestudio.studio.background import BackgroundWork

TICK_MS = 33


def qthread(work: Callable[[], None], name: str) -> BackgroundWork:
    """Begins work on a QThread of its own, a little behind the window in what it gets of the processor."""
    job = ThreadJob(work, name, niceness=5)
    job.start()
    return job


class Pulse(QObject):
    """Calls `tick` thirty times a second while there is something to take in, and rests else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tick: Callable[[], None] = lambda: None
        self._busy: Callable[[], bool] = lambda: False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._beat)

    def follow(self, tick: Callable[[], None], busy: Callable[[], bool]) -> None:
        """Whom to ask."""
        self._tick, self._busy = tick, busy

    def wake(self) -> None:
        """Something has begun."""
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def _beat(self) -> None:
        self._tick()
        if not self._busy():
            self._timer.stop()
