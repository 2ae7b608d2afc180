"""Which runs a table shows and in which order: plain functions over a list of summaries. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from math import inf
from operator import attrgetter
from typing import Any

from aestudio.core.ground.texts import Text
from aestudio.core.library.asking import Asked, Fact, Question, summed
from aestudio.core.library.summary import Summary


class Which(Enum):
    """The filters that exclude each other, in the words of their buttons."""

    ALL = Text("All")
    STARRED = Text("Starred")
    RESUMABLE = Text("Can be continued")
    TRASH = Text("Trash")


class Column(IntEnum):
    """From left to right."""

    STAR, PICTURE, TITLE, DATA, VARIANT, EPOCHS, OBJECTIVE, PSNR, PARAMETERS, TRAINED, SPENT = range(11)


@dataclass(frozen=True)
class About:
    """What a column is."""

    heading: Text
    tip: Text
    sample: str
    """What it has to have room for."""
    key: Callable[[Summary], Any]
    """What it is sorted by; None is a missing number."""
    rank: int = 0
    """The higher, the sooner it is left out where there is little room; 0 is never."""
    falling: bool = True
    """A first click on the heading sorts with the greatest on top."""


def _trained(run: Summary) -> float:
    """All that train now are equally new: else two of them would change places every second."""
    return inf if run.state == "training" else run.updated


COLUMNS: dict[Column, About] = {
    Column.STAR: About(Text(""), Text("Starred runs: their checkpoints are kept longest"), "", lambda run: run.starred),
    Column.PICTURE: About(
        Text("Images"),
        Text("Held-out images, and below them their reconstructions; sorts by number"),
        "",
        lambda run: run.id,
    ),
    Column.TITLE: About(
        Text("Title"),
        Text("Its title, its note and how it ended"),
        "n" * 20,
        lambda run: run.named.casefold(),
        falling=False,
    ),
    Column.DATA: About(
        Text("Data"), Text("What it was trained on"), "Fashion-MNIST", lambda run: run.data.casefold(), 6, False
    ),
    Column.VARIANT: About(
        Text("Variant"),
        Text("Its corruption, code and penalties"),
        "Gaussian noise",
        lambda run: run.variant.casefold(),
        5,
        False,
    ),
    Column.EPOCHS: About(
        Text("Epochs"), Text("Epochs and steps that are done"), "99.9 k of 99.9 k", lambda run: run.epoch, 3
    ),
    Column.OBJECTIVE: About(
        Text("Objective"), Text("On held-out images, at the end"), "not scored", lambda run: run.objective, 4
    ),
    Column.PSNR: About(
        Text("Held-out PSNR"), Text("Of all held-out images, reconstructed"), "not scored", lambda run: run.psnr, 1
    ),
    Column.PARAMETERS: About(
        Text("Parameters"), Text("Weights and biases"), "Parameters", lambda run: run.parameters, 8
    ),
    Column.TRAINED: About(Text("Trained"), Text("When it was last trained"), "28 Nov 2026", _trained, 2),
    Column.SPENT: About(Text("Time"), Text("Spent training"), "59 min 59 s", lambda run: run.seconds, 7),
}


def fitting(room: int, widths: Mapping[Column, int]) -> list[Column]:
    """The columns that fit so many pixels; what is missed least is left out first."""
    shown = list(COLUMNS)
    while sum(widths[one] for one in shown) > room and any(COLUMNS[one].rank for one in shown):
        shown.remove(max(shown, key=lambda one: COLUMNS[one].rank))
    return shown


def let_through(runs: Iterable[Summary], which: Which) -> list[Summary]:
    """What a filter leaves; for the trash the library has sorted that out."""
    match which:
        case Which.STARRED:
            return [run for run in runs if run.starred]
        case Which.RESUMABLE:
            return [run for run in runs if run.resumable]
        case _:
            return list(runs)


MANY = 50
"""Runs from which on it is quicker to read one setting of all than to look into each."""
ReadColumn = Callable[[str], Mapping[int, tuple[Fact, ...]] | None]
"""What all runs say at a path, by number, see `asking.column_of`; None where they are to be looked into one by one."""


class RunFacts:
    """What a search looks through, worked out once a run; its settings only where they are asked for."""

    def __init__(self, settings: Callable[[int], Mapping[str, Any]], column: ReadColumn = lambda _: None) -> None:
        """`settings` are those of a run by its number, see Asked."""
        self._settings, self._column = settings, column
        self._known: dict[int, tuple[Summary, Asked]] = {}
        self._at: dict[str, dict[int, tuple[Summary, tuple[Fact, ...]]]] = {}

    def __call__(self, run: Summary) -> Asked:
        known = self._known.get(run.id)
        if known is None or (known[0] is not run and known[0] != run):
            self._known[run.id] = known = (run, Asked.of(run, lambda: self._settings(run.id)))
        return known[1]

    def at(self, path: str, runs: Sequence[Summary]) -> Mapping[int, tuple[Fact, ...]]:
        """One setting or score of these runs, by number: what their facts have at this path, nothing where it is not
        there.
        """
        kept = self._at.setdefault(path, {})
        news = [run for run in runs if run.id not in kept or (kept[run.id][0] is not run and kept[run.id][0] != run)]
        told = self._column(path) if len(news) > MANY else None
        for run in news:
            said = self(run).facts().get(path) if told is None else summed(run).get(path) or told.get(run.id)
            kept[run.id] = (run, said or ())
        return {run.id: kept[run.id][1] for run in runs}


def found(runs: Iterable[Summary], asked: Question, which: Which, known: RunFacts) -> list[Summary]:
    """The runs that the filter lets through and that are asked for."""
    return [run for run in let_through(runs, which) if asked(known(run))]


Key = Callable[[Summary], Any]
"""What runs are put in order by; None is a missing value."""


def ordered(runs: Sequence[Summary], by: Column | Key, *, falling: bool) -> list[Summary]:
    """By a column, those without a value last either way; runs that are alike, the newest first."""
    key = COLUMNS[by].key if isinstance(by, Column) else by
    newest = sorted(runs, key=attrgetter("id"), reverse=True)
    keys = {run.id: key(run) for run in newest}
    known = [run for run in newest if keys[run.id] is not None]
    known.sort(key=lambda run: keys[run.id], reverse=falling)  # reverse keeps the order of those that are alike
    return known if len(known) == len(newest) else known + [run for run in newest if keys[run.id] is None]
