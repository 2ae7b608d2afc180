"""A training that goes on elsewhere, as this program hears and keeps it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any, Protocol

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import reason
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.texts import say
from aestudio.core.library.keeping import Loop
from aestudio.core.run.events import Event, Finished, Progress, Reason
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls


class Keeps(Protocol):
    """`fit_and_keep`, with the loop that it keeps."""

    def __call__(
        self, run: Run, dataset: Dataset, controls: Controls | None, compute: Compute | None, /, *, loop: Loop
    ) -> Iterator[Event]: ...


class Attempt:
    """One training of a run on a worker, heard here and kept here."""

    def __init__(self, index: int, name: str, told: SimpleQueue[tuple[int, str, Event]]) -> None:
        self.name = name
        self._index, self._told = index, told
        self._inbox: SimpleQueue[Event] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._step = 0

    def begin(self, run: Run, dataset: Dataset, keeps: Keeps) -> None:
        """Everything that is heard goes through the library."""

        def heard(*_: Any, **__: Any) -> Iterator[Event]:
            while True:
                event = self._inbox.get()
                yield event
                if isinstance(event, Finished):
                    return

        def keep() -> None:
            try:
                for event in keeps(run, dataset, None, None, loop=heard):
                    self._told.put((self._index, self.name, event))
            except Exception as error:
                LOG.exception("a run that was trained elsewhere")
                why = say("This run could not be kept: {reason}", reason=reason(error))
                self._told.put((self._index, self.name, Finished("failed", 0, why)))

        self._thread = threading.Thread(target=keep, name="keeping", daemon=True)
        self._thread.start()

    def end(self, reason: Reason, why: str) -> None:
        """In place of a worker of which nothing more is heard; what it has told before stays."""
        self.hear(Finished(reason, self._step, why))

    def hear(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._step = event.first_step + len(event.terms) - 1
        if self._thread is None:
            self._told.put((self._index, self.name, event))
        else:
            self._inbox.put(event)

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)
