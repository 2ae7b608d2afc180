"""What a batch has done, kept beside the results: one that was killed goes on, and nothing is done twice.

One JSON object a line, the last line of a result counting; a line that a power cut left unfinished is passed over.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aestudio import __version__
from aestudio.core.data.reading.levels import Levels
from aestudio.core.denoise.files.axis import Axis
from aestudio.core.denoise.way import Way
from aestudio.core.ground import atomic
from aestudio.core.ground.cells import plain_cell
from aestudio.core.ground.errors import DenoiseError, reason

if TYPE_CHECKING:
    from aestudio.core.denoise.jobs import CleaningJob

NAME = ".aestudio-denoise.jsonl"
REPORT = "denoise-report.csv"


@dataclass(frozen=True)
class JournalEntry:
    """A result that was begun, and made where `done`."""

    picture: str
    result: str
    size: int
    """Of the original, in bytes."""
    mtime_ns: int
    settings: str
    done: bool
    sigma: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class ReportRow:
    """A file's line in the report."""

    file: str
    outcome: str
    """`cleaned`, `finished before`, `skipped`, `earlier result`, or `no picture`."""
    result: str = ""
    pages: str = ""
    sigma_255: str = ""
    seconds: str = ""
    reason: str = ""


def digest(
    way: Way,
    sigma: float | None,
    strength: float,
    levels: Levels | None = None,
    quality: int | None = None,
    axis: Axis = "pages",
) -> str:
    """The same for batches that make the same results; a model file that was trained again makes others."""
    settings = way.model_dump(mode="json"), way.file_states()
    text = json.dumps([*settings, sigma, strength, levels, quality, axis, __version__], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Record:
    """The record of an output folder."""

    def __init__(self, out: Path, settings: str, held: ExitStack) -> None:
        """A folder that is made is held, and gone afterwards where nothing came into it. Raises: DenoiseError where it
        cannot be made or read.
        """
        self._path, self._out, self._settings = out / NAME, out, settings
        try:
            held.enter_context(atomic.folder(out))
            content = self._path.read_text("utf-8", "replace") if self._path.exists() else ""
        except OSError as error:
            raise DenoiseError("The folder {out} cannot be used: {reason}", out=out, reason=reason(error)) from error
        self._torn = bool(content) and not content.endswith("\n")
        self._entries = _entries(content)

    def finished(self, job: CleaningJob) -> JournalEntry | None:
        """What is known of the job's result, where it is there and made of the same file with the same settings."""
        entry = self._entries.get(job.result)
        same = (job.name, job.size, job.mtime_ns, self._settings)
        if entry is None or not entry.done or (entry.picture, entry.size, entry.mtime_ns, entry.settings) != same:
            return None
        return entry if (self._out / job.result).is_file() else None

    def check_free(self, job: CleaningJob) -> None:
        """Raises DenoiseError where a file lies in the result's place that no batch has put there."""
        if job.result not in self._entries and (self._out / job.result).exists():
            raise DenoiseError(
                "{result} is in the output folder already, and not as a result; move it away or choose another folder.",
                result=job.result,
            )

    def begin(self, job: CleaningJob) -> None:
        """Just before the result is written. Raises DenoiseError where the disk does not take it."""
        self._add(job, done=False)

    def finish(self, job: CleaningJob, sigma: float, seconds: float) -> None:
        """Once the result is written. Raises DenoiseError."""
        self._add(job, done=True, sigma=sigma, seconds=round(seconds, 3))

    def _add(self, job: CleaningJob, **more: Any) -> None:
        entry = JournalEntry(job.name, job.result, job.size, job.mtime_ns, self._settings, **more)
        line = json.dumps(asdict(entry)) + "\n"  # in ASCII: names need not be UTF-8
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" + line if self._torn else line)
        except OSError as error:
            raise DenoiseError("{path} cannot be written: {reason}", path=self._path, reason=reason(error)) from error
        self._torn = False
        self._entries[job.result] = entry


def results_in(folder: Path) -> frozenset[str]:
    """The paths below it, with slashes, of what batches have put there."""
    try:
        return frozenset(_entries((folder / NAME).read_text("utf-8", "replace")))
    except OSError:
        return frozenset()


def _entries(content: str) -> dict[str, JournalEntry]:
    """By their results, the last line of each."""
    found = {}
    for line in content.splitlines():
        try:
            entry = JournalEntry(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[entry.result] = entry
    return found


def write_report(out: Path, rows: Iterable[ReportRow]) -> Path:
    """A table of every file, for a spreadsheet. Raises DenoiseError where the disk does not take it."""
    made = io.StringIO()
    table = csv.DictWriter(made, list(ReportRow.__dataclass_fields__), lineterminator="\r\n")
    table.writeheader()
    for row in rows:
        table.writerow({name: plain_cell(value) for name, value in asdict(row).items()})
    try:
        atomic.write_bytes(out / REPORT, made.getvalue().encode("utf-8-sig", "backslashreplace"))  # the mark says UTF-8
    except OSError as error:
        raise DenoiseError("{path} cannot be written: {reason}", path=out / REPORT, reason=reason(error)) from error
    return out / REPORT
