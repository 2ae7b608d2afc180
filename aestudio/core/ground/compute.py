"""Where to compute: CUDA, then Apple's MPS, then the CPU; and how many threads."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import RLock, Thread
from typing import TypeVar

import torch

from aestudio.core.ground.cores import cores
from aestudio.core.ground.errors import RunError, near
from aestudio.core.ground.texts import Text, plural, say

WORTH_THREADS = 16_000_000
"""Multiply-adds of a forward pass from which a second thread was measured to help."""
WORTH_ROUNDING = 30_000_000
"""Multiply-adds of the forward pass of a batch from which bfloat16 was measured to help: 64 units at 28×28 pixels and
32 images have 3 million and lose, 1000 units and 128 images have 200 million and gain.
"""

Found = TypeVar("Found")

DEVICES = ("auto", "cuda", "mps", "cpu")


@dataclass(frozen=True)
class Compute:
    """A device, and what to tell the person about it."""

    device: torch.device
    description: str

    @contextmanager
    def threads_for(self, work: int) -> Iterator[None]:
        """As many threads as steps of `work` multiply-adds can use; on the CPU that is one for the small ones.

        Splitting a small step over threads gains nothing, and loses a factor of ten where something else wants the
        processor too.
        """
        before = torch.get_num_threads()
        small = self.device.type == "cpu" and work < WORTH_THREADS
        # Weights that a penalty lets decay to nothing become denormal, with which x86 is many times slower. Threads
        # inherit this from the one that starts them.
        torch.set_flush_denormal(True)
        use_threads(1 if small else _of_a_new_thread())
        try:
            yield
        finally:
            with suppress(RuntimeError):  # no thread begins any more where the program ends
                use_threads(before)
            torch.set_flush_denormal(False)

    def rounds(self, precision: str, work: int) -> bool:
        """Whether factors of products are rounded to bfloat16: where the device multiplies it in hardware, and with
        `auto` only where the forward pass of a batch, of `work` multiply-adds, is large enough to gain by it.
        """
        wanted = precision == "bfloat16" or (precision == "auto" and work >= WORTH_ROUNDING)
        return wanted and knows_bfloat16(self.device)

    @contextmanager
    def factors_in(self, precision: str, work: int = 0) -> Iterator[None]:
        """Matrix products and convolutions round their factors, and what they give, where `rounds` says so; all else
        stays as it is.
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.rounds(precision, work)):
            yield


def use_threads(count: int) -> None:
    """This thread splits what it computes over so many; threads that begin later have as many as they would have.

    torch's own `set_num_threads` says it for this thread and for all that have not computed yet: a window that measures
    something with one thread would leave one to every training that begins after it.
    """
    if count == torch.get_num_threads():
        return
    with _choosing:
        others = _of_a_new_thread()
        torch.set_num_threads(count)
        _elsewhere(torch.set_num_threads, others)


_choosing = RLock()
"""While a thread chooses, a new one would have what it chooses."""


def _of_a_new_thread() -> int:
    with _choosing:
        return _elsewhere(torch.get_num_threads)


def _elsewhere(do: Callable[..., Found], *given: int) -> Found:
    """In a thread that ends with it."""
    found: list[Found] = []
    thread = Thread(target=lambda: found.append(do(*given)))
    thread.start()
    thread.join()
    return found[0]


def knows_bfloat16(device: torch.device) -> bool:
    """Whether it multiplies bfloat16 in hardware; elsewhere that is slower than float32, not quicker."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        known = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch's own, private so far
        return any(getattr(torch.cpu, name, bool)() for name in known)
    return False


def machine() -> str:
    """What computes here, in words, without the machine's name: `Linux x86_64, 2 cores, torch 2.11.0`."""
    return f"{platform.system()} {platform.machine()}, {cores()} cores, torch {torch.__version__}"


def leave_a_core_for_the_window() -> None:
    """With three cores or more one is kept from torch: a window on a starved machine does not answer."""
    if cores() >= 3:
        torch.set_num_threads(cores() - 1)  # for all threads that have not begun yet


def choose(wanted: str = "auto") -> Compute:
    """`auto`, `cuda`, `mps` or `cpu`.

    Raises: RunError where the wanted device is not there.
    """
    if wanted not in DEVICES:
        raise RunError("There is no device called {wanted!r}; {near}", wanted=wanted, near=near(wanted, DEVICES))
    if wanted in ("auto", "cuda") and torch.cuda.is_available():
        return Compute(torch.device("cuda"), say("CUDA: {name}", name=torch.cuda.get_device_name()))
    if wanted in ("auto", "mps") and torch.backends.mps.is_available():
        return Compute(torch.device("mps"), say("Apple GPU (MPS)"))
    if wanted in ("cuda", "mps"):
        raise RunError("torch finds no {device} device on this machine; choose auto or cpu.", device=wanted.upper())
    threads = _of_a_new_thread()  # as a training has them, whatever this thread does with
    why = Text("no GPU found") if wanted == "auto" else Text("as chosen")
    said = plural("CPU, {count} thread ({why})", "CPU, {count} threads ({why})", threads, why=why)
    return Compute(torch.device("cpu"), str(said))
