"""The tables of the library, and how an older one becomes today's."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from aestudio.core.ground.errors import BusyError, DamagedError, LibraryError, reason
from aestudio.core.ground.texts import Text
from aestudio.core.library import kept_epochs, locks, reserve, tags

FILE = "library.sqlite"
SECONDS_TO_WAIT = 30
"""For another program that is writing."""
NOT_A_LIBRARY = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged database ends with; an OperationalError, which is one too, says that it cannot be used now."""
ELSEWHERE = Text("The environment variable AESTUDIO_LIBRARY names another folder for it.")
"""What to do where a library cannot be had in its place."""

FIRST = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        folder TEXT NOT NULL UNIQUE,             -- under runs/, for the files
        title TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        starred INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'training',  -- training, completed, stopped, failed, interrupted
        error TEXT NOT NULL DEFAULT '',
        parent INTEGER REFERENCES runs(id) ON DELETE SET NULL,
        created REAL NOT NULL,                   -- seconds since 1970
        updated REAL NOT NULL,
        trashed REAL,
        seconds REAL NOT NULL DEFAULT 0,         -- spent training
        run TEXT NOT NULL,                       -- the settings as they are, JSON
        began_with TEXT NOT NULL,                -- as they were when it began
        data TEXT NOT NULL,
        network TEXT NOT NULL,
        variant TEXT NOT NULL,
        seed INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        shape TEXT NOT NULL,
        device TEXT NOT NULL DEFAULT '',
        machine TEXT NOT NULL DEFAULT '',
        parameters INTEGER NOT NULL DEFAULT 0,
        step INTEGER NOT NULL DEFAULT 0,
        steps INTEGER NOT NULL DEFAULT 0,
        epoch REAL NOT NULL DEFAULT 0,
        depth INTEGER,
        objective REAL,                          -- held out, as are the scores
        psnr REAL,
        scores TEXT NOT NULL DEFAULT '{}',
        checkpoint_step INTEGER,
        checkpoint_bytes INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE points (                        -- steps in a row that had the same weights
        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        first_step INTEGER NOT NULL,
        phase TEXT NOT NULL,
        names TEXT NOT NULL,
        weights TEXT NOT NULL,
        terms BLOB NOT NULL,                     -- float32, little endian [steps, names]
        PRIMARY KEY (run, first_step)
    )""",
    """CREATE TABLE evaluations (
        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        split TEXT NOT NULL,
        phase TEXT NOT NULL,
        terms TEXT NOT NULL,
        weighted TEXT NOT NULL,
        scores TEXT NOT NULL
    )""",
    "CREATE INDEX evaluations_of_a_run ON evaluations (run, step)",
    """CREATE TABLE pictures (                      -- apart, so that listing runs does not read them
        run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
        thumbnail BLOB,                          -- PNG
        samples BLOB NOT NULL                    -- held-out images, uint8 [N, C, H, W] packed by zlib
    )""",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
CHECKSUMS = (  # NULL in rows that were written before
    "ALTER TABLE points ADD COLUMN checksum INTEGER",
    "ALTER TABLE evaluations ADD COLUMN checksum INTEGER",
)
CHANGES = (  # what a person did while a run was training; of those before nobody has written it down
    """CREATE TABLE changes (
        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        step INTEGER NOT NULL,                   -- the last before it
        settings TEXT,                           -- all of them from then on, JSON
        units TEXT                               -- or those drawn anew, JSON
    )""",
    "CREATE INDEX changes_of_a_run ON changes (run, step)",
)
MIGRATIONS: tuple[tuple[str, ...], ...] = (FIRST, CHECKSUMS, CHANGES)
"""What makes version n + 1 of version n; the file's `user_version` counts them. Never change one that was released."""
ADDITIONS = {"tags": tags.TABLE, "kept_epochs": kept_epochs.TABLE}
"""Tables by name that older programs, which go on reading the library, know nothing of and need not: they raise no
version, and are made where they are missing.
"""


