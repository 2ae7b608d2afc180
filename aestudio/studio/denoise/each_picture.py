"""All pictures on the desk cleaned in the same way, and their results written, in the worker's thread. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.pipeline import LEARNING, STUMBLES, Cleaning, Result, part
from aestudio.core.denoise.progress import BatchProgress
from aestudio.core.denoise.way import Callbacks, Cleaner
from aestudio.core.ground.errors import DenoiseError, reason
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, plural, say
from aestudio.studio.denoise.entries import DeskEntry, place_beside
from aestudio.studio.denoise.looks import save_file
from aestudio.studio.errand import Each


@dataclass(frozen=True, eq=False)
class DeskResult(Each):
    """What a way has made of a picture on the desk."""

    entry: DeskEntry
    how: Cleaning
    result: Result
    region: Region | None = None


@dataclass(frozen=True, eq=False)
class ResultSaved(Each):
    """The results of this picture that are wanted lie in files."""

    entry: DeskEntry


def clean_each(
    entries: Sequence[DeskEntry], name: str, how: Cleaning, keep: Callable[[DeskResult], None], report: Report
) -> None:
    """Gives each result to `keep` as soon as it is made; a picture that cannot be cleaned has the reason as its result.
    What learns from many learns once from all that are grey, and once from all that are in colour.

    Raises: StudioError where the way itself cannot be had; Cancelled where `report` raises it.
    """
    cost = 1.0 + (LEARNING if how.way.learns else 0.0)
    progress = BatchProgress(cost * sum(one.picture.stored.size for one in entries), report)
    done = 0
    for kind in _kinds(entries) if how.way.learns_from_all else [entries]:
        cleaner = _learned(kind, how, progress) if how.way.learns_from_all and len(kind) > 1 else None
        for entry in kind:
            done += 1
            units = entry.picture.stored.size * (cost if cleaner is None else 1.0)
            told = _numbered(progress.part(units), done, len(entries))
            keep(_cleaned(entry, name, replace(how, estimate=entry.found), cleaner, told))
            progress.finish(units)


def _kinds(entries: Sequence[DeskEntry]) -> list[Sequence[DeskEntry]]:
    kinds = [[one for one in entries if one.picture.channels == channels] for channels in (1, 3)]
    return [kind for kind in kinds if kind]


def _learned(kind: Sequence[DeskEntry], how: Cleaning, progress: BatchProgress) -> Cleaner:
    units = LEARNING * sum(one.picture.stored.size for one in kind)
    first = replace(how, estimate=kind[0].found).noise(kind[0].picture)
    made = how.prepare([one.picture for one in kind], first, Callbacks(progress.part(units)))
    progress.finish(units)
    return made


def _cleaned(entry: DeskEntry, name: str, how: Cleaning, cleaner: Cleaner | None, report: Report) -> DeskResult:
    try:
        result = how.run(entry.picture, name, cleaner=cleaner, reference=entry.reference, report=report)
    except DenoiseError as error:
        result = Result(name, None, problem=str(error))
    except STUMBLES as error:
        why = say("{name} could not be cleaned: {reason}", name=entry.name, reason=reason(error))
        result = Result(name, None, problem=why)
    return DeskResult(entry, how, result)


def _numbered(report: Report, number: int, count: int) -> Report:
    def told(doing: str, fraction: float | None) -> None:
        report(say("{number:,} of {count:,}: {doing}", number=number, count=count, doing=doing), fraction)

    return told


def about_all(rows: Sequence[DeskResult]) -> list[Text]:
    """How many were cleaned, and how many could not be and why."""
    problems = [row.result.problem for row in rows if row.result.picture is None]
    return _outcome(
        plural("{count:,} picture was cleaned.", "{count:,} pictures were cleaned.", len(rows) - len(problems)),
        plural(
            "{count:,} picture could not be cleaned: {reason}",
            "{count:,} pictures could not be cleaned; the table of each says why. The first: {reason}",
            len(problems),
            reason=next(iter(problems), ""),
        ),
    )


def _outcome(*said: Text) -> list[Text]:
    """Of what is counted, that of which there is any."""
    return [one for one in said if one.values["count"]]


def save_each(
    entries: Sequence[DeskEntry], name: str, keep: Callable[[ResultSaved], None], report: Report
) -> tuple[int, list[str]]:
    """Writes the result of this name of each picture beside its original. Returns: how many, and why others are not."""
    problems = []
    for number, entry in enumerate(entries):
        low, high = number / len(entries), (number + 1) / len(entries)
        report(say("Saving {name}", name=entry.name), low)
        try:
            if entry.path is None:
                raise DenoiseError(
                    "{name} is no file, so its result has no folder; choose one with Save as…", name=entry.name
                )
            save_file(entry, name, place_beside(entry, name), part(report, low, high))
        except DenoiseError as error:
            problems.append(str(error))
        else:
            keep(ResultSaved(entry))
    return len(entries) - len(problems), problems


def about_saved(count: int, problems: Sequence[str]) -> list[Text]:
    """The same of results that were to be written."""
    return _outcome(
        plural(
            "{count:,} result was saved beside its picture.",
            "{count:,} results were saved beside their pictures.",
            count,
        ),
        plural(
            "{count:,} result was not saved: {reason}",
            "{count:,} results were not saved. The first: {reason}",
            len(problems),
            reason=next(iter(problems), ""),
        ),
    )
