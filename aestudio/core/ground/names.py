"""Paths as settings hold them: a run is written as JSON, TOML and into a database, and names need not be UTF-8."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote_to_bytes

_URI = "file://"


def written_path(path: str) -> str:
    """The path itself, or a URI of its bytes where it is no UTF-8. Source: RFC 8089."""
    return path if _is_utf_8(path) else Path(path).absolute().as_uri()


def read_path(text: str) -> Path:
    """The path that `written_path` has made a text of."""
    if text.startswith(_URI):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_URI))))
    return Path(text)


def shown_name(name: str) -> str:
    """A name with what is no UTF-8 in it spelled out: `mus\\xe9e`."""
    return name if _is_utf_8(name) else os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_utf_8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def in_utf_8(path: Path) -> Iterator[Path]:
    """A path to the same file, for libraries that take UTF-8 alone: a link to it where its own is none."""
    if _is_utf_8(str(path)):
        yield path
        return
    with TemporaryDirectory(prefix="aestudio-") as folder:
        link = Path(folder) / f"file{path.suffix if _is_utf_8(path.suffix) else ''}"
        link.symlink_to(path.absolute())
        yield link