def connect(folder: Path, seconds: float | None = None, *, fresh: bool = False) -> sqlite3.Connection:
    """A connection to the library in a folder, which is made where there is none, and brought up to date. Other
    programs that hold it are waited for, for SECONDS_TO_WAIT or so many seconds. An empty one beside runs is not taken
    for a new one, unless it shall be `fresh`.

    Raises: BusyError where one holds it for longer; LibraryError with a sentence where nothing helps.
    """
    path = folder / FILE
    patience = SECONDS_TO_WAIT if seconds is None else seconds
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reserve.spend(folder)
        locks.make_sure(folder)
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(
            "The run library {path} cannot be opened: {reason} {elsewhere}",
            path=path,
            reason=reason(error),
            elsewhere=ELSEWHERE,
        ) from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        _share(connection, "DELETE" if locks.on_network(folder) else "WAL", patience)
        connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power cut
        if not fresh and version(connection) == 0 and (left := folders_of_runs(folder)):
            raise DamagedError(
                "The run library {path} is empty or gone, but {count} of its runs lie beside it; "
                "`aestudio runs --rebuild` makes it again from them.",
                path=path,
                count=len(left),
            )
        _migrate(connection, path)
        _add(connection)
        reserve.set_aside(folder)
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:  # the last where a damaged name is to be told
        connection.close()
        if is_busy(error):
            raise held(folder) from error
        if isinstance(error, sqlite3.OperationalError) or not isinstance(error, NOT_A_LIBRARY):
            full = _no_room(folder)
            cause = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if full else error
            raise LibraryError(
                "The run library {path} cannot be used: {reason} Its runs are kept: free some space there. {elsewhere}"
                if full
                else "The run library {path} cannot be used: {reason} {elsewhere}",
                path=path,
                reason=reason(cause),
                elsewhere=ELSEWHERE,
            ) from cause
        raise DamagedError(
            "The run library {path} cannot be used: {reason} `aestudio runs --rebuild` makes it again from its last "
            "copy and the models beside it.",
            path=path,
            reason=reason(error),
        ) from error
    except LibraryError:
        connection.close()
        raise
    return connection


def _no_room(folder: Path) -> bool:
    """Whether not even what SQLite keeps beside the library has room: it calls that an error of the disk."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free < reserve.LEAST
    return False


def held(folder: Path) -> BusyError:
    """What a person is told who has waited for the library in a folder."""
    return BusyError(
        "Another program, such as a backup or a virus scanner, holds the run library in {folder} and has not let go "
        "of it.",
        folder=folder,
    )


def folders_of_runs(folder: Path) -> list[Path]:
    """Those that hold a model or a checkpoint, the oldest first."""
    found = {file.parent for name in ("*/*.safetensors", "*/*.checkpoint") for file in (folder / "runs").glob(name)}
    return sorted(found)


def version(connection: sqlite3.Connection) -> int:
    """Of the tables in the file; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_busy(error: BaseException) -> bool:
    """Whether it says no more than that another program holds the database now."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _share(connection: sqlite3.Connection, mode: str, patience: float) -> None:
    """By WAL a second window reads while one writes; that needs memory which two computers do not share."""
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            return
        except sqlite3.OperationalError as error:  # SQLite itself waits for nobody here
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """One transaction a version; a copy of the older library is kept beside it."""
    began = version(connection)
    if began > len(MIGRATIONS):
        raise LibraryError(
            "The run library {path} was written by a newer AEStudio (version {version}); update AEStudio.",
            path=path,
            version=began,
        )
    copied = began == 0  # there is nothing to keep of one that is just being made
    while version(connection) < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            now = version(connection)  # another window may have done it while this one waited
            if now < len(MIGRATIONS):
                if not copied:
                    _copy(path, now)
                    copied = True
                for statement in MIGRATIONS[now]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {now + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled it back already
                connection.execute("ROLLBACK")
            raise


def _add(connection: sqlite3.Connection) -> None:
    there = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name, statement in ADDITIONS.items():
        if name not in there:
            connection.execute(statement)


def _copy(path: Path, number: int) -> None:
    """Keeps the library as it is, which nobody else can change now."""
    kept = path.with_suffix(f".version-{number}.sqlite")
    part = kept.with_suffix(".part")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        os.replace(part, kept)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
