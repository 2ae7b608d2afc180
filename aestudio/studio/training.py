"""One training at a time in the background, and the ways to speak to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.run.events import Event, Preview
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.every import Every
from aestudio.core.training.pace import Pace
from aestudio.studio.background import Ended, Start, Stream
from aestudio.studio.next_training import NextTraining
from aestudio.studio.throttle import Throttle

PREVIEW_SECONDS = 0.1
"""A new preview is asked for this long after one was shown: drawing, not the preview, is what costs."""


def preview_of(event: object) -> object:
    """The newest preview of a training replaces one that nobody has looked at."""
    return Preview if isinstance(event, Preview) else None


class Training:
    """Hosts the loop."""

    def __init__(self, start: Start, throttle: Throttle) -> None:
        self._throttle = throttle
        self._stream: Stream[Event] = Stream(start, preview_of)
        self._controls = Controls()
        self._pace: Pace | None = None
        self._watching = False
        self._preview_due = 0.0

    @property
    def running(self) -> bool:
        return self._stream.running

    def begin(
        self,
        run: Run,
        dataset: Dataset,
        compute: Compute,
        library: Path,
        begun: NextTraining,
        every: Every,
        *,
        paused: bool = False,
    ) -> None:
        """A new run in the library, or one of it from its newest checkpoint; it holds at once where it is `paused`."""
        self._controls = controls = Controls(paused=paused)
        controls.keep_pace(self._pace)
        controls.ask_for_preview()
        self._watching = not paused

        def work(post: Callable[[Event], None]) -> None:
            try:
                for event in fit_and_keep(
                    run,
                    dataset,
                    controls,
                    compute,
                    folder=library,
                    number=begun.number,
                    parent=begun.parent,
                    every=every,
                ):
                    post(event)
            finally:
                controls.keep_pace(None)  # nobody waits for one that is over, whatever has ended it

        self._stream.begin(work, "training")

    def take(self) -> list[Event | Ended]:
        """What it has told since the last time; asks for a new preview where one was shown a while ago."""
        if self.running and self._watching and time.monotonic() >= self._preview_due:
            self._controls.ask_for_preview()
            self._preview_due = time.monotonic() + PREVIEW_SECONDS * self._throttle.factor
        return self._stream.take()

    def keep_pace(self, pace: Pace | None) -> None:
        """This training and those to come go step by step with others; None: by themselves again."""
        self._pace = pace
        if self.running:
            self._controls.keep_pace(pace)

    def use(self, run: Run) -> None:
        """Other live values from the next step on."""
        self._controls.use(run)

    def resample(self, units: Sequence[int]) -> None:
        """Units of the hidden layer in training get new weights before the next step."""
        self._controls.resample(units)

    def pause(self) -> None:
        self._controls.pause()
        self._watching = False

    def resume(self) -> None:
        self._controls.resume()
        self._watching = True

    def step(self) -> None:
        """One step, then hold."""
        self._controls.step()

    def stop(self) -> None:
        self._controls.stop()
        self._watching = False

    def hurry(self) -> None:
        """Stops, and does not wait for the scores."""
        self._controls.hurry()
        self._watching = False

    def close(self, seconds: float) -> bool:
        """Stops and waits, but not for the scores; False where it would not stop in time."""
        self.hurry()
        return self._stream.wait(seconds)
