"""The engine that trains the runs of a study on the workers of a cluster, with the library of this machine."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

from aestudio.core.cluster import worker
from aestudio.core.cluster.attempt import Attempt, Keeps
from aestudio.core.cluster.cluster import BEGUN_AGAIN, Cluster
from aestudio.core.cluster.wire import event_of, packed_data
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import reason
from aestudio.core.ground.texts import say
from aestudio.core.run.events import Event, Finished
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls

TICK = 0.2
"""Seconds between two looks at what has no event: stopping, and work that came to nothing."""
COUNT_SECONDS = 2.0
"""Between two looks how many workers there are."""
LEAVE_SECONDS = 5.0
"""For a scheduler that answers no more."""
WAITING = 500
"""Messages that wait for this program at most: where it was killed, workers wait then, and end."""
END_SECONDS = 60.0
"""For the last event of a run after it was stopped, or after the cluster says that its work is done."""
HURRY_SECONDS = 5.0
"""For the same, where nobody waits for scores any more."""


class DaskEngine:
    """An Engine. Every worker trains a run at a time; Dask trains it again from its start where the worker is lost, and
    the library has both: the lost one as failed.
    """

    def __init__(self, cluster: Cluster, keeps: Keeps | None = None, device: str = "auto") -> None:
        """Without `keeps` no run is kept."""
        self._cluster, self._keeps, self._device = cluster, keeps, device

    @property
    def workers(self) -> int:
        return self._cluster.workers

    def train(
        self, runs: Sequence[Run], dataset: Dataset, controls: Controls, compute: Compute | None
    ) -> Iterator[tuple[int, Event]]:
        del compute  # each worker has its own
        course = _Course(self._cluster.client, self._keeps, runs, dataset, controls, self._device)
        try:
            yield from course.events()
        finally:
            course.close()


class Distant:
    """The Engine of an address: it is connected to while runs are trained, and a ClusterError raised only then."""

    def __init__(self, address: str, keeps: Keeps | None = None) -> None:
        self._address, self._keeps = address, keeps
        self._count = 0

    @property
    def workers(self) -> int:
        """As it was a moment ago; 0 while it is not connected."""
        return self._count

    def train(
        self, runs: Sequence[Run], dataset: Dataset, controls: Controls, compute: Compute | None
    ) -> Iterator[tuple[int, Event]]:
        with Cluster(self._address) as cluster:
            counted = -COUNT_SECONDS
            for told in DaskEngine(cluster, self._keeps).train(runs, dataset, controls, compute):
                if time.monotonic() - counted > COUNT_SECONDS:
                    self._count, counted = cluster.workers, time.monotonic()
                yield told
        self._count = 0


class _Course:
    def __init__(
        self, client: Any, keeps: Keeps | None, runs: Sequence[Run], dataset: Dataset, controls: Controls, device: str
    ) -> None:
        from distributed import Event as Flag
        from distributed import Queue

        self._client, self._keeps, self._runs, self._dataset = client, keeps, runs, dataset
        self._controls, self._device = controls, device
        name = f"aestudio-{uuid4().hex}"
        self._name = name
        self._queue = Queue(f"{name}-told", client, WAITING)
        self._flag, self._hurry = (Flag(f"{name}-{wish}", client=client) for wish in ("stop", "hurry"))
        self._fingerprint = dataset.fingerprint()
        self._data: Any = None
        self._futures: dict[int, Any] = {}
        self._again = dict.fromkeys(range(len(runs)), BEGUN_AGAIN)
        self._told: SimpleQueue[tuple[int, str, Event]] = SimpleQueue()
        self._attempts: dict[int, Attempt] = {}
        self._hearing = threading.Lock()
        """No run begins while it is called off."""
        self._lost: set[str] = set()
        self._over: set[int] = set()
        self._done_at: dict[int, float] = {}
        self._gone = ""
        """Why nothing more can be heard, in words."""
        self._until, self._hurried = math.inf, False
        """When nothing more is waited for."""
        self._listener = threading.Thread(target=self._listen, name="hearing of a cluster", daemon=True)

    def events(self) -> Iterator[tuple[int, Event]]:
        """Of all runs that were begun; it ends once each is over, or after a stop."""
        self._listener.start()
        self._submit(range(len(self._runs)))
        looked = 0.0
        while len(self._over) < len(self._runs):
            if time.monotonic() - looked >= TICK:
                self._look()
                looked = time.monotonic()
            try:
                index, attempt, event = self._told.get(timeout=TICK)
            except Empty:
                continue
            if index in self._over or self._attempts[index].name != attempt:
                continue  # of a worker that was lost
            yield index, event
            if isinstance(event, Finished):
                self._over.add(index)

    def close(self) -> None:
        """Ends what is still trained, and waits until the library has all that was said."""
        self._stop()
        while self._running() and time.monotonic() < self._until and not self._gone:
            self._heed()
            try:
                index, _attempt, event = self._told.get(timeout=TICK)
            except Empty:
                continue
            if isinstance(event, Finished):
                self._over.add(index)
        for index in self._running():
            self._fail(index, say("Nothing was heard of this run after it was stopped."))
        for attempt in list(self._attempts.values()):
            attempt.join(max(1.0, min(END_SECONDS, self._until - time.monotonic())))
        if not self._gone:
            with suppress(OSError, TimeoutError):
                self._client.cancel(list(self._futures.values()), force=True)
                self._queue.put(None, timeout=LEAVE_SECONDS)
                self._listener.join(LEAVE_SECONDS)
                self._queue.close()

    def _running(self) -> list[int]:
        return [index for index in list(self._attempts) if index not in self._over]

    # -- the work ------------------------------------------------------------------------------------------------------

    def _submit(self, indices: Sequence[int]) -> None:
        data = packed_data(self._dataset)
        try:
            self._data = None if data is None else self._client.scatter(data, broadcast=True, hash=False)
        except (OSError, TimeoutError) as error:
            for index in indices:
                self._futures.pop(index, None)
                self._fail(index, say("The cluster has no workers any more: {reason}", reason=reason(error)))
            return
        for index in indices:
            previews = self._controls.listening
            job = worker.job(
                index, self._runs[index], self._fingerprint, self._device, previews=previews, name=self._name
            )
            key = f"{self._name}-{index}-{self._again[index]}"
            self._futures[index] = self._client.submit(worker.train, job, self._data, key=key, priority=-index)

    def _listen(self) -> None:
        while True:
            try:
                message: worker.Message | None = self._queue.get()
            except Exception as error:  # the scheduler is gone: what it is, the client does not say in one way
                self._gone = str(reason(error)) or type(error).__name__
                return
            if message is None:
                return
            for packed in message["events"]:
                event = event_of(packed)
                with self._hearing:
                    self._hear(message["index"], message["attempt"], event)

    def _hear(self, index: int, name: str, event: Event) -> None:
        if name in self._lost or index in self._over:
            return
        attempt = self._attempts.get(index)
        if attempt is None or attempt.name != name:
            if attempt is not None:
                self._lost.add(attempt.name)
            made = self._attempts[index] = Attempt(index, name, self._told)
            if attempt is not None:
                attempt.hear(
                    Finished("failed", 0, say("The worker that trained this run was lost; it is trained again."))
                )
            if self._keeps is not None:
                made.begin(self._runs[index], self._dataset, self._keeps)
        self._attempts[index].hear(event)

    # -- what has no event ---------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """No further run begins, and those under way are told."""
        if self._until < math.inf or self._gone:
            return
        self._until = time.monotonic() + END_SECONDS
        with self._hearing:
            waiting = [index for index in self._futures if index not in self._attempts]
            self._over.update(waiting)
        try:
            self._flag.set()
            self._client.cancel([self._futures[index] for index in waiting], force=True)
        except (OSError, TimeoutError) as error:
            self._gone = str(reason(error))

    def _heed(self) -> None:
        """Tells the workers what the person wants."""
        if self._controls.stopped:
            self._stop()
        if self._controls.hurried and not self._hurried and not self._gone:
            self._hurried, self._until = True, time.monotonic() + HURRY_SECONDS
            try:
                self._hurry.set()
            except (OSError, TimeoutError) as error:
                self._gone = str(reason(error))

    def _look(self) -> None:
        self._heed()
        if self._client.status not in ("running", "newly-created"):
            self._gone = self._gone or say("The connection was closed.")
        again = [
            index for index, future in self._futures.items() if index not in self._over and self._look_at(index, future)
        ]
        if again:
            self._submit(again)

    def _look_at(self, index: int, future: Any) -> bool:
        """Whether it has to be handed out again."""
        if self._gone:
            self._fail(index, say("The scheduler of the cluster is gone: {reason}", reason=self._gone))
        elif future.status == "error":
            self._fail(index, say("No worker could train this run: {reason}", reason=reason(future.exception())))
        elif future.status in ("cancelled", "lost"):  # with its last worker went the images
            if not self._again[index]:
                self._fail(index, say("The cluster has lost this run {count} times.", count=BEGUN_AGAIN))
            else:
                self._again[index] -= 1
                return True
        elif future.status == "finished":
            since = self._done_at.setdefault(index, time.monotonic())
            if time.monotonic() - since > END_SECONDS:
                self._fail(index, say("The worker has trained this run, and its result did not arrive."))
        if time.monotonic() > self._until:
            self._fail(index, say("Nothing was heard of this run after it was stopped."))
        return False

    def _fail(self, index: int, why: str) -> None:
        """As if the worker had said it; once."""
        with self._hearing:
            attempt = self._attempts.get(index)
            if attempt is None:
                attempt = self._attempts[index] = Attempt(index, uuid4().hex, self._told)
            if attempt.name not in self._lost:
                self._lost.add(attempt.name)
                attempt.end("stopped" if self._hurried else "failed", why)
