"""Many pictures cleaned, from files and folders into a folder, as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from aestudio.core.data.reading.levels import Levels
from aestudio.core.data.skipped import Skipped
from aestudio.core.denoise.cleaning import SHARE
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.jobs import CleaningJob, gather
from aestudio.core.denoise.output import AS_IT_IS, Output
from aestudio.core.denoise.pages import clean_file
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import LEARNING, STUMBLES, Cleaning, Result
from aestudio.core.denoise.progress import BatchProgress
from aestudio.core.denoise.record import Record, ReportRow, digest, write_report
from aestudio.core.denoise.way import Callbacks, Cleaner
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import Cancelled, DenoiseError, is_full, reason
from aestudio.core.ground.memory import free_memory
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.run.events import plain


@dataclass(frozen=True)
class Began:
    """The pictures have been looked at."""

    pictures: int
    """That can be cleaned, those included that are finished."""
    finished: int
    """That an earlier batch has cleaned in the same way."""
    skipped: int
    pixels: int
    """To clean."""
    out: str


@dataclass(frozen=True)
class Cleaned:
    """A picture's result has been written."""

    path: str
    result: str
    sigma: float
    """The noise that was taken off, or that was found, white being 1."""
    seconds: float
    note: str
    """What the person should know of how it was cleaned; often nothing."""
    done: float
    """The fraction of the whole batch."""
    seconds_left: float
    name: str = ""
    """The picture's path below the folder that was given."""
    pages: int = 1
    levels: Levels | None = None
    """The values that were taken for black and white, in a picture of more than 8 bits; of the first page."""


@dataclass(frozen=True)
class NoPicture:
    """A file of the folder that is none."""

    path: str
    reason: str


@dataclass(frozen=True)
class EarlierResult:
    """A picture of the folder that this program has made; it is left out."""

    path: str


@dataclass(frozen=True)
class Ended:
    """Always the last event."""

    reason: Literal["completed", "stopped", "full"]
    """`full` where the disk had no room for a result: the rest waits, since none of it would find a place."""
    cleaned: int
    finished: int
    skipped: int
    seconds: float
    report: str
    """The path of the table of what was done; empty where it could not be written."""
    others: int = 0
    """Files that are no pictures."""
    earlier: int = 0
    """Pictures that are results of this program, and were left out."""
    problem: str = ""
    """What the person can do where the disk is full, in a sentence."""


Event = Began | Cleaned | Skipped | NoPicture | EarlierResult | Ended
"""Skipped names a picture that could not be cleaned, and why; the rest go on."""


class _NoRoomError(DenoiseError):
    """The disk has no room for a result."""


def as_json(event: Event) -> dict[str, Any]:
    """The event as plain JSON values, `event` naming its class; numbers that have a unit name it: `sigma_255`."""
    values = {one.name: plain(getattr(event, one.name)) for one in fields(event)}
    if "sigma" in values:
        values["sigma_255"] = round(255 * values.pop("sigma"), 4)
    return {"event": type(event).__name__} | values


@dataclass(frozen=True)
class Elsewhere:
    """A picture that was cleaned by another program, or why it was not."""

    content: bytes
    """Of the file to write."""
    sigma: float = 0.0
    seconds: float = 0.0
    note: str = ""
    pages: int = 1
    levels: Levels | None = None
    problem: str = ""
    """In a sentence; empty where it was cleaned."""


class Helpers(Protocol):
    """Others that clean pictures, several at the same time."""

    def can(self, how: Cleaning) -> bool:
        """Whether each picture can be cleaned by itself, by somebody who knows the settings alone."""
        ...

    def clean(
        self, how: Cleaning, jobs: Sequence[CleaningJob], quality: int | None, report: Report
    ) -> Iterator[tuple[CleaningJob, Elsewhere]]:
        """Each picture as it comes. `report` is told now and then that it goes on; where it raises, nothing is left."""
        ...


