"""Pictures of a batch cleaned in several processes of this machine."""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from aestudio.core.cluster import worker
from aestudio.core.cluster.pictures import can_alone, content_of, packed
from aestudio.core.cluster.processes import BEGUN_AGAIN, TICK, Process
from aestudio.core.denoise.batch import Elsewhere
from aestudio.core.denoise.cleaning import SHARE
from aestudio.core.denoise.jobs import CleaningJob
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.memory import free_memory
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import plural, say


class CleaningPool:
    """Helpers of a batch. The processes share cores and memory; a picture whose process is lost is cleaned again."""

    def __init__(self, count: int) -> None:
        """So many processes at most."""
        self._count = count

    def can(self, how: Cleaning) -> bool:
        return can_alone(how)

    def clean(
        self, how: Cleaning, jobs: Sequence[CleaningJob], quality: int | None, report: Report
    ) -> Iterator[tuple[CleaningJob, Elsewhere]]:
        count = min(self._count, len(jobs))
        waiting, lost, processes = deque(jobs), Counter[str](), list[Process[CleaningJob]]()
        with tempfile.TemporaryDirectory(prefix="aestudio-") as place:  # one that is killed does not tidy up
            try:
                while waiting or any(process.doing for process in processes):
                    report(str(plural("Cleaning in {count} process", "Cleaning in {count} processes", count)), None)
                    while waiting and (idle := _idle(processes, how, place, count)) is not None:
                        job = waiting.popleft()
                        try:
                            content = content_of(job)
                        except DenoiseError as error:
                            yield job, Elsewhere(b"", problem=str(error))
                            continue
                        idle.begin(job, (job.path.name, Path(job.result).name, quality, content))
                    at_work = {process.connection: process for process in processes if process.doing is not None}
                    for connection in wait(list(at_work), TICK) if at_work else ():
                        process = at_work[connection]
                        job, process.doing = process.doing, None  # type: ignore[assignment]
                        try:
                            made: worker.CleanedPicture = process.connection.recv()
                        except (EOFError, OSError):
                            processes.remove(process)
                            why = process.why
                            process.end(0)
                            if lost[job.name] < BEGUN_AGAIN:
                                lost[job.name] += 1
                                waiting.appendleft(job)
                                continue
                            problem = say("The process that cleaned this picture was lost ({why}).", why=why)
                            yield job, Elsewhere(b"", problem=problem)
                        else:
                            yield job, Elsewhere(**made)
            finally:
                for process in processes:
                    process.end(0)


def _idle(processes: list[Process[CleaningJob]], how: Cleaning, place: str, count: int) -> Process[CleaningJob] | None:
    """One that is at nothing; another is begun while there are fewer than so many."""
    idle = next((process for process in processes if process.doing is None), None)
    if idle is None and len(processes) < count:
        memory = how.budget if how.budget is not None else int(SHARE * free_memory())
        idle = Process(_clean, (packed(replace(how, budget=memory // count)), place), count)
        processes.append(idle)
    return idle


def _clean(message: tuple[str, str, int | None, bytes], connection: Connection, how: worker.How, place: str) -> None:
    tempfile.tempdir = place
    connection.send(worker.clean(how, *message))
