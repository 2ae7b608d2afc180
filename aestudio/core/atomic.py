"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_bytes(path: Path, content: bytes) -> None:
    """Replaces `path` by a file with this content, or leaves everything as it was.

    A sibling temporary file is written and flushed to the disk, renamed over `path`, and the folder flushed, so that
    not even a power cut leaves half a file. Raises OSError.
    """
    part = path.parent / f".aestudio-{secrets.token_hex(8)}.part"
    # Not tempfile, whose files only their owner can read: this one gets the permissions that any new file gets.
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    with contextlib.suppress(OSError):  # the file is in place; some network drives cannot flush a folder
        _flush(path.parent)


def write_text(path: Path, content: str) -> None:
    """The same for text, as UTF-8. Raises OSError."""
    write_bytes(path, content.encode())


def _flush(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
