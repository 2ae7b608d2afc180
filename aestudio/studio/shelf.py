"""The run library as the window's thread asks it: an answer, or the reason told and None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aestudio.core.ground import folders
from aestudio.core.ground.errors import DamagedError, LibraryError, StudioError
from aestudio.core.ground.journal import LOG
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import Summary

if TYPE_CHECKING:
    from aestudio.core.library.moments import MomentFolder
    from aestudio.core.model.model_file import ModelFile
    from aestudio.core.run.history import Curves
    from aestudio.core.run.run import Run

T = TypeVar("T")
NEWEST = 200
"""So many of them tell how fast this machine is, and what was done last."""
QUICK = 2**26
"""Bytes of a database that is looked through each time that the program starts: it takes no more than a moment."""


class Shelf:
    """Holds the program's own Library, or knows why there is none. One for all documents; of one thread."""

    def __init__(self, failed: Callable[[str], None]) -> None:
        """`failed` is told the reason, in a sentence, where the library cannot answer."""
        self._failed = failed
        self.library: Library | None = None
        self.problem = ""
        """Why there is no library, in words."""
        self.folder: Path = folders.library()
        """Where trainings are kept, if anywhere."""
        self.damaged = False
        """The library can be made again."""
        self.open()

    def open(self) -> None:
        """Takes up the library, where that can be had."""
        self.problem, self.damaged = "", False
        try:
            self.library = Library(self.folder)
            if self.library.size() <= QUICK:
                self.library.make_sure_it_is_whole()
        except LibraryError as error:
            self.problem, self.damaged = str(error), isinstance(error, DamagedError)
            LOG.warning("library: %s", error)
            self.close()

    @property
    def kept_in(self) -> Path | None:
        """The folder where trainings are kept; None where there is no library."""
        return self.folder if self.library else None

    def close(self) -> None:
        """Leaves the library."""
        if self.library is not None:
            self.library.close()
        self.library = None

    def run(self, number: int) -> Run | None:
        """A run's settings at its end."""
        return self.ask(lambda library: library.run(number))

    def model(self, number: int) -> ModelFile | None:
        """What a run has learned."""
        return self.ask(lambda library: library.model(number))

    def curves(self, number: int) -> Curves | None:
        """Every loss point of a run."""
        return self.ask(lambda library: library.curves(number))

    def curves_before(self, title: str, number: int | None) -> Curves | None:
        """Of the newest run of this title before that number, or of all where it is None; None where there is none."""
        if self.library is None:
            return None
        runs = self.ask(lambda library: library.runs(below=number)) or []
        before = next((run.id for run in runs if run.title == title and run.step), None)
        return None if before is None else self.curves(before)

    def moments(self, number: int) -> MomentFolder | None:
        """Of a run, to go back to; nobody is told where the library does not know it."""
        from aestudio.core.library.moments import MomentFolder  # with torch

        try:
            return MomentFolder(self.library.files(number)) if self.library is not None else None
        except LibraryError:
            return None

    def title(self, number: int) -> str | None:
        """What a run is called."""
        return self.ask(lambda library: library.summary(number).title)

    def newest(self, until: int | None = None) -> list[Summary]:
        """The newest runs, or the newest of those up to a number, as far as the library answers; nobody is told where
        it does not.
        """
        below, most = (None, NEWEST) if until is None else (until + 1, 1)
        try:
            return self.library.runs(below=below, most=most) if self.library is not None else []
        except LibraryError:
            return []

    def apart(self, runs: Sequence[Summary], *, ready: bool) -> dict[int, str]:
        """What tells the newest of these from those of their titles; nobody is told where the library does not. See
        `grouping.apart` for `ready`.
        """
        from aestudio.studio.runs.grouping import newest_apart  # with all that runs are compared by

        try:
            return newest_apart(self.library, runs, ready=ready) if self.library is not None else {}
        except LibraryError:
            return {}

    def ask(self, question: Callable[[Library], T]) -> T | None:
        """What the library answers; None, and the reason told, where it cannot."""
        try:
            if self.library is None:
                raise LibraryError(self.problem)
            return question(self.library)
        except StudioError as error:
            self._failed(str(error))
            return None
