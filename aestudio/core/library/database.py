"""The database of the library: what it holds in rows, all or nothing, and sentences where the disk will not do it."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aestudio.core.ground import folders
from aestudio.core.ground.errors import DamagedError, LibraryError, StudioError, reason
from aestudio.core.ground.texts import Text
from aestudio.core.library import backups, schema


class Database:
    """One file, beside which the files of the runs lie. One object belongs to one thread.

    Raises, from every method: LibraryError with a sentence where the disk or the database will not do it; BusyError
    where another program holds it for longer than `seconds` (SECONDS_TO_WAIT where they are left out).
    """

    def __init__(self, folder: Path | None = None, seconds: float | None = None) -> None:
        self.folder = folder or folders.library()
        self.connection = schema.connect(self.folder, seconds)
        self._file = self._identity()

    def wait_for(self, seconds: float) -> None:
        """How long other programs are waited for from now on."""
        with self.in_words():
            self.connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Other programs are waited for so long meanwhile."""
        self.wait_for(seconds)
        try:
            yield
        finally:
            self.wait_for(schema.SECONDS_TO_WAIT)

    def close(self) -> None:
        """Leaves the database; harmless the second time."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _where: TracebackType | None) -> None:
        self.close()

    def _identity(self) -> tuple[int, int] | None:
        """Of the file that lies in the database's place now; None where there is none."""
        try:
            found = os.stat(self.folder / schema.FILE)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises LibraryError also where the file was deleted or exchanged since it was opened: what is
        written into it then is lost.
        """
        if self._identity() != self._file:
            raise LibraryError(
                "The run library in {folder} was deleted or exchanged while it was in use; `aestudio runs --rebuild` "
                "makes it again.",
                folder=self.folder,
            )
        with self.in_words():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # a full disk has rolled it back already
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """For what asks the disk or the database."""
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            if schema.is_busy(error):
                raise schema.held(self.folder) from error
            said = Text("The run library in {folder} failed: {reason}", folder=self.folder, reason=reason(error))
            raise LibraryError(said) from error

    @contextmanager
    def intact(self) -> Iterator[None]:
        """For what is made of a row."""
        try:
            yield
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, zlib.error) as error:
            if isinstance(error, StudioError):  # of what lies beside the database
                raise
            raise LibraryError(
                "The run library in {folder} is damaged: {reason}", folder=self.folder, reason=reason(error)
            ) from error

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """What a query finds. Raises LibraryError with a sentence."""
        with self.in_words():
            return self.connection.execute(query, values).fetchall()

    def setting(self, name: str, otherwise: int) -> int:
        """What is kept under a name for all runs."""
        rows = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return int(rows[0]["value"]) if rows else otherwise

    def set_setting(self, name: str, value: int) -> None:
        """Keeps it for all runs."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, str(value)))

    def size(self) -> int:
        """Of the database, in bytes."""
        with self.in_words():
            return (self.folder / schema.FILE).stat().st_size

    def back_up(self) -> None:
        """Keeps a copy of the database, where the last one is a day old."""
        with self.in_words():
            backups.back_up(self.connection, self.folder)

    def make_sure_it_is_whole(self, *, full: bool = False) -> None:
        """Raises LibraryError where SQLite finds damage; `full` looks at everything."""
        with self.in_words():
            found = backups.damage(self.connection, full=full)
        if found:
            raise DamagedError(
                "The run library {path} is damaged ({found}); `aestudio runs --rebuild` makes it again from its last "
                "copy and the models beside it.",
                path=self.folder / schema.FILE,
                found=found.strip(". "),
            )

    def changes(self) -> int:
        """A number that differs after another window or program has changed the library."""
        return int(self.rows("PRAGMA data_version")[0][0])
