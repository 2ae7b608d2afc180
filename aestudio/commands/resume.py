"""`aestudio resume`: goes on with a training of the library, bit for bit on the same processor."""

from __future__ import annotations

import argparse

from aestudio.commands import together
from aestudio.commands.host import Host
from aestudio.commands.numbered import number as run_number
from aestudio.commands.train import in_time, with_settings
from aestudio.core.ground.errors import RunError
from aestudio.core.library.catalogue import Library
from aestudio.core.training.checkpoint import with_run


def resume(chosen: argparse.Namespace) -> int:
    """Returns the exit code, as `aestudio train` does.

    Raises: StudioError where there is nothing to go on with.
    """
    if (code := together.launched(chosen)) is not None:
        return code
    host = Host(chosen)
    with Library() as library:
        library.interrupted()  # what a crash left behind is no longer training
        number = run_number(chosen.run, library)
        summary = library.summary(number)
        run = with_settings(library.run(number), chosen.data, chosen.settings)
        complete = summary.state == "completed" and summary.step >= summary.steps
        if complete and not run.grows:
            raise RunError(
                "Run {number} is complete: it was trained layer by layer without fine-tuning, which more "
                "epochs do not lengthen. `aestudio train` with --set schedule.fine_tune=true trains it again "
                "with fine-tuning.",
                number=number,
            )
        if chosen.epochs is not None:
            run = run.with_value("epochs", chosen.epochs)
        elif complete:
            raise RunError(
                "Run {number} is complete after epoch {epochs}; --epochs {more} says how many there shall be in all.",
                number=number,
                epochs=run.epochs,
                more=2 * run.epochs,
            )
        run = in_time(run, chosen.time)
        found = library.newest_checkpoint(number)
        if found is not None:
            with_run(found.checkpoint, run)  # what cannot be is said before the images are loaded
    return host.host(run, number=number)
