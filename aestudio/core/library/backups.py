"""Copies of the library's database, taken while it is in use, and whether a database is whole."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

FOLDER = "backups"
KEPT = 3
PATIENCE = 2.0
"""Seconds that another program which holds the database is waited for: there is another day."""
SECONDS = 20 * 3600.0
"""Between two copies at least: one for each day on which something is trained."""


def backups(folder: Path) -> list[Path]:
    """The newest first."""
    return sorted((folder / FOLDER).glob("library-*.sqlite"), reverse=True)


def back_up(connection: sqlite3.Connection, folder: Path) -> None:
    """Copies the database by SQLite's own means, so that the copy is whole whoever writes meanwhile, unless there is a
    young copy. Raises OSError or sqlite3.Error.
    """
    found = backups(folder)
    if found and time.time() - found[0].stat().st_mtime < SECONDS:
        return
    made = folder / FOLDER / time.strftime("library-%Y-%m-%d-%H%M%S.sqlite", time.gmtime())
    made.parent.mkdir(exist_ok=True)
    for left in made.parent.glob("*.part"):  # of a program that was killed
        if time.time() - left.stat().st_mtime > SECONDS:
            left.unlink(missing_ok=True)
    part = made.with_suffix(f".{os.getpid()}.part")
    until = time.monotonic() + PATIENCE

    def look(status: int, _left: int, _pages: int) -> None:
        held = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if held and time.monotonic() > until:  # Python itself would wait for ever
            raise TimeoutError("another program holds the database")

    try:
        with closing(sqlite3.connect(part)) as copy:
            connection.backup(copy, progress=look)
        part.rename(made)
    finally:
        part.unlink(missing_ok=True)
    for old in backups(folder)[KEPT:]:
        old.unlink(missing_ok=True)


def damage(connection: sqlite3.Connection, *, full: bool) -> str:
    """What SQLite finds wrong with the database, in its words; empty where it is whole. `full` compares indices with
    tables too.
    """
    try:
        rows = connection.execute(f"PRAGMA {'integrity_check' if full else 'quick_check'}(1)").fetchall()
        strangers = connection.execute("PRAGMA foreign_key_check").fetchall() if full else []
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return str(error)
    said = " ".join(str(row[0]) for row in rows)
    return "" if said == "ok" and not strangers else said


def is_whole(path: Path) -> bool:
    """Whether a file is a database that could be the library."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT id FROM runs LIMIT 1").fetchall()
            return not damage(connection, full=True)
    except (sqlite3.Error, UnicodeDecodeError):
        return False
