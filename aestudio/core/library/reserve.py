"""Room on the disk that the library keeps for the day when there is no other: to be opened, and to delete runs."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from aestudio.core.ground.texts import Text

FILE = "reserve"
"""In the library's folder."""
SIZE = 2**18
"""Bytes of it: what SQLite needs to open the library takes an eighth."""
LEAST = 2**16
"""Bytes without which the library cannot be opened, nor a run deleted."""
PLENTY = 2**20
"""Bytes that are free where there is room for the reserve."""


def set_aside(folder: Path) -> None:
    """Makes the reserve where it is missing and the disk has room for it."""
    with suppress(OSError):
        if not (folder / FILE).exists() and _free(folder) >= PLENTY:
            (folder / FILE).write_bytes(os.urandom(SIZE))  # zeros may take no room on a disk


def spend(folder: Path) -> None:
    """Gives the reserve up where the disk is full."""
    with suppress(OSError):
        if _free(folder) < LEAST:
            (folder / FILE).unlink(missing_ok=True)


def note(folder: Path) -> Text | None:
    """What a person has to do where the reserve is spent; None where there is room."""
    with suppress(OSError):
        if not (folder / FILE).exists() and _free(folder) < PLENTY:
            return Text(
                "The disk is full. Delete runs and empty the trash, or free some space in {folder}.", folder=folder
            )
    return None


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
