"""Processes of this machine that do one piece of work after the other, and share its cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

import torch
from threadpoolctl import threadpool_limits

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


def _context() -> Any:
    """On Linux processes are forked from one that has imported what they need and computed nothing, so that it has no
    threads that a fork would lack; elsewhere each imports it.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["aestudio.core.cluster.worker", "torch._dynamo"])  # an optimiser imports the last
    return context


CONTEXT = _context()


class Process(Generic[Name]):
    """One of several."""

    def __init__(self, work: Callable[..., None], given: tuple[Any, ...], count: int) -> None:
        """`work`, a function of a module, is called in it with each message, its end of the connection, and what is
        given; `count` processes share the cores.
        """
        self.connection, theirs = CONTEXT.Pipe()
        threads = None if any(name in os.environ for name in THREADS) else max(1, cores() // count)
        self._process = CONTEXT.Process(target=_serve, args=(theirs, work, given, threads), daemon=True)
        with _unheard_interrupt():
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


def _serve(connection: Connection, work: Callable[..., None], given: tuple[Any, ...], threads: int | None) -> None:
    """Until there is no more to do, or the program that asks is gone; with so many threads, unless the person has said
    how many.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells every process; the first one ends the others
    if threads is not None:
        torch.set_num_threads(threads)
        threadpool_limits(threads, "blas")  # numpy's
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
