"""Between the training thread and the window: what is newest wins, and nothing queues up in Qt's event loop.

A signal per training step was measured: 30,000 steps took 9.4 s against 0.25 s with a mailbox, and the window stood
still for seconds.
"""

from __future__ import annotations

from threading import Lock

from aestudio.core.run.events import Event, Preview


class Mailbox:
    """Posted to by one thread, emptied by another; a newer Preview replaces one that was not looked at yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: list[Event] = []

    def post(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, Preview):
                self._events = [waiting for waiting in self._events if not isinstance(waiting, Preview)]
            self._events.append(event)

    def take(self) -> list[Event]:
        """Everything since the last call, oldest first."""
        with self._lock:
            taken, self._events = self._events, []
        return taken
