"""One clock for several trainings that run beside each other: step by step, none more than a step ahead."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aestudio.core.training.controls import Controls


UNSEEN_SECONDS = 5.0
"""No longer than this is a training that goes on not seen, wherever the moments lie that it waits for."""


@dataclass
class _Place:
    """How far a training is."""

    done: int
    """Its steps, over all phases, those before it was taken up again too."""
    begun: int
    """Up to which step it may go now: one more than are done while it takes one."""
    looks: bool = False
    """A Preview of it is wanted and can be afforded."""
    looked: int = 0
    """The step of the last one that all were to give."""


class Pace:
    """Holds the trainings that are in it at the same step. Any thread may call it.

    A training takes a step once all others have done as many as it has; so one that is taken up at step 0 beside one at
    step 800 is waited for. What is begun is matched: where one has taken a step as all were told to hold or to stop,
    the others take it too, and all end at the same step. One that has left is waited for no longer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: dict[Controls, _Place] = {}
        self._look = 0
        """The step after which all give a Preview."""
        self._moments: Sequence[int] = ()
        """After which steps there is something to be seen beside the only one that trains."""
        self._looked_at = time.monotonic()
        self._held = False
        self._left_at = -1
        """The step of the one that left last: whoever has still to take it does."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile nobody begins a step: for what is to be said to all before any goes on."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self._wake(None)

    def enter(self, one: Controls) -> None:
        """The others keep step with it from now on."""
        with self._lock:
            self._left_at = -1
            self._places[one] = _Place(one.done, one.done)

    def leave(self, one: Controls) -> None:
        """It is over, or goes on by itself."""
        with self._lock:
            if (place := self._places.pop(one, None)) is not None:
                self._left_at = place.done
        self._wake(one)

    def arrive(self, one: Controls) -> None:
        """It has done `one.done` steps, and takes none now."""
        with self._lock:
            if (place := self._places.get(one)) is None or (place.done, place.begun) == (one.done, one.done):
                return
            place.done = place.begun = one.done
        self._wake(one)

    def may_begin(self, one: Controls) -> bool:
        """Whether all others are as far as it is."""
        with self._lock:
            place = self._places.get(one)
            return place is None or (
                not self._held and all(other.done >= place.done for other in self._places.values())
            )

    def begin(self, one: Controls) -> None:
        """It takes a step."""
        with self._lock:
            if (place := self._places.get(one)) is not None:
                place.begun = place.done + 1
        self._wake(one)

    def is_ahead(self, one: Controls) -> bool:
        """Whether another has steps to take until it is as far."""
        with self._lock:
            place = self._places.get(one)
            return place is not None and any(other.begun < place.done for other in self._places.values())

    def owes(self, one: Controls) -> bool:
        """Whether it has a step to take before it may hold or stop: it is taking it, or another has taken it."""
        with self._lock:
            if (place := self._places.get(one)) is None:
                return False
            begun = [self._left_at, *(other.begun for other in self._places.values())]
            return place.done + 1 in begun

    # -- pictures of the same step -------------------------------------------------------------------------------------

    def look_at(self, moments: Sequence[int]) -> None:
        """Steps, in order, that a kept run beside the one that trains can be seen at: Previews come after these, and
        after any beyond them. None: after any.
        """
        with self._lock:
            self._moments = moments

    def _is_moment(self, step: int) -> bool:
        at = bisect_left(self._moments, step)
        is_one = at == len(self._moments) or self._moments[at] == step
        return is_one or time.monotonic() - self._looked_at > UNSEEN_SECONDS

    def may_look(self, one: Controls, affordable: Callable[[], bool]) -> bool:
        """Whether it is to give a Preview now that somebody is ready for one. Where all are at the same step they agree
        on one that none has come to, as soon as each can afford it; else each gives it when it can.
        """
        with self._lock:
            place, others = self._places.get(one), self._places.values()
            if place is not None and len(others) == 1 and self._moments:
                return self._is_moment(place.done) and affordable()
            if place is None or any(abs(other.done - place.done) > 1 for other in others):
                return affordable()
            if place.looked < self._look:
                return place.done >= self._look
            place.looks = place.looks or affordable()
            if all(other.looks and other.looked >= self._look for other in others):
                self._look = 1 + max(other.begun for other in others)
                for other in others:
                    other.looks = False
            return False

    def looked(self, one: Controls) -> None:
        """It has given one."""
        with self._lock:
            self._looked_at = time.monotonic()
            if (place := self._places.get(one)) is not None and place.done >= self._look:
                place.looked = self._look

    def _wake(self, but: Controls | None) -> None:
        """Outside the lock: each has one of its own, under which it asks."""
        with self._lock:
            others = [one for one in self._places if one is not but]
        for other in others:
            other.wake()
