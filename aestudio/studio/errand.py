"""One piece of work in the background that says how far it is and can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Flag

from aestudio.core.ground.errors import Cancelled, StudioError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.studio.background import Ended, Start, Stream


@dataclass(frozen=True)
class Doing:
    """What is being done, and the fraction done, negative where unknown."""

    doing: str
    fraction: float


@dataclass(frozen=True, eq=False)
class Over:
    """Always the last: what the work returned, or None and why there is nothing, in words."""

    found: object
    problem: str


class Each:
    """What is posted of this kind is taken to the last one, in its order."""


def _key(event: object) -> object:
    return None if isinstance(event, Each) else type(event)


class Errand:
    """Calls `work(report)` on a thread of its own, one work at a time; of what it posts meanwhile, the newest of each
    kind waits to be taken, and every Each.
    """

    def __init__(self, start: Start) -> None:
        self._stream: Stream[object] = Stream(start, _key)
        self._name = ""
        self._found: object = None
        self._flag = Flag()

    @property
    def running(self) -> bool:
        """Work was begun and its end has not been taken."""
        return self._stream.running

    @property
    def cancelled(self) -> bool:
        """Whether the last work was asked to give up, in time or not."""
        return self._flag.is_set()

    def begin(self, work: Callable[[Report], object], name: str) -> None:
        """`name` says what it is, as the beginning of a sentence: `Loading MNIST`. The work before must be over."""
        self._name, self._found = name, None
        self._flag = flag = Flag()

        def run(post: Callable[[object], None]) -> None:
            def report(doing: str, fraction: float | None) -> None:
                if flag.is_set():
                    raise Cancelled("{name} was cancelled.", name=name)
                post(Doing(doing, -1.0 if fraction is None else fraction))

            post(Doing(name, -1.0))
            self._found = work(report)

        self._stream.begin(run, name)

    def post(self, event: object) -> None:
        """Something that the work has to show meanwhile; called from its thread."""
        self._stream.post(event)

    def take(self) -> list[object]:
        """All that has come since the last time: Doing, what was posted, at last Over."""
        return [self._over(one.error) if isinstance(one, Ended) else one for one in self._stream.take()]

    def _over(self, error: BaseException | None) -> Over:
        found, self._found = self._found, None
        if isinstance(error, StudioError):
            return Over(None, str(error))
        if error is not None:
            return Over(None, say("{name} failed: {error}", name=self._name, error=error))
        return Over(found, "")

    def cancel(self) -> None:
        """Asks the work to give up; it does at its next report."""
        self._flag.set()

    def close(self, seconds: float) -> bool:
        """Cancels and waits; False where the work would not stop in time."""
        self.cancel()
        return self._stream.wait(seconds)
