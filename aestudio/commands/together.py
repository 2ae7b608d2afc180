"""`--nproc N`: the same command in several processes, on one machine or more, that train one network together."""

from __future__ import annotations

import argparse
import logging
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from aestudio.commands import FAILED, OK
from aestudio.commands.output import mute
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.cores import cores
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.run.run import Run
from aestudio.core.training import ranks

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
SECONDS_TO_END = 300
"""For the step that is under way, the checkpoint and the scores; who waits no longer kills."""
ADDRESS = re.compile(r"[^\s:]+:\d{1,5}")


def launched(chosen: argparse.Namespace) -> int | None:
    """Starts the processes that are asked for, waits for them and gives the exit code of the first; None where this
    process is to do the work: it is one of them, or the only one.

    Raises: RunError where they cannot be started as it was said.
    """
    if ranks.was_asked_for():
        return None
    if chosen.nproc < 1 or chosen.nnodes < 1:
        raise RunError("--nproc and --nnodes are whole numbers from 1 on.")
    if chosen.nnodes > 1 and not (chosen.rdzv and ADDRESS.fullmatch(chosen.rdzv)):
        raise RunError(
            "With --nnodes, --rdzv says where the machines meet: HOST:PORT of one of them, the same on all of them."
        )
    if chosen.nproc == chosen.nnodes == 1:
        return None
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores() // chosen.nproc)))
    return _run(chosen)


def _run(chosen: argparse.Namespace) -> int:
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.getLogger("torch.distributed").setLevel(logging.CRITICAL)  # its tables say what we say in a sentence
    wanted = LaunchConfig(
        min_nodes=chosen.nnodes,
        max_nodes=chosen.nnodes,
        nproc_per_node=chosen.nproc,
        run_id=chosen.rdzv or uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint=chosen.rdzv or "localhost:0",
        max_restarts=0,
        monitor_interval=0.1,
        signals_to_handle=",".join(name for name in SIGNALS if _ends_us(name)),
        shutdown_timeout=SECONDS_TO_END,
    )
    try:
        elastic_launch(wanted, sys.executable)("-m", "aestudio", *chosen.given)
    except ChildFailedError as error:
        first = error.failures.get(0)  # that keeps and tells; where it was not the one to fail, another was lost
        if first is not None and first.exitcode > 0:
            return first.exitcode
        # The first may have been told to end before it missed the other, and then says nothing of it.
        number, lost = min(error.failures.items())
        print(f"aestudio: {_lost(number + 1, chosen.nproc * chosen.nnodes, lost.exitcode)}", file=sys.stderr)
        return FAILED
    except SignalException as error:
        return 128 + int(error.sigval)
    return OK


def _lost(number: int, count: int, code: int) -> str:
    return say(
        "Process {number} of {count} of this training has ended with exit code {code}, and the training with it. What "
        "was kept is in its place; `aestudio resume` goes on from the last checkpoint.",
        number=number,
        count=count,
        code=code,
    )


def _ends_us(name: str) -> bool:
    """Whether that signal is there, and nobody has taken it away, as `nohup` does with SIGHUP."""
    number = getattr(signal, name, None)
    return number is not None and signal.getsignal(number) is not signal.SIG_IGN


@contextmanager
def joined(where: Compute) -> Iterator[None]:
    """Meanwhile this process is one of several, where it was started as one; all but the first are silent and leave it
    to that one to be stopped.
    """
    if not ranks.was_asked_for():
        yield
        return
    if not ranks.leads():
        for stream in (sys.stdout, sys.stderr):
            mute(stream)
        hear_no_more()
    with ranks.together(where.device):
        yield


def hear_no_more() -> None:
    """Signals are passed over from here on. The terminal sends one to every process, and whoever started this one sends
    it on: it may come when all is done.
    """
    for name in SIGNALS:
        if (number := getattr(signal, name, None)) is not None:  # Windows has no SIGHUP
            signal.signal(number, signal.SIG_IGN)


def check(run: Run, images: int) -> None:
    """Raises RunError where there are more processes than images in a batch, of so many images in all."""
    if min(run.batch_size, images) < ranks.count():
        raise RunError(
            "{count} processes cannot share batches of {size}; choose a larger batch size or fewer processes.",
            count=ranks.count(),
            size=min(run.batch_size, images),
        )
