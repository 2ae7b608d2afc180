"""Output whose reader may go away: work of hours does not end because `head` has seen enough or a log is full."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

ENDLESS = 100_000
"""Letters of a line that nobody breaks."""


def width(stream: TextIO) -> int | None:
    """How wide lines are: as a terminal is, or COLUMNS says; whoever reads a pipe wants them whole. None leaves it to
    whoever writes them.
    """
    return None if "COLUMNS" in os.environ or stream.isatty() else ENDLESS


def console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """For tables and sentences; with `soft_wrap` no line is broken on a terminal either.

    What is printed holds titles and paths of the person's: nothing in it is markup.
    """
    from rich.console import Console

    wide = width(sys.stderr if stderr else sys.stdout)
    return Console(markup=False, emoji=False, highlight=False, stderr=stderr, soft_wrap=soft_wrap, width=wide)


class Lenient:
    """A stream that leads nowhere once its reader is gone or its disk is full; else the one that it stands for."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # ValueError: it was closed
            mute(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            mute(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def mute(stream: TextIO) -> None:
    """What is written from now on, and what still waits in the stream, is thrown away."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def whoever_listens() -> Iterator[None]:
    """Standard output and error are Lenient meanwhile."""
    before = sys.stdout, sys.stderr
    lenient: Any = [Lenient(stream) for stream in before]
    sys.stdout, sys.stderr = lenient
    try:
        yield
    finally:
        for stream in lenient:
            stream.flush()
        sys.stdout, sys.stderr = before
