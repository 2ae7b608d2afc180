"""One family of errors whose text is a sentence for the person: what is wrong, with which value, and what to do."""

import errno
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aestudio.core.ground.system_words import system_words
from aestudio.core.ground.texts import Text, listed


class StudioError(Exception):
    """Shown by the window and by the command line in the same words, in the language in use when it is shown.

    `StudioError("{path} cannot be read.", path=path)`, or a Text that was made already, such as a plural. What holds
    for a Text holds here: without values nothing is filled in, so braces are braces; with values they are doubled.
    """

    def __init__(self, template: str | Text = "", /, **values: Any) -> None:
        super().__init__(template)
        self.text = template if isinstance(template, Text) else Text(template, **values)

    def __str__(self) -> str:
        return str(self.text)


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


class BusyError(LibraryError):
    """Another program holds the run library, and will let go of it sooner or later."""


class DamagedError(LibraryError):
    """The run library's database is damaged, empty or gone; it can be made again."""


class ExportError(StudioError):
    """A model cannot be exported, or its export does not do what the model does."""


class ProbeError(StudioError):
    """A probe does not fit the model or the images, or would take too long."""


class TakesLong(ProbeError):  # noqa: N818 - nobody's mistake
    """It was not begun, as it would take too long or too much memory: an estimate or less of it would not."""


class DenoiseError(StudioError):
    """A picture cannot be read, cleaned or written."""


class ClusterError(StudioError):
    """The cluster that work was to be spread over cannot be used."""


class Cancelled(StudioError):  # noqa: N818 - nobody's mistake
    """The person asked to stop something that was under way."""


class SettingError(StudioError, ValueError):
    """A setting that does not fit, raised where pydantic validates: it reads like the end of a sentence."""


def not_written(path: object, error: OSError) -> Text:
    """What a person can do where a file of their own cannot be written."""
    return Text("{path} could not be written: {reason} Choose another place.", path=path, reason=reason(error))


def near(wanted: str, known: Iterable[str]) -> Text:
    """The end of a sentence that refuses a name: the nearest known one, or all of them; with its full stop."""
    names = list(known)
    return nearest(wanted, names) or Text("choose one of {names}.", names=listed(names))


def nearest(wanted: str, known: Iterable[str]) -> Text | None:
    """The end of a sentence that refuses a name: the nearest known one; None where none is near."""
    import difflib  # only where something was mistyped

    found = difflib.get_close_matches(wanted, list(known), n=1)
    return Text("did you mean {name!r}?", name=found[0]) if found else None


@dataclass(frozen=True)
class Stopped:
    """The end of a sentence: what is said, on one line and with a full stop where it has none."""

    said: Any

    def __str__(self) -> str:
        said = " ".join(str(self.said).split())
        return said if said.endswith((".", "?")) else f"{said}."


def is_full(error: BaseException | None) -> bool:
    """Whether it says that there is no room left: on the disk, or of what the person may take of it."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def reason(error: BaseException) -> Stopped:
    """What an error says, as the end of a sentence; one of ours is looked up when it is shown."""
    return Stopped(system_words(error))
