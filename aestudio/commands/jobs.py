"""How many processes of this machine a command may work in."""

from __future__ import annotations

import argparse

from aestudio.core.ground.errors import RunError


def check_jobs(chosen: argparse.Namespace) -> None:
    """Raises: RunError where --jobs is no number for it, or a cluster is asked for, too."""
    if chosen.jobs < 1:
        raise RunError("--jobs must be 1 or more (it is {count}).", count=chosen.jobs)
    if chosen.jobs > 1 and chosen.scheduler:
        raise RunError("--jobs is for this machine and --scheduler for a cluster; leave one of them out.")
