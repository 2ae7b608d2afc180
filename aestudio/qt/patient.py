"""What the window's thread writes into the library: while another program holds that it is tried again and again, and
the window answers in between.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.ground.errors import BusyError, StudioError
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.texts import say
from aestudio.core.library import schema
from aestudio.core.library.catalogue import Library

QUICK = 0.1
"""Seconds for which the window may stand still."""
RETRY_MS = 250


@dataclass(frozen=True)
class LibraryTask:
    """Something that is to be done to a library."""

    library: Library
    work: Callable[[Library], Any]
    then: Callable[[Any], None]
    failed: Callable[[str], None]
    until: float
    """On the clock `time.monotonic`."""


class Patient(QObject):
    """One wish after another, in the order in which they came."""

    waits = Signal(str)
    """A sentence: something is not written yet."""
    failed = Signal(str)
    """A sentence, for whoever has nothing else to say then."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wishes: deque[LibraryTask] = deque()
        self._again = QTimer(self)
        self._again.setInterval(RETRY_MS)
        self._again.timeout.connect(self._go_on)

    def want(
        self,
        library: Library,
        work: Callable[[Library], Any],
        then: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> None:
        """Calls `work`, and `then` with what it gives; or `failed` with a sentence, where the library refuses it or is
        held for too long. Where nobody holds the library all of that has been done when this comes back.
        """
        self._wishes.append(LibraryTask(library, work, then, failed, time.monotonic() + schema.SECONDS_TO_WAIT))
        if not self._again.isActive():
            self._try(QUICK)
        if self._wishes and not self._again.isActive():
            self._again.start()
            self.waits.emit(
                say("Another program holds the run library. What you changed is written as soon as it lets go.")
            )

    @property
    def waiting(self) -> bool:
        """Something is not written yet."""
        return bool(self._wishes)

    def close(self, seconds: float) -> None:
        """Waits so long at most; what is not written then is told in the log only. With 0 seconds nothing is given up:
        all are told to close before any is waited for.
        """
        self._again.stop()
        until = time.monotonic() + seconds
        while self._wishes:
            self._try(max(0.0, until - time.monotonic()))
            if not seconds:
                return
            if self._wishes:
                LOG.error("library-given-up-at-closing")
                self._wishes.popleft()

    @Slot()
    def _go_on(self) -> None:
        self._try(0.0)
        if not self._wishes:
            self._again.stop()

    def _try(self, seconds: float) -> None:
        """As many as the library takes, each waiting for so long."""
        while self._wishes:
            wish = self._wishes[0]
            try:
                with wish.library.waiting(seconds):
                    found = wish.work(wish.library)
            except StudioError as error:
                if isinstance(error, BusyError) and time.monotonic() < wish.until:
                    return
                self._wishes.popleft()
                wish.failed(str(error))
            else:
                self._wishes.popleft()
                wish.then(found)
