"""What goes wrong in the library without being foreseen, in a sentence: the training goes on all the same."""

from __future__ import annotations

from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.memory import is_out_of_memory
from aestudio.core.ground.texts import Text


def in_words(error: Exception) -> Text:
    """What any error says to the person."""
    if isinstance(error, StudioError):
        return error.text
    if is_out_of_memory(error):
        return Text("The memory of this computer is not enough to write into the run library; close other programs.")
    return Text("The run library failed with an unexpected {kind}: {error}.", kind=type(error).__name__, error=error)
