"""Back in time: the moments of the training that is shown, in memory and in the library, and a branch from one."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aestudio.core.export.film import save_film
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import plural, say
from aestudio.core.library.branching import branch, taken_up_from
from aestudio.core.library.catalogue import Library
from aestudio.core.library.moments import MomentFolder
from aestudio.core.model.model_file import ModelFile
from aestudio.core.run.events import Finished, Started
from aestudio.core.training.moment import Moment
from aestudio.studio.background import Start
from aestudio.studio.between import Between
from aestudio.studio.errand import Doing, Errand, Over
from aestudio.studio.events import Branching, CurvesShown, LibraryChanged, MomentShown, SnapshotsChanged, Told
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.snapshots import Snapshot
from aestudio.studio.status import State
from aestudio.studio.trial import opened_preview

if TYPE_CHECKING:
    from aestudio.studio.document import Document

FRAME_SECONDS = 0.1
"""How long a film shows each moment at least."""


class Timeline:
    """Where in its training a document is looked at."""

    def __init__(self, document: Document, start: Start) -> None:
        self._document = document
        self._errand, self._filming = Errand(start), Errand(start)
        self._between = Between(document, start)
        self._wanted: tuple[int, int] | None = None
        """The run and the step of a branch that waits for the training to end."""
        self._from: tuple[int, int] = (0, 0)
        self._due: float | None = None
        """When the next frame of the film is; None where none is played."""
        self._kept: tuple[int, ...] = ()
        self._steps: tuple[int, ...] = ()
        document.listen(self._read)

    # -- where it is ---------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> tuple[int, ...]:
        """Those that can be gone to, oldest first; none where no model is shown."""
        return self._steps if self._document.preview is not None else ()

    @property
    def place(self) -> int:
        """Of the moment that is shown among `steps`; the last where the newest is followed."""
        moment = self._document.shown.moment
        last = max(0, len(self.steps) - 1)
        return last if moment is None else min(last, bisect_left(self.steps, moment.step))

    @property
    def step(self) -> int | None:
        """That is shown; None where nothing is."""
        moment = self._document.shown.moment
        return moment.step if moment is not None else self.steps[-1] if self.steps else None

    @property
    def is_newest(self) -> bool:
        """Whether what the training comes to is followed."""
        return self._document.shown.moment is None

    def go(self, place: int) -> None:
        """Shows one of `steps` from now on; the last of them follows the training."""
        self._between.want(None)
        place = max(0, min(place, len(self.steps) - 1))
        if place >= len(self.steps) - 1:
            self._document.follow()
        elif self.is_newest or self.steps[place] != self.step:
            self._show(self.steps[place])

    def go_to(self, step: int, *, at_once: bool = False) -> None:
        """Shows what there was after so many steps. Where no moment is kept of them it is the one before, until the
        weights have been computed again, unless `at_once` is all that is wanted.
        """
        steps = self.steps
        if not steps or (self.step == step and step not in steps):
            return
        place = max(0, bisect_right(steps, step) - 1)
        self.go(place)
        if steps[place] < step < steps[-1] and not at_once:
            self._between.want(step)

    def follow(self) -> None:
        """What the training comes to is shown again."""
        self._due = None
        self._between.want(None)
        self._document.follow()

    def by(self, moments: int) -> None:
        """So many moments later, or earlier where it is negative."""
        self.go(self.place + moments)

    # -- a film --------------------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether moment after moment is shown."""
        return self._due is not None

    def play(self) -> None:
        """Shows one moment after the other until the newest, from the first where that is shown now; or stops that."""
        self._due = None if self.playing or len(self.steps) < 2 else time.monotonic() + FRAME_SECONDS
        if self.playing and self.is_newest:
            self.go(0)
        else:
            self._document.tell(MomentShown(self._document.shown.moment))
        self._document.wake()

    @property
    def can_save_film(self) -> bool:
        """Whether the library keeps moments of what is shown, and no film is being written."""
        return len(self._kept) > 1 and bool(self.steps) and not self._filming.running

    def save_film(self, path: Path) -> None:
        """Writes the moments of the shown run, as the library keeps them, as a GIF in the background."""
        number, folder = self._document.shown.number, self._document.shelf.folder
        if number is None or not self.can_save_film:
            self._document.tell(Failed(say("There are no moments of a kept run to make a film of.")))
            return

        def work(report: Report) -> str:
            with Library(folder) as library:
                count = save_film(library, number, path, report)
            return str(plural("Saved {path}: {count} frame", "Saved {path}: {count} frames", count, path=path))

        self._filming.begin(work, say("Making a film"))
        self._document.tell(Noted(say("Making a film…")))
        self._document.wake()

    def _next_frame(self) -> None:
        if self._due is None or time.monotonic() < self._due:
            return
        last = self.place >= len(self.steps) - 2
        self._due = None if last else time.monotonic() + FRAME_SECONDS
        self.by(1)

    # -- what there is -------------------------------------------------------------------------------------------------

    def _show(self, step: int) -> None:
        shown = self._document.shown
        kept = next((one for one in shown.snapshots.kept if one.step == step), None)
        if kept is None:
            kept = self._read_back(step)
        if kept is not None:
            shown.show(kept)

    def _read_back(self, step: int) -> Snapshot | None:
        """A moment of the library, and what its weights do to held-out images now."""
        number = self._document.shown.number
        if number is None:
            return None
        found = self._document.shelf.ask(lambda library: MomentFolder(library.files(number)).read(step))
        if found is None:  # gone or damaged, which was told: it is passed over from here on
            self._kept = tuple(one for one in self._kept if one != step)
            self._join()
            return None
        return self._snapshot(found)

    def _snapshot(self, found: Moment) -> Snapshot:
        shown = self._document.shown
        scores = shown.curves.scores_at(found.step)
        samples = shown.opened.samples if shown.opened is not None else None
        file = ModelFile(found.run, found.shape, dict(found.weights), scores, found.depth, samples)
        preview = opened_preview(file, self._document.dataset)
        return Snapshot(replace(preview, step=found.step, phase=found.phase), scores, read_back=True)

    def _read(self, event: Told) -> None:
        match event:
            case Started() | CurvesShown() | Finished():
                self._look()
            case SnapshotsChanged():
                self._join()
            case MomentShown():
                self._join()

    def _look(self) -> None:
        """Into the library, for those that are kept there."""
        number, library = self._document.shown.number, self._document.shelf.library
        self._kept = ()
        if number is not None and library is not None:
            self._kept = tuple(self._document.shelf.ask(lambda asked: MomentFolder(asked.files(number)).steps()) or ())
        self._join()

    def _join(self) -> None:
        shown = self._document.shown
        if shown.number is None and not shown.snapshots.kept:
            self._kept = ()
        here = {one.step for one in shown.snapshots.kept}
        if self._kept and len(said := shown.curves.steps) and not self._document.status.running:
            here.add(int(said[-1]))  # the newest, whether its moment is kept or not
        self._steps = tuple(sorted(here.union(self._kept)))

    # -- a branch ------------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether `tick` is wanted."""
        return self.playing or self.branching or self._filming.running or self._between.busy

    @property
    def branching(self) -> bool:
        """A branch is being made, or waits for the training to end."""
        return self._errand.running or self._wanted is not None

    @property
    def can_branch(self) -> bool:
        """Whether there is a moment that another way can be taken from."""
        shown = self._document.shown
        return (
            not self.branching and shown.number is not None and bool(self.steps) and self._document.dataset is not None
        )

    def branch(self) -> None:
        """A new run from the moment that is shown: a training under way ends first, and stays in the library. When it
        is there it is opened, to go on with other settings.
        """
        number, step = self._document.shown.number, self.step
        if not self.can_branch or number is None or step is None:
            self._document.tell(Failed(say("There is no moment of a kept run to branch from.")))
            return
        trains = self._document.status.running
        if self._document.shelf.ask(lambda library: taken_up_from(library, number, step, trains=trains)) is None:
            return  # and the training goes on
        self._wanted = (number, step)
        self._document.tell(Branching(step, -1.0))
        self.tick()

    def cancel(self) -> None:
        """Gives the branch up."""
        self._wanted = None
        self._errand.cancel()
        if not self._errand.running:
            self._document.tell(Branching(None))

    def tick(self) -> None:
        """Shows the next frame of a film, begins a branch that waited, and takes in how far it is."""
        self._next_frame()
        if (moment := self._between.take()) is not None:
            self._document.shown.show(self._snapshot(moment))
        if self._wanted is not None:
            self._begin_waiting(*self._wanted)
        for told in self._filming.take():
            if isinstance(told, Over) and not self._filming.cancelled:
                self._document.tell(Noted(str(told.found)) if told.found else Failed(told.problem))
        for told in self._errand.take():
            match told:
                case Doing(_, fraction):
                    self._document.tell(Branching(self._from[1], fraction))
                case Over(found, problem):
                    self._over(found, problem)

    def close(self, seconds: float) -> bool:
        """Gives up; False where that takes longer."""
        self._wanted = None
        over = [one.close(seconds) for one in (self._errand, self._filming, self._between)]
        return all(over)

    def _begin_waiting(self, number: int, step: int) -> None:
        document, state = self._document, self._document.status.state
        if state in (State.TRAINING, State.PAUSED):
            document.stop()  # and its scores are waited for
        if state is not State.READY or document.dataset is None or self._errand.running:
            return
        self._wanted, self._from = None, (number, step)
        dataset, compute, folder = document.dataset, document.compute, document.shelf.folder

        def work(report: Report) -> int:
            with Library(folder) as library:
                name = say("Branching")
                return branch(library, number, step, dataset, compute, lambda done: report(name, done))

        self._errand.begin(work, say("Branching"))
        document.wake()

    def _over(self, found: object, problem: str) -> None:
        document = self._document
        document.tell(Branching(None))
        document.tell(LibraryChanged())
        if self._errand.cancelled:  # where it was there already it is in Runs
            return
        if not isinstance(found, int):
            document.tell(Failed(problem))
            return
        if document.status.state is State.READY:
            document.kept.open_run(found)
            said = say(
                "Branched at step {step:,}: run {number}. Change a setting if you like, then press Continue.",
                step=self._from[1],
                number=found,
            )
        else:
            said = say("Branched at step {step:,}: run {number} is in Runs.", step=self._from[1], number=found)
        document.tell(Noted(said))
