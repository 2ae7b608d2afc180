"""How a command that works for long is ended from outside: by Ctrl-C, by the system, by a terminal that is closed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from aestudio.core.ground.errors import Cancelled
from aestudio.core.training.controls import Controls


@dataclass
class Interruption:
    """What ended the work, if anything did."""

    signal: int = signal.SIGINT

    @property
    def code(self) -> int:
        """The exit code of a program that was stopped: 130 by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP."""
        return 128 + self.signal


class Abrupt(Controls):
    """Controls whose stop ends at once what runs `inside`, between two of its lines, wherever that is."""

    def __init__(self) -> None:
        super().__init__()
        self._inside = False

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What runs here gets Cancelled where a signal asks it to stop; all that it writes is whole or not there."""
        self._inside = True
        try:
            yield
        finally:
            self._inside = False

    def stop(self) -> None:
        super().stop()
        if self._inside:
            self._inside = False
            raise Cancelled


@contextmanager
def until_interrupted(controls: Controls) -> Iterator[Interruption]:
    """Ctrl-C, SIGTERM and SIGHUP end the work after the running step. Of the first Ctrl-C the model is scored as it is,
    a second one and the other signals do not wait for that, and one more Ctrl-C ends the program; whoever sends the
    others twice has harder means.
    """
    ending = Interruption()

    def stop(number: int, _frame: FrameType | None) -> None:
        if not controls.stopped:
            ending.signal = number
            if number == signal.SIGINT:
                controls.stop()
                return
        controls.hurry()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, stop) for number in _signals()}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _signals() -> list[int]:
    """Those that end the work; one that `nohup` has taken away stays away, and Windows has no SIGHUP."""
    found: list[int] = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        found.append(hang_up)
    return found
