"""The program's log, and what becomes of errors that nobody foresaw: written down, then told to whoever listens.

The log turns over, so it never grows beyond a few megabytes. Where the process itself breaks off (a segmentation fault,
an abort), faulthandler leaves where each thread was in a file of its own, which the next start finds.
"""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO

from aestudio import __version__
from aestudio.core.ground import folders
from aestudio.core.ground.texts import Text

LOG = logging.getLogger("aestudio")
LOG.addHandler(logging.NullHandler())
LARGEST, KEPT = 2**19, 3
"""Bytes of a log, and how many older ones stay beside it."""
CRASHES = "crash-*.txt"

_listeners: list[Callable[[Unexpected], None]] = []
_watched: list[TextIO] = []
"""The file that faulthandler would write into, where there is one."""


@dataclass(frozen=True)
class Unexpected:
    """An error that no part of the program has foreseen."""

    what: Text
    """Which error, in a few words."""
    details: str
    """The traceback, for engineers."""
    place: str
    """The line that raised it: whether two are the same."""

    @classmethod
    def of(cls, error: BaseException) -> Unexpected:
        frames = traceback.extract_tb(error.__traceback__)
        at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        what = Text("{kind}: {error}", kind=type(error).__name__, error=str(error) or "–")
        return cls(what, "".join(traceback.format_exception(error)), f"{type(error).__name__} {at}")


def begin() -> None:
    """Writes the log from now on, and every error that nobody has caught into it. Called once, by the program itself.

    A place that cannot be written to is no reason not to start: then nothing is written.
    """
    LOG.setLevel(logging.INFO)
    LOG.propagate = False  # the terminal belongs to what the person has asked for
    with suppress(OSError):
        place = folders.log()
        place.parent.mkdir(parents=True, exist_ok=True)
        handler = _Log(place, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(threadName)s %(levelname)s %(message)s"))
        LOG.addHandler(handler)
        _watch_for_crashes(place.parent)
    sys.excepthook = _with_note(sys.excepthook)
    before = threading.excepthook

    def in_thread(given: threading.ExceptHookArgs) -> None:
        before(given)
        if isinstance(given.exc_value, Exception):
            note(given.exc_value)

    threading.excepthook = in_thread
    LOG.info("AEStudio %s begins: Python %s, %s", __version__, platform.python_version(), platform.platform())


def end() -> None:
    """The process ends as it should: no file of a crash stays. Called at the end of Python, or before `os._exit`."""
    while _watched:
        file = _watched.pop()
        faulthandler.disable()
        file.close()
        with suppress(OSError):
            os.unlink(file.name)


def listen(reader: Callable[[Unexpected], None]) -> Callable[[], None]:
    """Tells of every unexpected error from now on, in the thread where it was raised; call what comes back to leave."""
    _listeners.append(reader)

    def leave() -> None:
        with suppress(ValueError):  # has left already
            _listeners.remove(reader)

    return leave


def note(error: BaseException) -> None:
    """Writes an unexpected error down and tells of it."""
    LOG.critical("unexpected", exc_info=error)
    for reader in list(_listeners):
        try:
            reader(Unexpected.of(error))
        except Exception:  # whoever cannot tell of it keeps nobody else from telling
            LOG.exception("an unexpected error could not be told")


@contextmanager
def going_on() -> Iterator[None]:
    """What goes wrong inside is taken for uncaught, and whoever comes after goes on all the same."""
    try:
        yield
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)


def crashes() -> str:
    """Where earlier processes of the program broke off, as faulthandler told it; each is told once, and in the log."""
    found = []
    for path in sorted(folders.log().parent.glob(CRASHES)):
        with suppress(OSError, ValueError):
            if _lives(path):
                continue
            if said := path.read_text(encoding="utf-8", errors="replace"):
                LOG.critical("an earlier process has broken off: %s\n%s", path.stem, said)
                found.append(said)
            path.unlink()
    return "\n".join(found)


class _Log(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A log that cannot be written, on a full disk perhaps, disturbs nobody."""


def _watch_for_crashes(folder: Path) -> None:
    for left in folder.glob(CRASHES):  # killed, with nothing to tell
        with suppress(OSError, ValueError):
            if not left.stat().st_size and not _lives(left):
                left.unlink()
    file = (folder / CRASHES.replace("*", f"{os.getpid()}-{int(time.time())}")).open("w", encoding="utf-8")
    faulthandler.enable(file)
    _watched.append(file)
    atexit.register(end)


def _lives(crash: Path) -> bool:
    """Whether the process that a file was made for is still there, and not another one of its number."""
    import psutil  # no start but the one after a crash waits for it

    number, made = map(int, crash.stem.split("-")[1:])
    try:
        return psutil.Process(number).create_time() <= made + 1
    except psutil.Error:
        return False


Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def _with_note(before: Hook) -> Hook:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        if isinstance(error, Exception):
            note(error)

    return hook
