"""One piece of work on a QThread of its own."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal, Slot

from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.journal import LOG

_running: set[ThreadJob] = set()
"""Held here until they are over: a QThread that is destroyed while it runs aborts the process."""


def still_running() -> bool:
    """Whether some work would not stop."""
    return any(not job.over for job in _running)


class _Worker(QObject):
    """Lives in the thread. Whatever the work does, `ended` is sent, else the thread would run for ever."""

    ended = Signal()

    def __init__(self, work: Callable[[], None], niceness: int) -> None:
        super().__init__()
        self._work = work
        self._niceness = niceness
        self.error: BaseException | None = None
        self.over = False

    @Slot()
    def run(self) -> None:
        try:
            # On Linux alone a thread, and those it makes, can be nicer than its process.
            if self._niceness and sys.platform == "linux":
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
            self._work()
        except BaseException as error:  # kept for the owner, who asks for it in the window's thread
            self.error = error
            if not isinstance(error, StudioError):
                LOG.error("background", exc_info=error)
        finally:
            self.over = True
            self.ended.emit()


class ThreadJob(QObject):
    """Runs `work` in the background; `ended` comes in the thread that made the job. The work must know when to stop.

    `niceness` 5 for long computing: the window then answers sooner, at almost no cost in speed.
    """

    ended = Signal()

    def __init__(
        self, work: Callable[[], None], name: str, parent: QObject | None = None, *, niceness: int = 0
    ) -> None:
        super().__init__(parent)
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._worker = _Worker(work, niceness)
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.run)
        # To a slot of a QObject in this thread: a lambda would run in the worker's.
        self._worker.ended.connect(self._end)

    def start(self) -> None:
        _running.add(self)
        self._thread.start()

    @property
    def over(self) -> bool:
        """The work is done; its thread ends soon."""
        return self._worker.over

    @property
    def error(self) -> BaseException | None:
        """What the work raised."""
        return self._worker.error

    def wait(self, seconds: float) -> bool:
        """Blocks until the thread is over; False where it still runs after so many seconds."""
        self._thread.quit()
        over = self._thread.wait(int(seconds * 1000))
        if over:
            _running.discard(self)
        return over

    @Slot()
    def _end(self) -> None:
        self.wait(60)
        self.ended.emit()
