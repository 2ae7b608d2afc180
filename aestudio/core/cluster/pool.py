"""The engine that trains the runs of a study in several processes of this machine."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.synchronize import Event as Flag
from queue import Empty, SimpleQueue

from aestudio.core.cluster import worker
from aestudio.core.cluster.attempt import Attempt, Keeps
from aestudio.core.cluster.processes import BEGUN_AGAIN, CONTEXT, LEAVE_SECONDS, TICK, Process
from aestudio.core.cluster.wire import Packed, event_of, packed_data
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.texts import say
from aestudio.core.run.events import Event, Finished
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls

HURRY_SECONDS = 1.0
"""For a process whose scores nobody waits for any more."""


class Pool:
    """An Engine. The processes share the cores; a run whose process is lost is trained again from its start in another,
    and the library has both: the lost one as failed.
    """

    def __init__(self, count: int, keeps: Keeps | None = None, device: str = "auto") -> None:
        """So many processes at most. Without `keeps` no run is kept."""
        self._count, self._keeps, self._device = count, keeps, device

    @property
    def workers(self) -> int:
        return self._count

    def train(
        self, runs: Sequence[Run], dataset: Dataset, controls: Controls, compute: Compute | None
    ) -> Iterator[tuple[int, Event]]:
        del compute  # each process has its own
        course = _Course(min(self._count, len(runs)), self._keeps, runs, dataset, controls, self._device)
        try:
            yield from course.events()
        finally:
            course.close()


class _Outgoing:
    """The Queue of a process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, message: worker.Message, /, *, timeout: float) -> None:
        del timeout
        try:
            self._connection.send(message)
        except OSError as error:
            raise TimeoutError from error


def _train(job: worker.TrainingJob, connection: Connection, data: Packed | None, stop: Flag, hurry: Flag) -> None:
    worker.train_and_tell(job, data, _Outgoing(connection), stop, hurry, TICK)


class _Course:
    def __init__(
        self, count: int, keeps: Keeps | None, runs: Sequence[Run], dataset: Dataset, controls: Controls, device: str
    ) -> None:
        self._count, self._keeps, self._runs, self._dataset = count, keeps, runs, dataset
        self._controls, self._device = controls, device
        self._fingerprint, self._data = dataset.fingerprint(), packed_data(dataset)
        self._stop, self._hurry = CONTEXT.Event(), CONTEXT.Event()
        self._hurried_at = 0.0
        self._waiting = deque(range(len(runs)))
        self._again = dict.fromkeys(range(len(runs)), BEGUN_AGAIN)
        self._processes: list[Process[int]] = []
        self._attempts: dict[int, Attempt] = {}
        self._lost: list[Attempt] = []
        """Of processes that are gone: what they say is for the library alone."""
        self._told: SimpleQueue[tuple[int, str, Event]] = SimpleQueue()
        self._over: set[int] = set()

    def events(self) -> Iterator[tuple[int, Event]]:
        """Of all runs that were begun; it ends once each is over, or after a stop."""
        while self._waiting or self._under_way():
            self._heed()
            self._hand_out()
            self._listen()
            yield from self._news()

    def close(self) -> None:
        """Ends what is still trained, and waits until the library has all that was said."""
        self._stop.set()
        self._waiting.clear()
        deadline = time.monotonic() + LEAVE_SECONDS
        while self._under_way() and time.monotonic() < deadline:
            self._heed()
            self._listen()
            for _ in self._news():
                pass
        for process in self._processes:
            process.end(0 if self._hurry.is_set() else deadline - time.monotonic())
        for index, attempt in self._attempts.items():
            if index not in self._over:
                attempt.end("failed", say("Nothing was heard of this run after it was stopped."))
        for attempt in (*self._lost, *self._attempts.values()):
            attempt.join(LEAVE_SECONDS)

    def _heed(self) -> None:
        """Tells the processes what the person wants; one that does not come to it in time is ended."""
        if self._controls.stopped and not self._stop.is_set():
            self._stop.set()
            self._waiting.clear()
        if not self._controls.hurried:
            return
        if not self._hurry.is_set():
            self._hurry.set()
            self._hurried_at = time.monotonic()
        elif time.monotonic() - self._hurried_at > HURRY_SECONDS:
            for process in self._processes:
                process.kill()

    def _under_way(self) -> bool:
        return any(index not in self._over for index in self._attempts)

    def _hand_out(self) -> None:
        """A run to each process that has none."""
        while self._waiting:
            idle = next((process for process in self._processes if process.doing is None), None)
            if idle is None and len(self._processes) >= self._count:
                return
            if idle is None:
                idle = Process(_train, (self._data, self._stop, self._hurry), self._count)
                self._processes.append(idle)
            index = self._waiting.popleft()
            attempt = self._attempts[index] = Attempt(index, f"{index} {self._again[index]}", self._told)
            if self._keeps is not None:
                attempt.begin(self._runs[index], self._dataset, self._keeps)
            previews = self._controls.listening
            idle.begin(index, worker.job(index, self._runs[index], self._fingerprint, self._device, previews=previews))

    def _at_work(self) -> dict[Connection, Process[int]]:
        return {process.connection: process for process in self._processes if process.doing is not None}

    def _listen(self) -> None:
        at_work = self._at_work()
        for connection in wait(list(at_work), TICK) if at_work else ():
            process = at_work[connection]  # type: ignore[index]
            assert process.doing is not None
            try:
                message: worker.Message = process.connection.recv()
            except (EOFError, OSError):
                self._lose(process, process.doing)
                continue
            events = [event_of(packed) for packed in message["events"]]
            for event in events:
                self._attempts[process.doing].hear(event)
            if isinstance(events[-1], Finished):
                process.doing = None

    def _news(self) -> Iterator[tuple[int, Event]]:
        """What the library has written down; it is all that is waited for where no process is at work."""
        seconds = 0 if self._at_work() else TICK
        with suppress(Empty):
            while True:
                index, name, event = self._told.get(timeout=seconds)
                seconds = 0
                attempt = self._attempts.get(index)
                if attempt is not None and attempt.name == name and index not in self._over:  # else of a lost process
                    if isinstance(event, Finished):
                        self._over.add(index)
                    yield index, event

    def _lose(self, process: Process[int], index: int) -> None:
        """It was killed, or has broken off."""
        self._processes.remove(process)
        why, attempt = process.why, self._attempts[index]
        process.end(0)
        if self._again[index] and not self._stop.is_set():
            self._again[index] -= 1
            self._lost.append(self._attempts.pop(index))
            attempt.end(
                "failed", say("The process that trained this run was lost ({why}); it is trained again.", why=why)
            )
            self._waiting.appendleft(index)
        elif self._hurry.is_set():
            attempt.end("stopped", say("This run was ended at once, before its model could be kept."))
        else:
            attempt.end("failed", say("The process that trained this run was lost ({why}).", why=why))
