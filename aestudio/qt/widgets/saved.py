"""What was written on a person's wish is said once it is there, whichever widget it was of."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Signal


class Saved(QObject):
    """Whoever shows notices listens."""

    told = Signal(str)
    """The path of a file."""


@cache
def saved() -> Saved:
    """One for all widgets: none of them knows what it stands in."""
    return Saved()
