"""Keeps a list of runs in step with a library that others write to, without ever holding up the window."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.ground.errors import BusyError, LibraryError
from aestudio.core.library import schema
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import Summary
from aestudio.qt.patient import QUICK

PAGE = 200
"""Runs that are read at once: about 5 ms."""
PAUSE_MS = 25
"""Between two pages."""
REST = 20
"""A walk through all runs is followed by a rest so many times as long as its reading took."""


class RunFeed(QObject):
    """All runs of a library, or all in its trash.

    The newest and those that train are read at each `refresh`; the others, which change seldom, page by page behind it.
    """

    changed = Signal(list)
    """list[Summary]: all runs, the newest first; some are new, told differently or gone."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library: Library | None = None
        self._trashed = False
        self._runs: dict[int, Summary] = {}
        self._seen = -1
        self._stale = False
        self._in_trouble = False
        self._held_since: float | None = None
        """Since when another program has held the library."""
        self._below: int | None = None
        self._walked, self.rested = 0.0, 0.0
        self.walking = QTimer(self)
        self.walking.setSingleShot(True)
        self.walking.setInterval(PAUSE_MS)
        self.walking.timeout.connect(self._walk)

    def load(self, library: Library | None, *, trashed: bool = False) -> None:
        """Reads everything, at once. Whatever happens, `changed` follows."""
        self.stop()
        self._library, self._trashed = library, trashed
        self._runs = {}
        try:
            if library is not None:
                with library.waiting(QUICK):
                    self._seen = library.changes()
                    self._runs = {run.id: run for run in library.runs(trashed=trashed)}
        except BusyError as error:
            self._complain(error)
        except LibraryError as error:
            self.failed.emit(str(error))
        self._tell()

    def stop(self) -> None:
        """Reads nothing more, and lets go of the library."""
        self.walking.stop()
        self._library, self._stale, self._in_trouble, self.rested = None, False, False, 0.0
        self._held_since = None

    @property
    def trashed(self) -> bool:
        """Whether it lists the trash."""
        return self._trashed

    def run(self, number: int) -> Summary | None:
        """As it was last read."""
        return self._runs.get(number)

    def runs(self) -> Iterable[Summary]:
        """All of them, as they were last read."""
        return self._runs.values()

    def poll(self) -> None:
        """Refreshes where another window or program has written something. Cheap: call it every second."""
        if self._library is None:
            return
        try:
            with self._library.waiting(QUICK):
                seen = self._library.changes()
        except LibraryError as error:
            self._complain(error)
            return
        if seen != self._seen:
            self.refresh()
        else:
            self._walk_soon()

    def refresh(self) -> None:
        """Reads what is likely to have changed now, the rest soon."""
        if self._library is None:
            return
        training = [run.id for run in self._runs.values() if run.state == "training"]
        try:
            with self._library.waiting(QUICK):
                self._seen = self._library.changes()
                told, below = self._read_page(None)
                told |= self._read(training)
        except LibraryError as error:
            self._complain(error)
            return
        self._in_trouble, self._held_since = False, None
        self._stale |= below is not None
        if told:
            self._tell()
        self._walk_soon()

    def reread(self, numbers: Iterable[int]) -> None:
        """Reads these runs again, which this window has changed."""
        if self._library is None:
            return
        try:
            with self._library.waiting(QUICK):
                told = self._read(numbers)
        except LibraryError as error:
            self._complain(error)
            return
        if told:
            self._tell()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _read(self, numbers: Iterable[int]) -> bool:
        """Whether any of these runs is not what it was."""
        assert self._library is not None
        told = False
        for number in numbers:
            page = self._library.runs(trashed=self._trashed, below=number + 1, most=1)
            told |= self._put(number, page[0] if page and page[0].id == number else None)
        return told

    def _put(self, number: int, now: Summary | None) -> bool:
        """Takes in what a run is now, None where it is gone; whether that is news."""
        before = self._runs.get(number)
        if now is None or (now.trashed is not None) != self._trashed:
            return self._runs.pop(number, None) is not None
        if before == now:
            return False
        self._runs[number] = now
        return True

    def _read_page(self, below: int | None) -> tuple[bool, int | None]:
        """Reads the next runs below a number, and forgets those that should be among them and are gone.

        Whether there was news, and below which number the next page begins; None after the last one.
        """
        assert self._library is not None
        page = self._library.runs(trashed=self._trashed, below=below, most=PAGE)
        lowest = page[-1].id if len(page) == PAGE else 0
        there = {run.id for run in page}
        within = range(lowest, max(self._runs, default=0) + 1 if below is None else below)
        gone = [number for number in self._runs if number in within and number not in there]
        news = [self._put(number, None) for number in gone] + [self._put(run.id, run) for run in page]
        return any(news), lowest or None

    def _walk_soon(self) -> None:
        if self._stale and not self.walking.isActive() and time.monotonic() >= self.rested:
            self._stale, self._walked, self._below = False, 0.0, None
            self.walking.start()

    @Slot()
    def _walk(self) -> None:
        """One more page; after the last one, a rest."""
        if self._library is None:
            return
        began = time.monotonic()
        try:
            with self._library.waiting(QUICK):
                told, self._below = self._read_page(self._below)
        except LibraryError as error:
            self._complain(error)
            return
        if told:
            self._tell()
        self._walked += time.monotonic() - began
        if self._below is not None:
            self.walking.start()
        else:
            self.rested = time.monotonic() + REST * self._walked

    def _complain(self, error: LibraryError) -> None:
        """Once, however often it is tried again; of another program that holds the library only where it does so for
        long: what was read stays, and the next look tries again.
        """
        if isinstance(error, BusyError):
            self._seen, self._stale = -1, True
            self._held_since = self._held_since or time.monotonic()
            if time.monotonic() < self._held_since + schema.SECONDS_TO_WAIT:
                return
        if not self._in_trouble:
            self._in_trouble = True
            self.failed.emit(str(error))

    def _tell(self) -> None:
        self.changed.emit(sorted(self._runs.values(), key=_number, reverse=True))


def _number(run: Summary) -> int:
    return run.id
