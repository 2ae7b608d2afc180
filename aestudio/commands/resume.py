"""`aestudio resume`: goes on with a training of the library, bit for bit on the same processor."""

from __future__ import annotations

import argparse

from aestudio.commands.host import Host
from aestudio.commands.train import with_settings
from aestudio.core.checkpoint import with_run
from aestudio.core.errors import LibraryError, RunError
from aestudio.core.library.catalogue import Library


def resume(chosen: argparse.Namespace) -> int:
    """Returns the exit code, as `aestudio train` does.

    Raises: StudioError where there is nothing to go on with.
    """
    host = Host(chosen)
    with Library() as library:
        library.interrupted()  # what a crash left behind is no longer training
        number = _number(chosen.run, library)
        summary = library.summary(number)
        run = with_settings(library.run(number), chosen.data, chosen.settings)
        if chosen.epochs is not None:
            run = run.with_value("epochs", chosen.epochs)
        elif summary.state == "completed":
            raise RunError(
                f"Run {number} is complete after {run.epochs} epochs; "
                f"--epochs {2 * run.epochs} says how many there shall be in all."
            )
        found = library.newest_checkpoint(number)
        if found is not None:
            with_run(found.checkpoint, run)  # what cannot be is said before the images are loaded
    return host.host(run, number)


def _number(wanted: str, library: Library) -> int:
    """A run's number; `last` is the one that was trained last."""
    if wanted == "last":
        last = library.last()
        if last is None:
            raise LibraryError("There is no run in the library yet; `aestudio train` begins one.")
        return last.id
    digits = wanted.removeprefix("#")
    if not digits.isdecimal():
        raise LibraryError(
            f"A run is named by its number, or `last`; {wanted!r} is neither. `aestudio runs` lists them."
        )
    if len(digits) > 18:  # no library has so many, and Python reads no number of thousands of digits
        raise LibraryError(f"There is no run {digits[:30]} in the library; `aestudio runs` lists them.")
    return int(digits)
