"""How long a study will take, measured in the background while its settings are looked at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event

from aestudio.core.ground.errors import Cancelled
from aestudio.core.theory.estimate import estimate
from aestudio.studio.background import Ended, Start, Stream
from aestudio.studio.studies.plans import Planned


class Estimating:
    """One estimate at a time; of what is asked meanwhile the newest comes next."""

    def __init__(self, start: Start) -> None:
        self._stream: Stream[float] = Stream(start, lambda _seconds: None)
        self._leave = Event()
        self._wanted: Planned | None = None
        self._asked: Planned | None = None
        self._known: tuple[Planned, float] | None = None

    @property
    def running(self) -> bool:
        return self._stream.running

    def seconds(self, planned: Planned) -> float | None:
        """Of these runs, where that is known."""
        return self._known[1] if self._known is not None and self._known[0] == planned else None

    def ask(self, planned: Planned) -> None:
        """It is known after a while, unless these runs cannot be timed."""
        if planned in (self._wanted, self._asked) or self.seconds(planned) is not None:
            return
        self._wanted = planned
        if self._stream.running:
            self._leave.set()
        else:
            self._begin()

    def forget(self) -> None:
        """Nobody wants to know any more: the processor is for something else."""
        self._wanted = None
        self._leave.set()

    def tick(self) -> bool:
        """Takes in what has been measured; whether something is known now."""
        known = False
        for told in self._stream.take():
            if not isinstance(told, Ended):
                assert self._asked is not None
                self._known, known = (self._asked, told), True
        if not self._stream.running:
            self._asked = None
            if self._wanted is not None:
                self._begin()
        return known

    def close(self, seconds: float) -> bool:
        """Stops and waits; False where it would not stop in time."""
        self.forget()
        return self._stream.wait(seconds)

    def _begin(self) -> None:
        planned, self._wanted = self._wanted, None
        assert planned is not None
        self._asked, self._leave = planned, Event()
        leave = self._leave

        def report(_doing: str, _fraction: float | None) -> None:
            if leave.is_set():
                raise Cancelled("Nobody wants to know any more.")

        def measure(post: Callable[[float], None]) -> None:
            with suppress(Cancelled):
                post(estimate(planned.runs, planned.dataset, report=report))

        self._stream.begin(measure, "estimate")
