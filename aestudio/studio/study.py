"""A study in the background: several trainings one after the other, beside whatever else goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import say
from aestudio.core.run.events import Preview
from aestudio.core.training.controls import Controls
from aestudio.studio.background import Ended, Start, Stream

Work = Callable[[Controls], Iterator[Any]]
"""Runs in a thread of its own, and tells what it finds: events, or records that hold one as `event`."""


def newest_preview(told: Any) -> object:
    """A newer preview of the same curve replaces one that nobody has looked at."""
    if not isinstance(getattr(told, "event", None), Preview):
        return None
    return (getattr(told, "curve", None), getattr(told, "index", None), getattr(told, "begins_tuning", None))


class StudyRun:
    """One study at a time."""

    def __init__(self, start: Start) -> None:
        self._stream: Stream[Any] = Stream(start, newest_preview)
        self._controls = Controls()

    @property
    def running(self) -> bool:
        return self._stream.running

    @property
    def stopped(self) -> bool:
        """Whether the person has stopped it."""
        return self._controls.stopped

    @property
    def hurried(self) -> bool:
        """Whether scores of what was under way are not wanted either."""
        return self._controls.hurried

    def begin(self, work: Work) -> None:
        """The one before must be over."""
        self._controls = controls = Controls()
        controls.ask_for_preview()  # the loop then gives one at the end of every phase

        def iterate(post: Callable[[Any], None]) -> None:
            for one in work(controls):
                post(one)

        self._stream.begin(iterate, "study")

    def stop(self) -> None:
        """Ends it after the running step; what has been found stays."""
        self._controls.stop()

    def hurry(self) -> None:
        """Ends it, and does not wait for the scores of what is under way."""
        self._controls.hurry()

    def take(self) -> list[Any]:
        """All that it has told since the last time, oldest first; Ended is the last."""
        return self._stream.take()

    def close(self, seconds: float) -> bool:
        """Stops and waits; False where it would not stop in time."""
        self.stop()
        return self._stream.wait(seconds)


def problem_of(ended: Ended) -> str:
    """Why it broke off, in words; nothing where it did not."""
    if ended.error is None:
        return ""
    if isinstance(ended.error, StudioError):
        return str(ended.error)
    return say("The study ended unexpectedly: {error}", error=ended.error)
