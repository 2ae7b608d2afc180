"""Steps that no moment was kept of: what the weights were there is computed again in the background, and then shown."""

from __future__ import annotations

from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import LibraryError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.core.library.branching import as_it_was, moment_of, taken_up_from
from aestudio.core.library.catalogue import Library
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.moment import Moment
from aestudio.studio.background import Start
from aestudio.studio.errand import Errand, Over

if TYPE_CHECKING:
    from aestudio.studio.document import Document

AFFORDED_SECONDS = 20.0
"""What would take longer is not computed: the moment before it stays."""


class Between:
    """One step at a time, of the run of the library that a document shows; the newest that is wanted wins."""

    def __init__(self, document: Document, start: Start) -> None:
        self._document = document
        self._errand = Errand(start)
        self._wanted: int | None = None
        self._computing: tuple[int, int] | None = None
        """The run and the step that are being computed."""
        self._last: tuple[int, Checkpoint] | None = None
        """The run that was computed last, and how far: the step after it is one step more."""

    @property
    def busy(self) -> bool:
        return self._errand.running or self._wanted is not None

    def want(self, step: int | None) -> None:
        """What the run was after so many steps is to be shown; None: nothing is any more."""
        self._wanted = step
        if self._computing is not None and self._computing[1] != step:
            self._errand.cancel()
        if step is not None:
            self._document.wake()

    def take(self) -> Moment | None:
        """What is wanted, once it has been computed; begins with what is wanted where nothing is under way."""
        found = None
        for told in self._errand.take():
            if isinstance(told, Over):
                computed, self._computing = self._computing, None
                if isinstance(told.found, Checkpoint) and computed is not None:
                    self._last = computed[0], told.found
                    if not self._document.status.running and computed == (self._document.shown.number, self._wanted):
                        found, self._wanted = moment_of(told.found), None
                elif not self._errand.cancelled:  # it cannot be had: what is shown says its step
                    self._wanted = None
        if self._wanted is not None and not self._errand.running:
            self._begin(self._wanted)
        return found

    def close(self, seconds: float) -> bool:
        """Gives up; False where that takes longer."""
        self._wanted = None
        return self._errand.close(seconds)

    def _begin(self, step: int) -> None:
        document, number = self._document, self._document.shown.number
        dataset, compute, folder = document.dataset, document.compute, document.shelf.folder
        if number is None or dataset is None or document.status.running or not self._is_afforded(number, step):
            self._wanted = None
            return
        begun = self._last[1] if self._last is not None and self._last[0] == number else None
        name = say("Computing a step again")

        def work(report: Report) -> Checkpoint:
            with Library(folder) as library:
                return as_it_was(library, number, step, dataset, compute, lambda done: report(name, done), begun)

        self._computing = (number, step)
        self._errand.begin(work, name)

    def _is_afforded(self, number: int, step: int) -> bool:
        """By what a step took when the run was trained."""

        def seconds(library: Library) -> float:
            told, reached = library.summary(number), [-inf]
            if self._last is not None and self._last[0] == number and self._last[1].position.step <= step:
                reached.append(self._last[1].position.step)
            with suppress(LibraryError):  # there is no checkpoint before it
                reached.append(taken_up_from(library, number, step, trains=False))
            return (step - max(reached)) * told.seconds / max(1, told.step)

        found = self._document.shelf.ask(seconds)
        return found is not None and found <= AFFORDED_SECONDS
