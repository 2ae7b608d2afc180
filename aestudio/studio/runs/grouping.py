"""Runs put together by what they have in common, and runs of one title told apart by what they have not. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

from aestudio.core.ground.texts import DOT, Text, listed, say
from aestudio.core.library import columns
from aestudio.core.library.asking import Fact, settings_of
from aestudio.core.library.columns import SEARCHED, Naming
from aestudio.core.library.summary import Summary
from aestudio.studio.runs.rows import RunFacts
from aestudio.studio.runs.words import counted, variant

if TYPE_CHECKING:
    from aestudio.core.library.catalogue import Library

NAMED: Mapping[str, tuple[Text, Callable[[Summary], str]]] = {
    "title": (Text("Title"), lambda run: run.named),
    "data": (Text("Data"), lambda run: say(run.data)),
    "variant": (Text("Variant"), lambda run: str(variant(run))),
    "tag": (Text("Tags"), lambda run: " ".join(run.tags) or say("no tag")),
}
"""What runs can be grouped by besides every setting and score, by name: its heading and a run's value."""
LISTED = 60
"""Runs of a list that are told apart: reading the settings of so many takes some 20 ms."""
FEWEST = 2
"""Scores that a mean is told of."""


@dataclass(frozen=True)
class Group:
    """Runs in a row that have something in common."""

    name: str
    """Of what they have in common: one of NAMED, or a setting or score by its path."""
    value: str
    runs: tuple[Summary, ...]

    def heading(self, what: str = "") -> str:
        """`Learning rate = 0.01 · 3 runs · PSNR 21.30 ± 0.20 dB`, after `what` they have in common."""
        said: list[Text | str] = [what or self.value, counted(len(self.runs))]
        scores = [run.psnr for run in self.runs if run.psnr is not None and isfinite(run.psnr)]
        if len(scores) >= FEWEST:
            mean = sum(scores) / len(scores)
            deviation = sqrt(sum((score - mean) ** 2 for score in scores) / (len(scores) - 1))
            said.append(Text("PSNR {mean:.2f} ± {deviation:.2f} dB", mean=mean, deviation=deviation))
        return str(listed(said, DOT))


def grouped(ordered: Sequence[Summary], name: str, known: RunFacts) -> list[Group]:
    """Runs in their order, group by group; the groups in the order of what they have in common."""
    found: dict[Any, list[Summary]] = {}
    values: dict[Any, str] = {}
    facts = {} if name in NAMED else known.at(name, ordered)
    for run in ordered:
        key, value = _of(run, name, facts.get(run.id, ()))
        found.setdefault(key, []).append(run)
        values[key] = value
    return [Group(name, values[key], tuple(found[key])) for key in sorted(found)]


def _of(run: Summary, name: str, facts: tuple[Fact, ...]) -> tuple[Any, str]:
    """What a run is put in its place by, those without it last, and how that is written."""
    if name in NAMED:
        value = NAMED[name][1](run)
        return (name == "tag" and not run.tags, value.casefold()), value
    return (columns.order(facts) is None, columns.order(facts) or ()), columns.written(facts)


def newest_apart(library: Library, runs: Sequence[Summary], *, ready: bool = True) -> dict[int, str]:
    """The same of the newest of some runs, which come first, for a list to choose from. Raises LibraryError."""
    return apart(runs[:LISTED], RunFacts(lambda number: settings_of(library, number)), ready=ready)


def apart(runs: Iterable[Summary], known: RunFacts, *, ready: bool = True) -> dict[int, str]:
    """By number what tells each run from those of its title: `Epochs = 2`; empty where it is the only one.

    How settings are called, see `naming`.
    """
    called = naming(ready=ready)
    titled: dict[str, list[Summary]] = {}
    for run in runs:
        titled.setdefault(run.title, []).append(run)
    said: dict[int, str] = {}
    for alike in titled.values():
        if len(alike) > 1:
            said |= columns.told_apart({run.id: known(run).facts() for run in alike}, called)
        else:
            said[alike[0].id] = ""
    return said


def naming(*, ready: bool) -> Naming:
    """Settings go by their titles where `ready` says that torch is in, else by the names that a search takes."""
    if not ready:
        return SEARCHED
    from aestudio.studio.runs.titles import TITLED  # with all parts of a run, which take seconds

    return TITLED
