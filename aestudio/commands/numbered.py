"""Runs of the library by what a person types for them."""

from __future__ import annotations

from aestudio.core.ground.errors import LibraryError
from aestudio.core.library.catalogue import Library

DIGITS = 18
"""No library has a number of more, and Python reads none of thousands."""


def number(wanted: str, library: Library) -> int:
    """A run's number, with or without `#`; `last` is the one that was trained last. Raises: LibraryError."""
    if wanted == "last":
        last = library.last()
        if last is None:
            raise LibraryError("There is no run in the library yet; `aestudio train` begins one.")
        return last.id
    if not is_number(wanted):
        raise LibraryError(
            "A run is named by its number, or `last`; {wanted!r} is neither. `aestudio runs` lists them.", wanted=wanted
        )
    digits = wanted.removeprefix("#")
    if len(digits) > DIGITS:
        raise LibraryError("There is no run {digits} in the library; `aestudio runs` lists them.", digits=digits[:30])
    return int(digits)


def is_number(wanted: str) -> bool:
    """Whether it looks like a run's number and not like a file."""
    return wanted.removeprefix("#").isdecimal()
