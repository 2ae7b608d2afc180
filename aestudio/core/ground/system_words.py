"""What the system and the database say where something fails, in the language in use: they speak English."""

from __future__ import annotations

import sqlite3

from aestudio.core.ground.texts import Text

SAID = (
    Text("No space left on device"),
    Text("Disk quota exceeded"),
    Text("File too large"),
    Text("Permission denied"),
    Text("Operation not permitted"),
    Text("Operation not supported"),
    Text("Read-only file system"),
    Text("No such file or directory"),
    Text("Is a directory"),
    Text("Not a directory"),
    Text("Directory not empty"),
    Text("File exists"),
    Text("File name too long"),
    Text("Invalid argument"),
    Text("Input/output error"),
    Text("Stale file handle"),
    Text("Device or resource busy"),
    Text("Too many open files"),
    Text("Cannot allocate memory"),
    Text("Broken pipe"),
    Text("Connection refused"),
    Text("Connection reset by peer"),
    Text("Connection timed out"),
    Text("Network is unreachable"),
    Text("Name or service not known"),
    Text("Temporary failure in name resolution"),
    Text("database or disk is full"),
    Text("database is locked"),
    Text("database disk image is malformed"),
    Text("file is not a database"),
    Text("disk I/O error"),
    Text("unable to open database file"),
    Text("attempt to write a readonly database"),
)
"""Word for word what is said, by Linux and by SQLite."""
KNOWN = {one.template: one for one in SAID}


def system_words(error: BaseException) -> Text | BaseException | str:
    """What an error says: a Text where these words are known, those of a system that speaks otherwise as they are."""
    if isinstance(error, OSError):
        return KNOWN.get(error.strerror or "") or error.strerror or error
    return KNOWN.get(str(error), error) if isinstance(error, sqlite3.Error) else error
