"""Files and folders that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

ABANDONED_SECONDS = 86_400.0
"""Whoever has not touched what it makes for so long makes it no more."""
_swept: set[Path] = set()
"""Folders that this program has swept already: there may be many thousands of files in them."""


def write_bytes(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Replaces `path` by a file with this content, or leaves everything as it was.

    A sibling temporary file is written and flushed to the disk, renamed over `path`, and the folder flushed, so that
    not even a power cut leaves half a file. What need not be `lasting` is not flushed, which is quicker, and a power
    cut may damage it. The first file that goes into a folder sweeps it. Raises OSError.
    """
    if path.parent not in _swept:
        _swept.add(path.parent)
        sweep(path.parent, ABANDONED_SECONDS)
    part = path.parent / f".aestudio-{os.urandom(8).hex()}.part"
    # Not tempfile, whose files only their owner can read: this one gets the permissions that any new file gets.
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    if not lasting:
        return
    with contextlib.suppress(OSError):  # the file is in place; some network drives cannot flush a folder
        _flush(path.parent)


def sweep(folder: Path, older_than: float = 0.0) -> None:
    """Removes what a program left half made in a folder when it ended, if that was so many seconds ago; nobody may be
    writing there for so long.
    """
    for part in folder.glob(".aestudio-*.part"):
        with contextlib.suppress(OSError):
            if older_than and time.time() - part.stat().st_mtime < older_than:
                continue
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """The same for text, as UTF-8. Raises OSError."""
    write_bytes(path, content.encode())


@contextlib.contextmanager
def folder(path: Path) -> Iterator[None]:
    """A folder, with those around it, where it is not there yet; at the end those that were made go again, as far as
    nothing lies in them. Raises OSError.
    """
    new = [one for one in (path, *path.parents) if not one.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with contextlib.suppress(OSError):  # something lies there, or not all of them could be made
            for one in new:
                one.rmdir()


@contextlib.contextmanager
def workshop(path: Path) -> Iterator[Path]:
    """A new folder beside `path`, to make a file or a folder in and look at it before it is `put` in its place.

    It is gone at the end, with all that still lies in it; so is what an earlier program that was killed left there.
    Raises OSError.
    """
    sweep(path.parent, ABANDONED_SECONDS)
    folder = path.parent / f".aestudio-{os.urandom(8).hex()}.part"
    os.mkdir(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(made: Path, path: Path) -> None:
    """Flushes a finished file or folder of a workshop to the disk and renames it over `path`, or leaves `path` as it
    was.

    A folder takes the place of one that is there. Raises OSError.
    """
    parts = [made, *made.rglob("*")]
    for file in (part for part in parts if part.is_file()):
        _flush_file(file)
    for folder in (part for part in parts if part.is_dir()):
        with contextlib.suppress(OSError):  # as below
            _flush(folder)
    if made.is_dir() and path.is_dir():
        old = made.parent / os.urandom(8).hex()
        os.replace(path, old)  # no system renames a folder over one that holds something
        try:
            os.replace(made, path)
        except BaseException:
            os.replace(old, path)
            raise
    else:
        os.replace(made, path)
    with contextlib.suppress(OSError):  # it is in place; some network drives cannot flush a folder
        _flush(path.parent)


def _flush_file(path: Path) -> None:
    with path.open("r+b") as file:  # Windows flushes only what may be written to
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
