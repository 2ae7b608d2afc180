"""Settings that a program keeps for itself: text by name, in an .ini file."""

from __future__ import annotations

import base64
import binascii
from configparser import Error, RawConfigParser
from contextlib import suppress
from io import StringIO
from pathlib import Path

from aestudio.core.ground import atomic

GENERAL = "General"
"""The section of a name without one."""
LARGEST = 2**20
"""Bytes; a file beyond it was not written by this program."""


class Ini:
    """Names are `section/name` or `name`; a value is never more than text. Qt's own reader of such files unpickles what
    it finds in them, so whoever may write the file could run any program.

    A file that is damaged or not there holds nothing, and one that cannot be written keeps nothing: settings are no
    reason to trouble anybody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = self._read()
        self._changed: dict[str, str] = {}

    def value(self, name: str) -> str | None:
        """What is kept under a name; None where nothing is."""
        if name in self._changed:
            return self._changed[name]
        return self._held.get(*_place(name), fallback=None)

    def data(self, name: str) -> bytes | None:
        """The same, of what was kept as bytes."""
        try:
            return base64.b64decode(self.value(name) or "", validate=True) or None
        except (binascii.Error, ValueError):
            return None

    def keep(self, name: str, value: object) -> None:
        """Text and numbers as they are, bytes as base64; written down by `save`."""
        self._changed[name] = base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)

    def save(self) -> None:
        """Writes what was changed; what another program has changed meanwhile stays."""
        held = self._read()
        for name, value in self._changed.items():
            section, key = _place(name)
            if not held.has_section(section):
                held.add_section(section)
            held.set(section, key, value)
        text = StringIO()
        held.write(text, space_around_delimiters=False)
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write_text(self._path, text.getvalue())

    def _read(self) -> RawConfigParser:
        found = _parser()
        with suppress(OSError, Error), self._path.open(encoding="utf-8", errors="replace") as file:
            found.read_string(file.read(LARGEST))
            return found
        return _parser()


class _Parser(RawConfigParser):
    def optionxform(self, name: str) -> str:
        return name  # with its capitals


def _parser() -> RawConfigParser:
    return _Parser(strict=False, delimiters=("=",), empty_lines_in_values=False)


def _place(name: str) -> tuple[str, str]:
    section, _, key = name.rpartition("/")
    return section or GENERAL, key
