"""Processes of this machine that do one piece of work after the other, and share its cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from aestudio.core.ground.cores import cores
from aestudio.core.ground.texts import say

TICK = 0.2
"""Seconds between two looks at what has no message."""
LEAVE_SECONDS = 10.0
"""For a process that has been told to end."""
BEGUN_AGAIN = 1
"""So often work is begun again whose process was lost."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")

Name = TypeVar("Name")


class Process(Generic[Name]):
    """One of several."""

    def __init__(self, work: Callable[..., None], given: tuple[Any, ...], count: int) -> None:
        """`work`, a function of a module, is called in it with each message, its end of the connection, and what is
        given; `count` processes share the cores.
        """
        context = multiprocessing.get_context("spawn")  # a fork would have torch's threads without their owners
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work, given), daemon=True)
        with _sharing_cores(count), _unheard_interrupt():
            self._process.start()
        theirs.close()
        self.doing: Name | None = None
        """What it is at work on."""

    def begin(self, name: Name, message: object) -> None:
        self.doing = name
        with suppress(OSError):  # it is found lost when it is listened to
            self.connection.send(message)

    def kill(self) -> None:
        """It is found lost when it is listened to."""
        self._process.kill()

    def end(self, seconds: float) -> None:
        with suppress(OSError):
            self.connection.send(None)
        self._process.join(max(0.1, seconds))
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.connection.close()

    @property
    def why(self) -> str:
        """It was lost: how it ended."""
        self._process.join(LEAVE_SECONDS)
        code = self._process.exitcode
        return say("signal {number}", number=-code) if code is not None and code < 0 else say("code {code}", code=code)


def _serve(connection: Connection, work: Callable[..., None], given: tuple[Any, ...]) -> None:
    """Until there is no more to do, or the program that asks is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells every process; the first one ends the others
    with suppress(EOFError, OSError):
        while (message := connection.recv()) is not None:
            work(message, connection, *given)


@contextmanager
def _unheard_interrupt() -> Iterator[None]:
    """What is started here hears no Ctrl-C while it imports what it needs either, where the system lets us say so."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _sharing_cores(count: int) -> Iterator[None]:
    """What is started here computes on its part of the cores, unless the person has said on how many."""
    share = str(max(1, cores() // count))
    mine = [name for name in THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(mine, share))
    try:
        yield
    finally:
        for name in mine:
            del os.environ[name]
