"""Makes the n-th write, flush, rename, opening or statement fail, or memory run out at the n-th large allocation."""

from __future__ import annotations

import builtins
import errno
import importlib
import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ALLOCATIONS = (
    "aestudio.core.training.fit.to_float",
    "aestudio.core.training.fit.Autoencoder",
    "aestudio.core.model.model_file.sealed",
    "aestudio.core.training.checkpoint.sealed",
    "aestudio.core.training.moment.sealed",
    "aestudio.core.library.beginning.pack_samples",
    "aestudio.core.library.recorder.some_samples",
    "aestudio.core.library.recorder.thumbnail",
    "aestudio.core.library.points.pack_terms",
    "aestudio.core.library.points.unpack_terms",
    "aestudio.core.denoise.pages.read_picture",
    "aestudio.core.denoise.pipeline.estimate",
    "aestudio.core.denoise.pipeline.clean",
    "aestudio.core.denoise.files.writing._encoded",
    "aestudio.core.export.exporting.subject",
)
"""Where memory is taken in large pieces."""


@dataclass
class Faults:
    """Counts what a piece of work does to the disk, and fails at the n-th of it, or from there on where it `lasts`."""

    folder: Path
    """Only files in it are counted: those of Python itself go on."""
    fails_at: int = 0
    """Counted from 1; 0 for never."""
    lasts: bool = False
    memory: bool = False
    """Allocations are counted instead of the disk."""
    done: list[str] = field(default_factory=list)

    def meet(self, what: str, allocation: bool = False) -> None:
        """Something is about to be done. Raises what the system would."""
        if allocation is not self.memory:
            return
        self.done.append(what)
        met = len(self.done) == self.fails_at or (self.lasts and 0 < self.fails_at <= len(self.done))
        if not met:
            return
        if allocation:
            raise MemoryError
        if what.startswith("sqlite"):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        number = errno.ENOSPC if self.lasts or "write" in what else errno.EIO
        raise OSError(number, os.strerror(number))

    def _inside(self, path: object) -> bool:
        try:
            return Path(os.path.abspath(os.fspath(path))).is_relative_to(self.folder)  # type: ignore[call-overload]
        except TypeError:  # a handle
            return False


class _File:
    """A file whose every write is counted."""

    def __init__(self, file: Any, faults: Faults, name: str) -> None:
        self._file, self._faults, self._name = file, faults, name

    def write(self, content: Any) -> Any:
        self._faults.meet(f"write {self._name}")
        return self._file.write(content)

    def __enter__(self) -> _File:
        self._file.__enter__()
        return self

    def __exit__(self, *what: Any) -> Any:
        return self._file.__exit__(*what)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def failing(faults: Faults) -> Iterator[Faults]:
    """What happens inside meets the faults."""
    honest = {name: getattr(os, name) for name in ("open", "fdopen", "fsync", "replace", "rename", "mkdir")}
    opened, connected = io.open, sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if not statement.startswith("ROLLBACK"):  # SQLite does it by itself where the disk fails
                faults.meet(f"sqlite {statement[:40]}")
            return super().execute(statement, *values)

        def executemany(self, statement: str, *values: Any) -> sqlite3.Cursor:
            faults.meet(f"sqlite {statement[:40]}")
            return super().executemany(statement, *values)

        def backup(self, *where: Any, **how: Any) -> None:
            faults.meet("sqlite backup")
            super().backup(*where, **how)

    def connect(path: Any, *more: Any, **how: Any) -> sqlite3.Connection:
        faults.meet("sqlite connect")
        made: sqlite3.Connection = connected(path, *more, **{"factory": Connection, **how})
        return made

    def file(path: Any, mode: str = "r", *more: Any, **how: Any) -> Any:
        if not faults._inside(path):
            return opened(path, mode, *more, **how)
        faults.meet(f"open {Path(path).name}")
        found = opened(path, mode, *more, **how)
        return _File(found, faults, Path(path).name) if set(mode) & set("wax+") else found

    def handle(path: Any, flags: int, *more: Any, **how: Any) -> int:
        if faults._inside(path) and flags & (os.O_WRONLY | os.O_RDWR):  # folders are opened to be emptied
            faults.meet(f"open {Path(path).name}")
        return int(honest["open"](path, flags, *more, **how))

    def of_handle(number: int, mode: str = "r", *more: Any, **how: Any) -> Any:
        return _File(honest["fdopen"](number, mode, *more, **how), faults, "of a handle")

    def fsync(number: Any) -> None:
        faults.meet("fsync")
        honest["fsync"](number)

    def moving(name: str) -> Callable[..., None]:
        def move(*paths: Any, **how: Any) -> None:
            if faults._inside(paths[0]):
                faults.meet(f"{name} {Path(paths[0]).name}")
            honest[name](*paths, **how)

        return move

    with pytest.MonkeyPatch.context() as patch:
        for owner, name, made in (
            (io, "open", file),
            (builtins, "open", file),
            (sqlite3, "connect", connect),
            (os, "open", handle),
            (os, "fdopen", of_handle),
            (os, "fsync", fsync),
            *((os, name, moving(name)) for name in ("replace", "rename", "mkdir")),
        ):
            patch.setattr(owner, name, made)
        for site in ALLOCATIONS:
            patch.setattr(site, _allocating(site, faults))
        yield faults


def _allocating(site: str, faults: Faults) -> Callable[..., Any]:
    module, _, name = site.rpartition(".")
    honest = getattr(importlib.import_module(module), name)

    def allocate(*given: Any, **how: Any) -> Any:
        faults.meet(site, allocation=True)
        return honest(*given, **how)

    return allocate
