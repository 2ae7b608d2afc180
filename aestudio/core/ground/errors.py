"""One family of errors whose text is a sentence for the person: what is wrong, with which value, and what to do."""

import difflib
from collections.abc import Iterable


class StudioError(Exception):
    """Shown by the window and by the command line in the same words."""


class RunError(StudioError):
    """The settings of a run do not fit together, or training them failed."""


class DataError(StudioError):
    """A data source cannot be read."""


class ModelFileError(StudioError):
    """A model file cannot be written or read."""


class CheckpointError(StudioError):
    """A checkpoint cannot be written, read or continued from."""


class LibraryError(StudioError):
    """The run library cannot be opened, written or read."""


class ExportError(StudioError):
    """A model cannot be exported, or its export does not do what the model does."""


class ProbeError(StudioError):
    """A probe does not fit the model or the images, or would take too long."""


class DenoiseError(StudioError):
    """A picture cannot be read, cleaned or written."""


class Cancelled(StudioError):  # noqa: N818 - nobody's mistake
    """The person asked to stop something that was under way."""


def near(wanted: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses a name: the nearest known one, or all of them; with its full stop."""
    names = list(known)
    found = difflib.get_close_matches(wanted, names, n=1)
    return f"did you mean {found[0]!r}?" if found else f"choose one of {', '.join(names)}."


def reason(error: BaseException) -> str:
    """What another library's error says, as the end of a sentence."""
    said = str(error.strerror or error) if isinstance(error, OSError) else str(error)
    said = " ".join(said.split())
    return said if said.endswith(".") else f"{said}."
