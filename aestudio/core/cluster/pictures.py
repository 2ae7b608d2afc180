"""Pictures of a batch cleaned on the workers of a cluster; no file has to lie where they can see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from aestudio.core.cluster import worker
from aestudio.core.cluster.cluster import BEGUN_AGAIN, Cluster
from aestudio.core.denoise.batch import Elsewhere
from aestudio.core.denoise.current_model import CurrentModel
from aestudio.core.denoise.jobs import CleaningJob
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.ground import texts
from aestudio.core.ground.errors import ClusterError, DenoiseError, reason
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, plural, say

AHEAD = 2
"""So many pictures for each task that the cluster can do at a time are on their way: others wait on the disk."""
SENT_SECONDS = 60
"""So long the settings, with the weights of a model, may take to reach all workers."""
LOOK_SECONDS = 0.2


class Cleaners:
    """Helpers of a batch."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def can(self, how: Cleaning) -> bool:
        return can_alone(how)

    def clean(
        self, how: Cleaning, jobs: Sequence[CleaningJob], quality: int | None, report: Report
    ) -> Iterator[tuple[CleaningJob, Elsewhere]]:
        client = self._cluster.client
        settings, wanted, lost = None, packed(how), Counter[str]()
        waiting, working, over = list(reversed(jobs)), dict[Any, CleaningJob](), SimpleQueue[Any]()
        try:
            while waiting or working:
                count = self._cluster.workers
                if client.status not in ("running", "newly-created"):
                    closed = Text("The connection was closed.")
                    raise ClusterError("The scheduler of the cluster is gone: {reason}", reason=closed)
                settings = self._sent(wanted) if settings is None else settings
                report(str(plural("Cleaning on {count} worker", "Cleaning on {count} workers", count)), None)
                while waiting and len(working) < AHEAD * max(1, count):
                    job = waiting.pop()
                    try:
                        content = content_of(job)
                    except DenoiseError as error:
                        yield job, Elsewhere(b"", problem=str(error))
                        continue
                    name, result = job.path.name, Path(job.result).name
                    future = client.submit(worker.clean, settings, name, result, quality, content, pure=False)
                    working[future] = job
                    future.add_done_callback(over.put)
                with suppress(Empty):
                    future = over.get(timeout=LOOK_SECONDS)
                    job = working.pop(future)
                    if future.status in ("cancelled", "lost") and lost[job.name] < BEGUN_AGAIN:
                        lost[job.name] += 1
                        waiting.append(job)
                        if any(one.status != "finished" for one in (settings or {}).values()):
                            settings = None  # they went with the last worker
                        continue
                    yield job, _of(future)
        finally:
            with suppress(OSError, TimeoutError, RuntimeError):
                client.cancel(list(working), force=True)

    def _sent(self, wanted: worker.How) -> Any:
        """Raises: ClusterError where no worker is left."""
        try:
            return self._cluster.client.scatter(wanted, broadcast=True, hash=False, timeout=SENT_SECONDS)
        except (OSError, TimeoutError, RuntimeError) as error:
            raise ClusterError("The cluster has no workers any more: {reason}", reason=reason(error)) from error


def _of(future: Any) -> Elsewhere:
    if future.status == "error":
        why = say("No worker could clean this picture: {reason}", reason=reason(future.exception()))
        return Elsewhere(b"", problem=why)
    if future.status != "finished":
        return Elsewhere(b"", problem=say("The cluster has lost this picture {count} times.", count=BEGUN_AGAIN))
    return Elsewhere(**future.result())


def can_alone(how: Cleaning) -> bool:
    """Whether each picture can be cleaned by itself, by a program that knows the settings alone."""
    alone = how.estimate is None and not how.way.learns_from_all
    return alone and not isinstance(how.way, CurrentModel)


def content_of(job: CleaningJob) -> bytes:
    """Of the file. Raises: DenoiseError where it cannot be read."""
    try:
        return job.path.read_bytes()
    except OSError as error:
        raise DenoiseError("{name} cannot be opened: {reason}", name=job.path.name, reason=reason(error)) from error


def packed(how: Cleaning) -> worker.How:
    """With the files that the settings name, so that whoever cleans needs none of this machine."""
    return {
        "way": how.way.kind,
        "settings": how.way.model_dump(mode="json"),
        "files": {name: path.read_bytes() for name, path in how.way.files().items()},
        "sigma": how.sigma,
        "strength": how.strength,
        "budget": how.budget,
        "levels": how.levels,
        "axis": how.axis,
        "language": texts.language(),
        "versions": worker.versions(),
    }
