"""Loads data sets in the background, one at a time; the newest wish wins."""

from __future__ import annotations

from threading import Event as Flag

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.dataset import Data, Dataset
from aestudio.core.errors import Cancelled, StudioError
from aestudio.qt.worker import Job

TICK_MS = 100


class Loader(QObject):
    """Loads what it was last asked for; a load that is under way when another is asked for is given up first."""

    said = Signal(str, float)
    """What is being done and the fraction done, negative where unknown."""
    ended = Signal(object, str)
    """The Dataset, or None and why there is none, in words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._data: Data | None = None
        self._next: Data | None = None
        self._loaded: Dataset | None = None
        self._cancelled = Flag()
        self._doing: tuple[str, float] = ("", -1.0)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._say)

    def load(self, data: Data) -> None:
        """Begins at once, or as soon as a load that is under way has noticed that nobody wants it any more."""
        if self._job is not None:
            self._next = data
            self._cancelled.set()
            return
        self._data, self._next, self._loaded = data, None, None
        self._cancelled = cancelled = Flag()
        self._doing = (f"Loading {data.title}", -1.0)

        def report(doing: str, fraction: float | None) -> None:
            if cancelled.is_set():
                raise Cancelled(f"Loading {data.title} was cancelled.")
            self._doing = (doing, -1.0 if fraction is None else fraction)

        def work() -> None:
            loaded = data.load(report)
            if not cancelled.is_set():
                self._loaded = loaded

        self._job = Job(work, "loading", self, niceness=5)
        self._job.ended.connect(self._end)
        self._job.start()
        self._timer.start()
        self._say()

    def cancel(self) -> None:
        """Gives up on what is being loaded."""
        self._cancelled.set()

    def close(self, seconds: float) -> bool:
        """Stops for good; False where a load would not stop in time."""
        self._next = None
        self._cancelled.set()
        self._timer.stop()
        return self._job is None or self._job.wait(seconds)

    @Slot()
    def _say(self) -> None:
        self.said.emit(*self._doing)

    @Slot()
    def _end(self) -> None:
        job, self._job = self._job, None
        error = job.error if job else None
        if job is not None:
            job.deleteLater()
        self._timer.stop()
        if self._next is not None:
            self.load(self._next)
            return
        title = self._data.title if self._data else "The data"
        problem = ""
        if isinstance(error, StudioError):
            problem = str(error)
        elif error is not None:
            problem = f"{title} could not be loaded: {error}"
        elif self._loaded is None:
            problem = f"Loading {title} was cancelled."
        loaded, self._loaded = self._loaded, None
        self.ended.emit(loaded, problem)
