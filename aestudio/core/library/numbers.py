"""The numbers of runs, written down beside the database too: a library that is made again gives none of them twice."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

NUMBER = "number"
"""A file in the folder of each run."""
HIGHEST = "highest-number"
"""A file in the folder of the library."""


def write_down(folder: Path, files: Path, number: int) -> None:
    """The number of a new run; a disk that does not take it has other troubles, which are told."""
    with suppress(OSError):
        (files / NUMBER).write_text(f"{number}\n", encoding="ascii")
        if number > highest(folder):
            (folder / HIGHEST).write_text(f"{number}\n", encoding="ascii")


def number_of(files: Path) -> int | None:
    """Of the run whose folder it is; None where nobody has written it down."""
    return _read(files / NUMBER)


def highest(folder: Path) -> int:
    """The highest that the library in a folder has ever given."""
    return _read(folder / HIGHEST) or 0


def _read(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() and len(text) <= 18 else None
