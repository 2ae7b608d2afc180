"""What a person may do to a run while it trains. Any thread may call it; the loop looks at it between steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition

from aestudio.core.run.run import Run
from aestudio.core.training.pace import Pace


class Controls:
    """Pause, single step, resume, stop, live changes and requests for a Preview."""

    def __init__(self, *, paused: bool = False) -> None:
        self._changed = Condition()
        self._paused = paused
        self._stopped = self._hurried = self._called_off = False
        self._single_steps = 0
        self._wanted: Run | None = None
        self._resamples: deque[tuple[int, ...]] = deque()
        self._preview_wanted = False
        self._listening = False
        self._pace: Pace | None = None
        self.done = 0
        """How many steps the loop has taken, over all phases."""

    # -- for the person ------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Hold before the next step; a long one that is under way is taken back and taken again later."""
        self._set(paused=True)

    def resume(self) -> None:
        self._set(paused=False)

    def step(self) -> None:
        """Take one step and hold; several calls add up. One that is ahead of others holds, until they are as far."""
        with self._changed:
            self._paused = True
            self._single_steps += self._pace is None or not self._pace.is_ahead(self)
            self._changed.notify_all()

    def stop(self) -> None:
        """End the run before the next step, paused or not; the model is scored as it is then."""
        self._set(stopped=True)

    def hurry(self) -> None:
        """End the run, and do not wait for scores: where they are not there yet it ends without."""
        self._hurried = True
        self.stop()

    def use(self, run: Run) -> None:
        """The settings from the next step on: the run in training with other values of its live settings. The newest
        wins; one that does not fit is refused with a Warned, and the settings stay as they were.
        """
        with self._changed:
            self._wanted = run
            self._changed.notify_all()

    def resample(self, units: Sequence[int]) -> None:
        """Units of the hidden layer that is being trained are drawn anew before the next step; those of a convolution
        are its channels. Numbers that the layer does not have are passed over.
        """
        with self._changed:
            self._resamples.append(tuple(units))
            self._changed.notify_all()

    def ask_for_preview(self) -> None:
        """Somebody is ready for the next Preview; it comes as soon as the loop can afford it."""
        with self._changed:
            self._preview_wanted = self._listening = True
            self._changed.notify_all()

    def keep_pace(self, pace: Pace | None) -> None:
        """Goes step by step with the other trainings in it from now on; None: by itself again."""
        if self._pace is not None:
            self._pace.leave(self)
        self._pace = pace
        if pace is not None:
            pace.enter(self)
        self.wake()

    def wake(self) -> None:
        """Whoever waits looks again at what there is to do."""
        with self._changed:
            self._changed.notify_all()

    def _set(self, *, paused: bool | None = None, stopped: bool | None = None) -> None:
        with self._changed:
            self._called_off |= bool(stopped) or (bool(paused) and not self._paused)
            self._paused = self._paused if paused is None else paused
            self._stopped = self._stopped if stopped is None else stopped
            if paused is False:
                self._single_steps = 0
            self._changed.notify_all()

    # -- for the loop --------------------------------------------------------------------------------------------------

    @property
    def stopped(self) -> bool:
        return self._stopped and (self._hurried or not self._owes())

    @property
    def hurried(self) -> bool:
        """Nobody waits for scores any more."""
        return self._hurried

    @property
    def called_off(self) -> bool:
        """Stopped or paused since the loop was last told that it may step."""
        return self._called_off

    @property
    def holds(self) -> bool:
        """Paused, with no single step to take."""
        return self._paused and not self._single_steps and not self._owes()

    @property
    def steps_singly(self) -> bool:
        """Paused, with a single step to take."""
        return self._paused and self._single_steps > 0

    @property
    def listening(self) -> bool:
        """Somebody has ever asked for a Preview; such a reader also gets one of the untrained and one of the final
        model.
        """
        return self._listening

    def may_preview(self, affordable: Callable[[], bool]) -> bool:
        """Whether a Preview is wanted now: beside others after the same step as of them."""
        if not self._preview_wanted:
            return False
        return affordable() if self._pace is None else self._pace.may_look(self, affordable)

    def preview_given(self) -> None:
        self._preview_wanted = False
        if self._pace is not None:
            self._pace.looked(self)

    def arrive(self, done: int) -> None:
        """The loop has taken so many steps, over all phases."""
        self.done = done
        if self._pace is not None:
            self._pace.arrive(self)

    def take_run(self) -> Run | None:
        """The newest settings since the last call; None where nothing has changed."""
        if self._wanted is None:  # the usual case, without the lock
            return None
        with self._changed:
            taken, self._wanted = self._wanted, None
        return taken

    def take_resamples(self) -> list[tuple[int, ...]]:
        """The units to draw anew, as they were asked for since the last call, oldest first."""
        if not self._resamples:
            return []
        with self._changed:
            taken = list(self._resamples)
            self._resamples.clear()
        return taken

    def may_step(self) -> bool:
        """Whether the loop may take a step now; a single step that was asked for is used up. Beside others it waits for
        them, but not where the person wants something else done first.
        """
        if (pace := self._pace) is not None:
            return self._may_step_beside(pace)
        if not self._paused and not self._called_off:  # the usual case, without the lock
            return True
        with self._changed:
            self._called_off = self._stopped
            if self._single_steps:
                self._single_steps -= 1
                return True
            return not self._paused

    def _may_step_beside(self, pace: Pace) -> bool:
        pace.arrive(self)  # a step that was called off was not taken
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._pace is not pace
                    or pace.may_begin(self)
                    or self.holds
                    or self._stopped
                    or self._wanted
                    or self._resamples
                )
            )
            self._called_off = self.stopped
            if self.holds or self.stopped or not pace.may_begin(self):
                return False
            self._single_steps = max(0, self._single_steps - 1)
        pace.begin(self)
        return True

    def wait(self) -> None:
        """Blocks while there is nothing to do: until a step, a resume, a stop, a change, units to draw anew or a wish
        for a Preview.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    not self._paused
                    or self._stopped
                    or self._single_steps
                    or self._wanted
                    or self._resamples
                    or self._preview_wanted
                    or self._owes()
                )
            )

    def _owes(self) -> bool:
        """Another training has taken a step that this one has still to take."""
        return self._pace is not None and self._pace.owes(self)
