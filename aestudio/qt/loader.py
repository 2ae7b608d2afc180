"""Loads data sets in the background, one at a time; the newest wish wins."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from aestudio.core.data.source import Data
from aestudio.qt.task import Task


class Loader(QObject):
    """Loads what it was last asked for; a load that is under way when another is asked for is given up first."""

    said = Signal(str, float)
    """What is being done and the fraction done, negative where unknown."""
    ended = Signal(object, str)
    """The Dataset, or None and why there is none, in words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data: Data | None = None
        self._next: Data | None = None
        self._task = Task(self)
        self._task.said.connect(self.said)
        self._task.ended.connect(self._end)

    def load(self, data: Data) -> None:
        """Begins at once, or as soon as a load that is under way has noticed that nobody wants it any more."""
        if self._task.running:
            self._next = data
            self._task.cancel()
            return
        self._data, self._next = data, None
        self._task.start(data.load, f"Loading {data.title}")

    def cancel(self) -> None:
        """Gives up on what is being loaded."""
        self._task.cancel()

    def close(self, seconds: float) -> bool:
        """Stops for good; False where a load would not stop in time."""
        self._next = None
        return self._task.close(seconds)

    @Slot(object, str)
    def _end(self, loaded: object, problem: str) -> None:
        if self._next is not None:
            self.load(self._next)
        elif self._task.cancelled and not problem:  # it was done before it noticed
            title = self._data.title if self._data else "the data"
            self.ended.emit(None, f"Loading {title} was cancelled.")
        else:
            self.ended.emit(loaded, problem)
