"""What was open when the window was closed is open again when it comes back."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import StudioError
from aestudio.qt.habits import Habits, Left

if TYPE_CHECKING:
    from aestudio.studio.document import Document
    from aestudio.studio.studio import Studio


def note(habits: Habits, document: Document, beside: Document | None = None) -> None:
    """Which settings are open, and which run of the library is shown, if it is one; of both sides of a comparison."""
    habits.left_with = _left(document)
    habits.left_beside = Left() if beside is None else _left(beside)


def come_back(habits: Habits, studio: Studio) -> bool:
    """Opens them again: the run with its model where it is still in the library and nothing was changed since, else the
    settings alone; and what was beside it. False where nothing was noted, or another version has other settings.
    """
    opened = _open(habits.left_with, studio.document)
    if opened and habits.left_beside.settings:
        studio.put_beside(partial(_open, habits.left_beside))
    return opened


def _left(document: Document) -> Left:
    return Left(document.run.to_json(), document.shown.number, document.settings.origin.to_json())


def _open(left: Left, document: Document) -> bool:
    from aestudio.core.run.run import (  # with torch, which the window does without until there is a document
        WORDS,
        Run,
        differences,
    )

    if not left.settings:
        return False
    with suppress(StudioError, ValueError):
        run, origin = Run.from_json(left.settings), Run.from_json(left.origin) if left.origin else None
        number, library = left.number, document.shelf.library
        if number is not None and library is not None:
            with suppress(StudioError):
                kept = library.summary(number).trashed is None
                if kept and all(path in WORDS for path in differences(library.run(number), run)):
                    opened, curves = library.model(number), library.curves(number)
                    document.show_model(opened, curves, number)
                    return True
        document.start_from(run, origin)
        return True
    return False
