"""A run that begins while another program holds the library: it trains, and joins the library when that is free."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from aestudio.core.ground.errors import BusyError, LibraryError
from aestudio.core.library.recorder import Recorder
from aestudio.core.run.events import Evaluated, Event, Finished, Joined, Progress, Started
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.moment import Moment, Wanted

RETRY_SECONDS = 1.0
"""Between two looks whether the library is free."""


class Joining:
    """Remembers what is said until `begin` gives a Recorder, then stands aside: `for event in joining.record(…)`."""

    def __init__(self, begin: Callable[[float | None], Recorder]) -> None:
        """`begin` waits for so many seconds (None: as long as usual); raises BusyError while the library is held."""
        self._begin = begin
        self._recorder: Recorder | None = None
        self._heard: list[Event] = []
        self._retry_at = time.monotonic() + RETRY_SECONDS
        self._problem = ""
        self._changes: list[tuple[int, Run | Sequence[int]]] = []

    def record(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, with a Joined as soon as the run is in the library; the last is still Finished."""
        for event in events:
            if isinstance(event, Finished):
                self._join(None)
            if self._recorder is not None:
                yield Joined(self._recorder.number)
                yield from self._recorder.record(_with_first(event, events))
                return
            if isinstance(event, Started | Progress | Evaluated):
                self._heard.append(event)
            yield replace(event, unkept=self._problem) if isinstance(event, Finished) else event

    def _join(self, seconds: float | None) -> None:
        if self._recorder is not None:
            return
        try:
            recorder = self._begin(seconds)
        except LibraryError as error:
            self._problem = str(error)
            patient = isinstance(error, BusyError)  # else nothing is gained by asking again soon
            self._retry_at = time.monotonic() + RETRY_SECONDS * (1 if patient else 60)
            return
        recorder.diary.changes += self._changes
        recorder.catch_up(self._heard)
        self._recorder, self._heard = recorder, []

    # -- checkpoints: what the loop's Keeper does ----------------------------------------------------------------------

    def due(self, epoch: int) -> bool:
        if self._recorder is None and time.monotonic() >= self._retry_at:
            self._join(0)
        return self._recorder is not None and self._recorder.due(epoch)

    def keep(self, made: Checkpoint) -> Path | None:
        self._join(0)
        return None if self._recorder is None else self._recorder.keep(made)

    # -- moments: what the loop's Album does ---------------------------------------------------------------------------

    def wants(self, step: int) -> Wanted:
        return "nothing" if self._recorder is None else self._recorder.diary.wants(step)

    def take(self, made: Moment) -> None:
        if self._recorder is not None:
            self._recorder.diary.take(made)

    def take_whole(self, made: Checkpoint) -> None:
        if self._recorder is not None:
            self._recorder.diary.take_whole(made)

    def changed(self, step: int, change: Run | Sequence[int]) -> None:
        if self._recorder is None:
            self._changes.append((step, change))
        else:
            self._recorder.diary.changed(step, change)


def _with_first(first: Event, rest: Iterator[Event]) -> Iterator[Event]:
    yield first
    yield from rest
