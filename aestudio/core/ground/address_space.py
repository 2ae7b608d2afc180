"""Whether torch can be loaded where a process may address little memory (`ulimit -v`): half way it would abort."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from aestudio.core.ground.errors import StudioError

TORCH = "torch"
AMPLE, SPARE = 2**33, 2**30
"""Bytes: from the first on nothing is tried out, and the second is left for what comes after torch."""
IS_TRIAL = "AESTUDIO_TRIES_TORCH"
"""The variable that tells the program that it is run for nothing else."""


def foresee_too_little_room() -> None:
    """From now on the first import of torch is tried out in another process before, where little may be addressed."""
    limit = _limit()
    if limit is not None and limit < AMPLE:
        sys.meta_path.insert(0, _Trial(limit))


def was_the_trial() -> bool:
    """Whether this process is that other one: then torch has been loaded, unless it has aborted, and all is done."""
    if IS_TRIAL not in os.environ:
        return False
    import mmap
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import torch

    torch.ones(64, 64) @ torch.ones(64, 64)
    mmap.mmap(-1, SPARE)
    return True


def _limit() -> int | None:
    """Bytes that this process may address; None where that is not limited."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


class _Trial:
    """Finds nothing, and refuses torch where it does not fit in.

    Raises: StudioError with how much there is.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: object = None) -> None:
        if fullname != TORCH:
            return
        import subprocess  # no other start needs it

        itself = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "aestudio"]
        environment = os.environ | {IS_TRIAL: "1"}
        ran = subprocess.run(itself, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if ran.returncode:
            raise StudioError(
                "This process may address {limit:.1f} GB of memory (`ulimit -v`), which is too little to load torch; "
                "allow more. 5 GB were enough to train small networks in the window.",
                limit=self._limit / 1e9,
            )
        sys.meta_path.remove(self)
