"""Reads one thing of each of several runs in the background; what nobody wants any more is given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from aestudio.core.ground.errors import StudioError, reason
from aestudio.core.library.catalogue import Library
from aestudio.qt.worker import ThreadJob

Read = Callable[[Library, int], Any]


class Reader(QObject):
    """One question at a time, the newest wins: answers to an older one are dropped.

    The work opens the library anew, as a Library belongs to one thread.
    """

    answered = Signal(int, object)
    """A run's number and what was read of it."""
    refused = Signal(int, str)
    """A run's number and why it could not be read, in words."""
    ended = Signal()
    """The newest question is answered whole."""
    _said = Signal(int, int, object, str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        """`name` is the thread's."""
        super().__init__(parent)
        self._name = name
        self._generation = 0
        self._job: ThreadJob | None = None
        self._next: tuple[Path, Sequence[int], Read] | None = None
        self._link: list[Reader] = []
        self._said.connect(self._hear)

    def ask(self, folder: Path, numbers: Sequence[int], read: Read) -> None:
        """Calls `read(library, number)` for each run; what was asked before is given up between two runs."""
        self._generation += 1
        self._next = (folder, numbers, read)
        if self._job is None:
            self._start()

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self._generation += 1
        self._next = None

    @property
    def busy(self) -> bool:
        """Whether there are answers to come."""
        return self._next is not None or self._job is not None

    def close(self, seconds: float) -> bool:
        """Gives up and waits; False where the work would not stop in time."""
        self.forget()
        return self._job is None or self._job.wait(seconds)

    def _start(self) -> None:
        assert self._next is not None
        (folder, numbers, read), self._next = self._next, None
        generation = self._generation
        # The job is this object's child: were it to hold the last reference, both would be deleted by the other.
        self._link = link = [self]

        def work() -> None:
            reader = link[0]
            with Library(folder) as library:
                for number in numbers:
                    if generation != reader._generation:
                        return
                    try:
                        answer, problem = read(library, number), ""
                    except (StudioError, RuntimeError, MemoryError) as error:
                        answer, problem = None, str(reason(error))
                    reader._said.emit(generation, number, answer, problem)

        self._job = ThreadJob(work, self._name, self, niceness=5)
        self._job.ended.connect(self._end)
        self._job.start()

    @Slot(int, int, object, str)
    def _hear(self, generation: int, number: int, answer: object, problem: str) -> None:
        if generation != self._generation:
            return
        if problem:
            self.refused.emit(number, problem)
        else:
            self.answered.emit(number, answer)

    @Slot()
    def _end(self) -> None:
        job, self._job = self._job, None
        self._link.clear()
        error = job.error if job is not None else None
        if job is not None:
            job.deleteLater()
        if self._next is not None:
            self._start()
            return
        if error is not None:
            self.refused.emit(0, str(reason(error)))
        self.ended.emit()
