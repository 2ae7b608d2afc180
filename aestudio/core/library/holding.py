"""Who trains a run: it holds a file lock in the run's folder, which the system lets go of however the program ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import LibraryError, reason
from aestudio.core.library.schema import ELSEWHERE

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK = "lock"


def hold(files: Path) -> BaseFileLock:
    """A run's folder, made where there is none, taken for one training. Raises LibraryError where it cannot be."""
    from filelock import FileLock, Timeout  # whoever only reads the library does not wait for it

    lock = FileLock(files / LOCK)
    try:
        files.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout as error:
        raise LibraryError("This run is training in another window or program; it can go on in one only.") from error
    except (OSError, NotImplementedError) as error:
        raise LibraryError(
            "The run library's {files} cannot be written to: {reason} {elsewhere}",
            files=files,
            reason=reason(error),
            elsewhere=ELSEWHERE,
        ) from error
    return lock


@contextmanager
def unless_held(files: Path) -> Iterator[bool]:
    """A run's folder, taken for a moment; whether that was possible. A folder that is gone is held by nobody, one that
    may not be looked into perhaps.
    """
    from filelock import FileLock, Timeout

    with ExitStack() as held:
        free = True
        if files.is_dir():
            try:
                held.enter_context(FileLock(files / LOCK).acquire(blocking=False))
            except (Timeout, OSError, NotImplementedError):
                free = False
        yield free