def batch(
    inputs: Sequence[str | Path],
    out: str | Path,
    how: Cleaning,
    report: Report = unheard,
    output: Output = AS_IT_IS,
    helpers: Helpers | None = None,
    *,
    with_earlier: bool = False,
) -> Iterator[Event]:
    """Cleans files and the pictures in folders into the folder `out`, one at a time, and writes a table of it there.

    What an earlier batch has finished in the same way is not done again. `report` is told what is being done and the
    fraction of the whole; where it raises Cancelled, the batch ends as stopped, and what is finished stays. `helpers`
    clean where they can; files are read and written here. Results of earlier times among the pictures of a folder are
    left out, unless they are to be cleaned as well, `with_earlier`.

    Raises: DenoiseError where there is nothing to clean or the folder cannot be used; StudioError where the way itself
    cannot be had, such as a model file that is missing.
    """
    given = tuple(map(Path, inputs))
    with ExitStack() as held:
        yield from _Batch(given, Path(out), how, report, output, helpers, held, with_earlier=with_earlier).events()


class _Batch:
    def __init__(
        self,
        inputs: tuple[Path, ...],
        out: Path,
        how: Cleaning,
        report: Report,
        output: Output,
        helpers: Helpers | None,
        held: ExitStack,
        *,
        with_earlier: bool,
    ) -> None:
        self._held = held
        self._helpers = helpers if helpers is not None and helpers.can(how) else None
        self._inputs, self._out, self._how, self._report, self._output = inputs, out, how, report, output
        self._with_earlier = with_earlier
        self._rows: list[ReportRow] = []
        # A way that learns from each picture by itself does so within the picture's own part.
        self._cost = 1.0 + (LEARNING if how.way.learns else 0.0)

    def events(self) -> Iterator[Event]:
        began = time.perf_counter()
        why: Literal["completed", "stopped", "full"] = "stopped"
        problem = ""
        try:
            yield from self._all()
            why = "completed"
        except Cancelled:
            pass
        except _NoRoomError as error:
            why, problem = "full", str(error)
        try:
            written = str(write_report(self._out, self._rows)) if self._rows else ""
        except DenoiseError:  # no reason to lose what was done
            written = ""
        cleaned, finished, skipped, others, earlier = (
            sum(row.outcome == one for row in self._rows)
            for one in ("cleaned", "finished before", "skipped", "no picture", "earlier result")
        )
        yield Ended(why, cleaned, finished, skipped, time.perf_counter() - began, written, others, earlier, problem)

    def _all(self) -> Iterator[Event]:
        found = gather(self._inputs, self._out, self._report, self._output, with_earlier=self._with_earlier)
        how = self._how
        jobs, skipped = found.jobs, found.skipped
        settings = digest(how.way, how.sigma, how.strength, how.levels, self._output.quality, how.axis)
        record = Record(self._out, settings, self._held)
        waiting = []
        for job in jobs:
            entry = record.finished(job)
            if entry is None:
                waiting.append(job)
            else:
                self._rows.append(_row(job, "finished before", entry.sigma, entry.seconds))
        pixels = sum(job.pixels for job in waiting)
        yield Began(len(jobs), len(jobs) - len(waiting), len(skipped), pixels, str(self._out))
        yield from (self._skip(one.path, one.reason) for one in skipped)
        for one in found.others:
            self._rows.append(ReportRow(one.path, "no picture", reason=one.reason))
            yield NoPicture(one.path, one.reason)
        for name in found.earlier:
            self._rows.append(ReportRow(name, "earlier result"))
            yield EarlierResult(name)
        progress = BatchProgress(pixels * self._cost, self._report)
        if self._helpers is not None:
            yield from self._spread(waiting, self._helpers, record, progress)
            return
        for kind in self._kinds(waiting):
            cleaner = None
            if self._how.way.learns_from_all and len(kind) > 1:
                units = LEARNING * sum(job.pixels for job in kind)
                cleaner = self._learned(kind, progress.part(units))
                progress.finish(units)
            for job in kind:
                yield self._one(job, record, cleaner, progress)

    def _kinds(self, jobs: list[CleaningJob]) -> list[list[CleaningJob]]:
        """All at once, or grey and colour ones apart where the way learns from all."""
        if not self._how.way.learns_from_all:
            return [jobs]
        return [kind for channels in (1, 3) if (kind := [job for job in jobs if job.header.channels == channels])]

    def _learned(self, jobs: list[CleaningJob], report: Report) -> Cleaner | None:
        """A cleaner that has learned from all of them, or from as many, evenly chosen, as fit the memory; None where
        not two can be read.
        """
        room = self._how.budget if self._how.budget is not None else int(SHARE * free_memory())
        needed = sum(job.header.pixels * job.header.bytes_per_pixel for job in jobs)
        step = max(1, -(-needed // max(1, room)))
        pictures: list[Picture] = []
        for number, job in enumerate(jobs[::step]):
            report(say("Reading {name}", name=job.name), 0.01 * number / len(jobs))
            try:
                pictures.append(read_picture(job.path))
            except DenoiseError:  # said when its turn comes
                continue
        if len(pictures) < 2:
            return None
        return self._how.prepare(pictures, self._how.noise(pictures[0]), Callbacks(report))

    def _one(self, job: CleaningJob, record: Record, shared: Cleaner | None, progress: BatchProgress) -> Event:
        units = job.pixels * (1.0 if shared is not None else self._cost)
        began = time.perf_counter()
        try:
            record.check_free(job)
            made = clean_file(
                self._how,
                job.path,
                job.name,
                cleaner=shared,
                out=self._out / job.result,
                quality=self._output.quality,
                among_many=True,
                begin=partial(record.begin, job),
                report=progress.part(units),
            )
            seconds = time.perf_counter() - began
            record.finish(job, made.sigma, seconds)
        except DenoiseError as error:
            progress.finish(units)
            return self._refused(job, error)
        except STUMBLES as error:
            progress.finish(units)
            return self._skip(
                job.name,
                say("{name} could not be cleaned: {reason}", name=job.name, reason=reason(error)),
            )
        progress.finish(units)
        return self._cleaned(job, replace(made, seconds=seconds), progress)

    def _spread(
        self, jobs: list[CleaningJob], helpers: Helpers, record: Record, progress: BatchProgress
    ) -> Iterator[Event]:
        free: list[CleaningJob] = []
        for job in jobs:
            try:
                record.check_free(job)
                free.append(job)
            except DenoiseError as error:
                progress.finish(job.pixels * self._cost)
                yield self._skip(job.name, str(error))
        for job, made in helpers.clean(self._how, free, self._output.quality, progress.now):
            progress.finish(job.pixels * self._cost)
            try:
                if made.problem:
                    raise DenoiseError("{problem}", problem=made.problem)
                self._put(job, made, record)
            except DenoiseError as error:
                yield self._refused(job, error)
            else:
                yield self._cleaned(job, made, progress)

    def _put(self, job: CleaningJob, made: Elsewhere, record: Record) -> None:
        """Raises: DenoiseError where the disk does not take it."""
        path = self._out / job.result
        record.begin(job)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write_bytes(path, made.content)
        except OSError as error:
            raise DenoiseError("{path} cannot be written: {reason}", path=path, reason=reason(error)) from error
        record.finish(job, made.sigma, made.seconds)

    def _cleaned(self, job: CleaningJob, made: Elsewhere | Result, progress: BatchProgress) -> Cleaned:
        self._rows.append(_row(job, "cleaned", made.sigma, made.seconds))
        result, done, left = str(self._out / job.result), progress.fraction, progress.seconds_left
        return Cleaned(
            str(job.path), result, made.sigma, made.seconds, made.note, done, left, job.name, made.pages, made.levels
        )

    def _refused(self, job: CleaningJob, error: DenoiseError) -> Skipped:
        """Raises: _NoRoomError where the picture is not to blame."""
        if is_full(error.__cause__):
            raise _NoRoomError(
                "{out} has no room left for {result}. Free some space and start this again: what is finished is not "
                "done again.",
                out=self._out,
                result=job.result,
            ) from error
        return self._skip(job.name, str(error))

    def _skip(self, name: str, why: str) -> Skipped:
        self._rows.append(ReportRow(name, "skipped", reason=why))
        return Skipped(name, why)


def _row(job: CleaningJob, outcome: str, sigma: float, seconds: float) -> ReportRow:
    return ReportRow(job.name, outcome, job.result, str(job.header.frames), f"{255 * sigma:.2f}", f"{seconds:.2f}")
