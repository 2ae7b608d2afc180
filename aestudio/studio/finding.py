"""Find and do: everything that a person can do, open or set, found by a few letters of its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.library.summary import Summary
from aestudio.core.run.recipes import Recipe
from aestudio.core.run.run import Run, flat
from aestudio.core.run.typed import typed
from aestudio.studio import recent
from aestudio.studio.changes import short
from aestudio.studio.runs.words import variant
from aestudio.studio.studio import Studio

MOST = 40
"""So many are listed."""
NUMBER = re.compile(r"#?(\d{1,9})")
LAST_WORD = re.compile(r"^(?P<name>.*\S)\s+(?P<value>\S+)$")


@dataclass(frozen=True)
class Entry:
    """One thing to be found."""

    words: str
    """As a person reads it."""
    beside: str
    """What kind of thing it is, or a value, or a key."""
    do: Callable[[], object] | None
    more: str = ""
    """Other words by which it is found."""
    completed: str = ""
    """What is typed for the person who chooses it, where there is nothing to do yet: a setting wants a value."""


def matching(entries: Iterable[Entry], typed: str) -> list[Entry]:
    """Those in which each typed word is found, the best first: words that begin so, then words that hold it, then names
    with its letters in this order. In their own order where nothing is typed, or nothing tells them apart.
    """
    wanted = typed.casefold().split()
    found: list[tuple[int, int, Entry]] = []
    for place, entry in enumerate(entries):
        costs = [cost for word in wanted if (cost := _cost(word, entry)) is not None]
        if len(costs) == len(wanted):
            found.append((sum(costs), place, entry))
    return [entry for _, _, entry in sorted(found, key=lambda one: one[:2])[:MOST]]


def _cost(word: str, entry: Entry) -> int | None:
    """How badly a word fits; None where it does not."""
    name = entry.words.casefold()
    if re.search(rf"(?<!\w){re.escape(word)}", name):
        return 0
    if word in name:
        return 1
    if word in f"{entry.beside} {entry.more}".casefold():
        return 2
    letters = iter(name)
    return 5 + len(name) // 8 if len(word) > 2 and all(letter in letters for letter in word) else None


class Finder:
    """What can be found besides the window's own actions."""

    def __init__(
        self, studio: Studio, recipes: Callable[[], Sequence[Recipe]], opened: Callable[[Path], object]
    ) -> None:
        """`opened` is told a file or folder that the person chose."""
        self._studio, self._recipes, self._opened = studio, recipes, opened
        self._told: tuple[list[Summary], dict[int, str]] | None = None

    def found(self, words: str, actions: Iterable[Entry]) -> list[Entry]:
        """What fits these words: settings with the value that was typed behind their name, then actions, settings,
        recipes, files and runs.
        """
        said = LAST_WORD.match(words.strip())
        changes = matching(self._changes(said["value"]), said["name"]) if said and _is_value(said["value"]) else []
        name, _, value = words.strip().rpartition(" ")
        changes += matching(self._choices(value), name) if value else []
        rest = matching([*actions, *self._settings(), *self._offered(), *self._files(), *self._runs(words)], words)
        return [*changes, *rest][:MOST]

    def _named(self) -> Iterator[tuple[str, str, str]]:
        """Path, name and the value in words of every setting."""
        run = self._studio.document.run
        for path, value in flat(run).items():
            with suppress(RunError):  # a kind, or a sentence about the run
                yield path, _name(run, path), value if run.knob(path).is_free else _said(value)

    def _settings(self) -> Iterator[Entry]:
        for path, name, value in self._named():
            yield Entry(name, say("setting, now {value}", value=value), None, path, f"{name} ")

    def _changes(self, text: str) -> Iterator[Entry]:
        """Every setting, to be set to this value."""
        run = self._studio.document.run
        for path, name, value in self._named():
            if (run.knob(path).type is bool) is not (text in YES_OR_NO):
                continue
            words = say("Set {setting} to {value}", setting=name, value=text)
            yield Entry(words, say("setting, now {value}", value=value), partial(self._set, path, text), path)

    def _choices(self, typed: str) -> Iterator[Entry]:
        """Every setting that has one of a few values, to be set to those that begin with what was typed."""
        run = self._studio.document.run
        for path, name, now in self._named():
            known = run.knob(path)
            offered = dict.fromkeys(known.choices) | ({True: None, False: None} if known.type is bool else {})
            for value in offered:
                said = _said(value)
                if said != now and said.casefold().startswith(typed.casefold()):
                    words = say("Set {setting} to {value}", setting=name, value=said)
                    do = partial(self._studio.document.set_value, path, value)
                    yield Entry(words, say("setting, now {value}", value=now), do, path)

    def _set(self, path: str, text: str) -> None:
        document = self._studio.document
        document.set_value(path, typed(text, document.run, path))

    def _offered(self) -> Iterator[Entry]:
        for recipe in self._recipes():
            more = f"{recipe.name} {recipe.title}"
            yield Entry(say(recipe.title), say("recipe"), partial(self._choose, recipe.name), more)

    def _choose(self, name: str) -> None:
        self._studio.want_document()
        self._studio.document.choose_recipe(name)

    def _files(self) -> Iterator[Entry]:
        for path in recent.used():
            yield Entry(path.name, say("used before"), partial(self._opened, path), str(path))

    def _runs(self, typed: str) -> Iterator[Entry]:
        """The newest, and one of a number that was typed, however old."""
        newest = self._studio.shelf.newest()
        asked = [int(found[1]) for word in typed.split() if (found := NUMBER.fullmatch(word))]
        older = [run for number in asked for run in self._studio.shelf.newest(number) if run.id == number]
        for run in dict.fromkeys([*newest, *older]):
            words = say("Run {number}: {title}", number=run.id, title=Text(run.title))
            yield Entry(
                words,
                self._apart(newest).get(run.id) or str(variant(run)),
                partial(self._open_run, run.id),
                f"#{run.id} {run.note}",
            )

    def _apart(self, newest: Sequence[Summary]) -> dict[int, str]:
        """Read once for a list of runs, however many letters are typed meanwhile."""
        if self._told is None or self._told[0] != newest:
            self._told = list(newest), self._studio.shelf.apart(newest, ready=self._studio.ready)
        return self._told[1]

    def _open_run(self, number: int) -> None:
        self._studio.want_document()
        self._studio.document.kept.open_run(number)


YES_OR_NO = ("true", "false")


def _is_value(word: str) -> bool:
    return any(letter.isdigit() for letter in word) or word in YES_OR_NO


def _said(value: object) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return say(value) if isinstance(value, str) else short(value)


def _name(run: Run, path: str) -> str:
    """What a setting is called, behind the part that has it."""
    name, owner = say(run.knob(path).label), path.rpartition(".")[0]
    return say("{part}: {setting}", part=say(run.slots()[owner].title), setting=name) if owner else name
