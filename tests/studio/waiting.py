"""Waiting for what goes on in the background, where there is no event loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from aestudio.studio.document import Document

PATIENCE = 120
"""Seconds after which a test waits no longer: a guard, never a measure."""


def wait_until(condition: Callable[[], bool]) -> None:
    """Asks again and again, and lets the other threads work."""
    until, rest = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < until, "The condition never held."
        rest.wait(0.005)


def until(condition: Callable[[], bool], *documents: Document) -> None:
    """Takes in what the documents' background tells until the condition holds."""

    def holds() -> bool:
        for document in documents:
            document.tick()
        return condition()

    wait_until(holds)
