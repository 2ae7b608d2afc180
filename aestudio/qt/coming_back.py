"""What was open when the window was closed is open again when it comes back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import StudioError
from aestudio.qt.habits import Habits

if TYPE_CHECKING:
    from aestudio.studio.document import Document


def note(habits: Habits, document: Document) -> None:
    """Which settings are open, and which run of the library is shown, if it is one."""
    habits.left_with = (document.run.to_json(), document.shown.number)


def come_back(habits: Habits, document: Document) -> bool:
    """Opens them again: the run with its model where it is still in the library and nothing was changed since, else the
    settings alone. False where nothing was noted, or another version has other settings.
    """
    from aestudio.core.run.run import (  # with torch, which the window does without until there is a document
        WORDS,
        Run,
        differences,
    )

    settings, number = habits.left_with
    if not settings:
        return False
    with suppress(StudioError, ValueError):
        run = Run.from_json(settings)
        library = document.shelf.library
        if number is not None and library is not None:
            with suppress(StudioError):
                kept = library.summary(number).trashed is None
                if kept and all(path in WORDS for path in differences(library.run(number), run)):
                    opened, curves = library.model(number), library.curves(number)
                    document.show_model(opened, curves, number)
                    return True
        document.start_from(run)
        return True
    return False
