"""The trainings of a document, one after the other: when they begin, hold and end, and what is made of their events."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import say
from aestudio.core.model.model_file import where_from
from aestudio.core.run.events import Evaluated, Event, Finished, Joined, Measuring, Preview, Saved, Started
from aestudio.core.run.run import Run
from aestudio.core.training.pace import Pace
from aestudio.studio import remarks
from aestudio.studio.background import Ended, Start
from aestudio.studio.events import CurvesShown, LibraryChanged
from aestudio.studio.next_training import NextTraining
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.status import State
from aestudio.studio.throttle import Throttle
from aestudio.studio.training import Training

if TYPE_CHECKING:
    from aestudio.studio.document import Document

SETTLING_SECONDS = 30
"""For the batch of images that is being scored, and for what is then written."""


class Trainer:
    """Trains what its document has set, and enters the state of that."""

    def __init__(self, document: Document, start: Start, throttle: Throttle) -> None:
        self._document = document
        self._training = Training(start, throttle)
        self.next = NextTraining()
        self._goes_on = False
        """The training under way is an old one continued."""
        self._untold: deque[Event | Ended] = deque()

    @property
    def busy(self) -> bool:
        """Whether `tick` is wanted."""
        return self._training.running or bool(self._untold)

    def tick(self) -> None:
        """Takes in what the training has told since the last time."""
        self._untold.extend(self._training.take())
        while self._untold:  # where a reader raises, the others are told at the next tick
            match event := self._untold.popleft():
                case Ended(error):
                    self._ended(error)
                case _:
                    self._read(event)

    # -- what people do ------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Starts a training, as soon as its data are there, or goes on with the one that is paused."""
        document, status = self._document, self._document.status
        if status.state is State.PAUSED:
            self._training.resume()
            document.enter(State.TRAINING)
        elif status.can_train:
            self._begin(paused=False)
        elif status.state is State.LOADING:
            self.next = self.next.waiting()
            document.tell(Noted(say("Training begins as soon as the images are there.")))
        elif status.problem:
            document.tell(Failed(status.problem))

    def pause(self) -> None:
        """Holds the training, or goes on with it."""
        state = self._document.status.state
        if state is State.PAUSED:
            self.train()
        elif state is State.TRAINING:
            self._training.pause()
            self._document.enter(State.PAUSED)

    def step(self) -> None:
        """One training step, then hold: of the training under way, else of the one that is shown, else of a new one."""
        document, status = self._document, self._document.status
        if status.state is State.PAUSED:
            self._training.step()
        elif status.can_continue and document.shown.number is not None:
            if remarks.is_complete(document):
                said = say("This run is complete: press Continue to say how many more epochs it gets.")
                document.tell(Failed(said))
                return
            document.kept.continue_run(document.shown.number, holds=True)
        elif status.can_step and self._begin(paused=True):
            self._training.step()

    def stop(self) -> None:
        """Ends the training after the running step; the model stays, and is scored. Once more: it is not."""
        status = self._document.status
        if status.state is State.MEASURING:
            self._training.hurry()
        elif status.can_stop:
            self._training.stop()
            self._document.enter(State.STOPPING)

    def resample(self, units: Sequence[int]) -> None:
        """Draws hidden units anew before the next step, where a training is under way."""
        if refusal := remarks.not_resampled(self._document):
            self._document.tell(Failed(refusal))
            return
        self._training.resample(units)
        self._document.tell(Noted(remarks.resampled(units)))

    def keep_pace(self, pace: Pace | None) -> None:
        """Its trainings go step by step with those of others from now on; None: by themselves again."""
        self._training.keep_pace(pace)

    def use(self, run: Run) -> None:
        """Other live values from the next step on."""
        self._training.use(run)

    def close(self, seconds: float) -> bool:
        """Stops what is trained; False where that takes longer."""
        return self._training.close(seconds)

    # -- what begins by itself -----------------------------------------------------------------------------------------

    def prepare(self, following: NextTraining) -> None:
        """This is trained next; what waits begins as soon as its data are there."""
        self.next = following
        if self._document.status.state.rests:
            self.begin_waiting()

    def wait_no_more(self) -> None:
        """Something else was chosen: a training that was to begin as soon as its images are there does not, and that is
        told.
        """
        if self.next.waits:
            self.next = self.next.with_other_images()
            self._document.tell(Noted(say("Something else was chosen, so training does not begin by itself.")))

    def begin_waiting(self) -> None:
        """The training that waited for its data."""
        if not self.next.waits:
            return
        document, holds = self._document, self.next.holds
        problem = document.status.problem
        if not (document.status.can_train and self._begin(paused=holds)):
            self.next = self.next.let_go()
            if problem and document.dataset is not None:  # why there are no images is told already
                document.tell(Failed(problem))
        elif holds:
            self._training.step()

    def settle(self) -> None:
        """Something else begins: the model of a training that is over is not scored any further."""
        if self._document.status.state is State.MEASURING:
            self._training.close(SETTLING_SECONDS)
            self._document.tick()

    def _begin(self, *, paused: bool) -> bool:
        """Whether it has begun."""
        self.settle()
        document = self._document
        dataset = document.dataset
        if dataset is None or not document.kept.is_safe():
            return False
        begun, self.next = self.next, NextTraining()
        document.shown.begin(where_from(document.run, dataset, document.compute.description), begun.number)
        self._goes_on = begun.number is not None
        every, folder = document.keeping.every, document.shelf.folder
        self._training.begin(document.run, dataset, document.compute, folder, begun, every, paused=paused)
        document.wake()
        document.enter(State.PAUSED if paused else State.TRAINING)
        return True

    # -- what it tells -------------------------------------------------------------------------------------------------

    def _ended(self, error: BaseException | None) -> None:
        if error is not None:
            self._document.tell(Failed(say("The training thread ended unexpectedly: {error}", error=error)))
        self._document.enter(State.READY)
        self._document.tell(LibraryChanged())

    def _read(self, event: Event) -> None:
        try:
            self._take_in(event)
        except (StudioError, RuntimeError) as error:  # one event that cannot be shown must not swallow the others
            self._document.tell(Failed(str(error)))

    def _take_in(self, event: Event) -> None:
        document = self._document
        shown = document.shown
        first = shown.preview is None
        if not shown.read(event):
            return
        if isinstance(event, Finished) and event.error:
            document.tell(Failed(event.error))
        if isinstance(event, Finished) and event.lost:
            document.kept.unkept = shown.file_of(event)
        document.tell(event)
        match event:
            case Preview():
                shown.try_soon()
                if first:
                    document.refresh()
            case Started():
                if self._goes_on and (before := document.shelf.curves(event.number)):
                    before = before.until(event.resumed_at)
                    shown.goes_on(before, event.resumed_at)
                    document.tell(CurvesShown(before))
                document.tell(LibraryChanged())
            case Measuring(last=True) if document.status.running:
                document.enter(State.MEASURING)
            case Evaluated() | Saved() | Joined():
                document.tell(LibraryChanged())
            case _:
                pass
