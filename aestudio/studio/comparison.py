"""Two documents beside each other on one clock: they train step by step together, and are looked at at one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from aestudio.core.ground.texts import say
from aestudio.core.run.events import Finished, Held, Preview
from aestudio.core.run.run import WORDS, differences
from aestudio.core.training.pace import Pace
from aestudio.studio.document import Document
from aestudio.studio.events import CurvesShown, MomentShown, StatusChanged, Told
from aestudio.studio.notice import Noted
from aestudio.studio.status import State


class Comparison:
    """Left and right. What has a model of its settings already, as a kept run, is not trained again: it is shown at the
    step to which the other has come. While the other trains, pictures of that come where there is a moment of the kept
    one; where it holds, the kept one is computed again to the same step.
    """

    def __init__(self, left: Document, right: Document) -> None:
        self.left, self.right = left, right
        self._pace = Pace()
        self._states = {side: side.status.state for side in self.sides}
        self._acting = self._aligning = False
        self._leave = [side.listen(partial(self._read, side)) for side in self.sides]
        for side in self.sides:
            side.trainer.keep_pace(self._pace)
            side.slow_motion.trained = self
        self._look_at_moments()
        self._align(left)

    @property
    def sides(self) -> tuple[Document, Document]:
        return self.left, self.right

    def other(self, side: Document) -> Document:
        """The one beside it."""
        return self.right if side is self.left else self.left

    def close(self) -> None:
        """Each goes on by itself."""
        for leave in self._leave:
            leave()
        for side in self.sides:
            side.trainer.keep_pace(None)
            side.slow_motion.trained = side

    # -- training ------------------------------------------------------------------------------------------------------

    def to_train(self) -> Sequence[Document]:
        """Those without a model of their settings; both, from the beginning, where neither lacks one. A training that
        is under way is no model yet, and not begun again.
        """
        rest = [side for side in self.sides if not side.status.running]
        lacking = [side for side in rest if not has_its_model(side)]
        return lacking or (rest if len(rest) == len(self.sides) else [])

    @property
    def can_train(self) -> bool:
        """Whether there is a side to begin with. One whose images are being read is waited for: both begin at once."""
        found = self.to_train()
        loads = any(side.status.state is State.LOADING for side in found)
        return not loads and any(side.status.can_train for side in found)

    def _to_begin(self) -> Sequence[Document]:
        return self.to_train() if self.can_train else ()

    @property
    def can_step(self) -> bool:
        return bool(self._paused()) or self.can_train

    def train(self) -> None:
        """Begins what is to be trained, and goes on with what is paused. What one of them refuses leaves the other."""
        self._do(Document.train, [*self._to_begin(), *self._paused()])

    def go_on(self, epochs: Mapping[Document, int | None]) -> None:
        """Continues the trainings that these sides show, from where they ended, with so many epochs in all where that
        is another number.
        """

        def act(side: Document) -> None:
            if side.shown.number is not None:
                side.kept.continue_run(side.shown.number, epochs[side])

        self._do(act, [*epochs])
        resting = [one for one in self.sides if one not in epochs and not one.status.running]
        if resting == [self.left]:
            self.left.tell(Noted(say("Only the right side goes on: the left one has no training that can.")))
        elif resting == [self.right]:
            self.right.tell(Noted(say("Only the left side goes on: the right one has no training that can.")))

    def step(self) -> None:
        """One step of both, then hold; of the one that is behind, where one is."""
        self._do(Document.step, [*self._to_begin(), *self._paused()])  # who begins is behind before the other is told

    def pause(self) -> None:
        """Holds both at the same step, or goes on with both."""
        self._do(Document.pause, self._paused() or [one for one in self.sides if one.status.can_pause])

    def stop(self) -> None:
        """Ends both at the same step; both models stay."""
        self._do(Document.stop, [side for side in self.sides if side.status.can_stop])

    def _paused(self) -> list[Document]:
        return [side for side in self.sides if side.status.state is State.PAUSED]

    def _do(self, act: Callable[[Document], None], sides: Sequence[Document]) -> None:
        self._acting = True
        try:
            with self._pace.held():
                for side in sides:
                    act(side)
        finally:
            self._acting = False

    # -- what becomes of either ----------------------------------------------------------------------------------------

    def _read(self, side: Document, event: Told) -> None:
        match event:
            case StatusChanged(status):
                self._mirror(side, status.state)
                self._look_at_moments()
            case Held(step=step) if step <= (self.other(side).timeline.step or 0):
                self.other(side).slow_motion.held()  # it has waited until this one is as far
            case CurvesShown():  # another run may have been opened
                self._look_at_moments()
                self._align(side)
            case Preview() | MomentShown():
                self._align(side)
            case Finished(reason=reason, step=step) if reason != "stopped" and _goes_on_after(self.other(side), step):
                ended = (
                    say("The left side has ended at step {step:,}; the right one goes on.", step=step)
                    if side is self.left
                    else say("The right side has ended at step {step:,}; the left one goes on.", step=step)
                )
                side.tell(Noted(ended))

    def _mirror(self, side: Document, state: State) -> None:
        """Whoever pauses, goes on or stops takes the other along, however that was asked for."""
        before, self._states[side] = self._states[side], state
        if self._acting:  # it is done to both already
            return
        other = self.other(side)
        match state:
            case State.PAUSED if before is State.TRAINING and other.status.state is State.TRAINING:
                other.pause()
            case State.TRAINING if before is State.PAUSED and other.status.state is State.PAUSED:
                other.train()
            case State.STOPPING if before is not state and other.status.running and other.status.can_stop:
                other.stop()

    # -- one step for both ---------------------------------------------------------------------------------------------

    def _look_at_moments(self) -> None:
        """Beside a side that rests the other is seen where there is a moment of that."""
        resting = [side for side in self.sides if not side.status.running]
        self._pace.look_at(resting[0].timeline.steps if len(resting) == 1 else ())

    def _align(self, mover: Document) -> None:
        """The other is shown at the same step as this one; while this one trains at its last moment until then."""
        other = self.other(mover)
        if self._aligning or mover.preview is None or other.preview is None:
            return
        with self._while_aligning():
            if mover.shown.moment is None and mover.status.running and other.status.running:
                other.follow()  # the clock keeps them together
            elif (step := mover.timeline.step) is not None:
                moving = mover.status.state is State.TRAINING or mover.timeline.playing
                other.timeline.go_to(step, at_once=moving)

    @contextmanager
    def _while_aligning(self) -> Iterator[None]:
        self._aligning = True
        try:
            yield
        finally:
            self._aligning = False


def _goes_on_after(side: Document, step: int) -> bool:
    """Whether a training under way has more steps to take than so many."""
    if not side.status.running or side.dataset is None:
        return False
    return side.run.plan(side.dataset.shape, len(side.dataset.train)).steps > step


def has_its_model(side: Document) -> bool:
    """Whether the newest model was trained with the settings as they are."""
    newest = side.shown.newest
    return newest is not None and not differences(newest.run, side.run).keys() - set(WORDS)
