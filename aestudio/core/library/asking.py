"""Which runs a person asks for: words that stand in them, tags, and conditions on their settings and scores.

`sparse digits`, `kl-sparsity.target < 0.1 and epochs > 2`, `(mnist or letters) and not psnr < 20`, `tag:chapter-3`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

from aestudio.core.ground.errors import LibraryError

if TYPE_CHECKING:
    from aestudio.core.library.catalogue import Library
    from aestudio.core.library.summary import Summary

Fact = str | float | bool
Facts = Mapping[str, tuple[Fact, ...]]
"""What is known of a run, by path; a setting that is a list has several values."""
Condition = Callable[["Asked"], bool]

SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": le, ">=": ge, "!=": ne, "==": eq, "<": lt, ">": gt, "=": eq, "≤": le, "≥": ge, "≠": ne,
}  # fmt: skip
TOKEN = re.compile(r'\s*(<=|>=|!=|==|[<>=≤≥≠()]|"[^"]*"|[^\s<>=!≤≥≠()"]+|[!"])')
CONDITION = re.compile(r"[<>=≤≥≠]|(?:^|[\s(])tag:[^\s()]", re.IGNORECASE)
"""What makes a text more than words."""
TAG = "tag:"
LONGEST, DEEPEST = 2000, 50
"""Characters of a question, and brackets inside of each other."""
SUMMED = ("id", "seed", "parameters", "step", "steps", "epoch", "seconds", "objective", "psnr", "state", "starred")
"""What a summary knows of a run that its settings do not say."""


@dataclass(frozen=True)
class Asked:
    """One run, as far as a question looks at it."""

    words: str
    """In lower case."""
    facts: Callable[[], Facts]
    tags: tuple[str, ...] = ()

    @staticmethod
    def of(run: Summary, settings: Callable[[], Mapping[str, Any]]) -> Asked:
        """`settings` are a Run's, as JSON has them, and the scores beside them; read once, where they are asked for."""
        return Asked(run.words, cache(lambda: facts(run, settings())), run.tags)


@dataclass(frozen=True)
class Question:
    """What a text asks for."""

    holds: Condition
    names: tuple[str, ...] = ()
    """The settings and scores that they name, as they were typed."""

    def __call__(self, asked: Asked) -> bool:
        return self.holds(asked)


def question(text: str) -> Question:
    """What a text asks for. One without a sign of comparison is words alone, all of which have to be there, `and` and
    `or` too.

    Raises: LibraryError with a sentence where it cannot be read.
    """
    if not CONDITION.search(text):
        words = text.casefold().split()
        return Question(lambda asked: all(word in asked.words for word in words))
    if len(text) > LONGEST:
        raise LibraryError("What is searched for is too long; {most:,} letters are read at most.", most=LONGEST)
    reading = _Reading(text)
    return Question(reading.whole(), tuple(reading.names))


def settings_of(library: Library, number: int) -> dict[str, Any]:
    """The settings of a run of the library and its held-out scores, as they were written: no part is built."""
    row = library.row(number, "run, scores")
    try:
        return {**json.loads(row["run"]), "scores": json.loads(row["scores"])}
    except (ValueError, TypeError):  # damaged: it has no settings that could be asked for
        return {}


def column_of(library: Library, path: str) -> dict[int, tuple[Fact, ...]]:
    """What the settings or scores of every run say at one path of `facts`, by number: read at once, and no more of each
    run taken apart than the part with this path. Runs that say nothing there are missing. Raises LibraryError.
    """
    head = path.partition(".")[0]
    source, place = ("scores", "$") if head == "scores" else ("run", f'$."{head}"')
    rows = library.rows(
        f"SELECT id, CASE WHEN json_valid({source}) THEN json_extract({source}, ?, ?) END AS said FROM runs",
        place,
        place,
    )
    parsed = lru_cache(maxsize=1024)(lambda said: _at(path, {head: json.loads(said)[0]}))
    return {row["id"]: found for row in rows if row["said"] and (found := parsed(row["said"]))}


def _at(path: str, settings: Mapping[str, Any]) -> tuple[Fact, ...]:
    return tuple(value for name, values in _leaves(settings) if plain(name) == path for value in values)


def facts(run: Summary, settings: Mapping[str, Any]) -> Facts:
    """By path, in lower case: `optimiser.learning_rate`, `penalties.kl-sparsity.target`, `epochs`, `psnr`."""
    found: dict[str, tuple[Fact, ...]] = {}
    for path, value in _leaves(settings):
        name = plain(path)
        found[name] = found[name] + value if name in found else value
    return found | summed(run)


def summed(run: Summary) -> dict[str, tuple[Fact, ...]]:
    """What the summary of a run says of it, by path."""
    told = {name: (value,) for name in SUMMED if (value := getattr(run, name)) is not None}
    return {**told, "tag": run.tags or ("",)}  # so that `tag != x` finds what has none


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, tuple[Fact, ...]]]:
    """Settings by path. Members of a list are named by their kind; the kind of a slot is its name's own value."""
    if isinstance(value, dict):  # isinstance of Mapping takes longer, and is asked a hundred times a run
        for name, one in value.items():
            yield from _leaves(one, path if name == "kind" else f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for one in value:
            if isinstance(one, dict) and "kind" in one:
                yield path, (str(one["kind"]).casefold(),)
                yield from _leaves(
                    {name: inner for name, inner in one.items() if name != "kind"}, f"{path}.{one['kind']}"
                )
        yield path, tuple(_fact(one) for one in value if not isinstance(one, dict))
    elif value is not None:
        yield path, (_fact(value),)


def _fact(value: Any) -> Fact:
    return value if isinstance(value, bool | int | float) else str(value).casefold()


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """As paths are written."""
    return name.casefold().replace("-", "_")


def _known(facts: Facts, name: str) -> Iterator[Fact]:
    """The values of all settings that a name means: the whole path or its end from a dot on."""
    for path, values in facts.items():
        if path == name or path.endswith(f".{name}"):
            yield from values


def _as_fact(text: str) -> Fact:
    """A value as it was typed: a number, yes or no, or a word."""
    try:
        return float(text)
    except ValueError:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.casefold(), text.casefold())


def _compares(name: str, sign: str, wanted: Fact) -> Condition:
    """Of several values one has to fit; of another kind none does."""
    compare, path = SIGNS[sign], plain(name)
    orders = compare not in (eq, ne)

    def fits(value: Fact) -> bool:
        if isinstance(value, str) != isinstance(wanted, str):
            return compare is ne
        return not (orders and isinstance(value, str)) and compare(value, wanted)

    def holds(asked: Asked) -> bool:
        values = list(_known(asked.facts(), path))
        return bool(values) and (all if compare is ne else any)(map(fits, values))

    return holds


class _Reading:
    """Reads `either`: `both` or `both` …; `both`: `one` and `one` …; `one`: not `one`, (`either`), a condition or a
    word.
    """

    def __init__(self, text: str) -> None:
        self._left = [found[1] for found in TOKEN.finditer(text)][::-1]
        self._before, self._depth = "", 0
        self.names: list[str] = []

    def whole(self) -> Condition:
        made = self._either()
        if self._left:
            raise self._unread()
        return made

    def _either(self) -> Condition:
        several = [self._both()]
        while self._takes("or"):
            several.append(self._both())
        return _each(several, any)

    def _both(self) -> Condition:
        several = [self._one()]
        while self._left and self._next not in (")", "or"):
            self._takes("and")
            several.append(self._one())
        return _each(several, all)

    def _one(self) -> Condition:
        if not self._left or self._next in (")", "or", "and") or self._next in SIGNS:
            raise self._unread()
        if self._takes("not"):
            self._go_deeper()
            inner = self._one()
            self._depth -= 1
            return lambda asked: not inner(asked)
        if self._takes("("):
            self._go_deeper()
            inner = self._either()
            if not self._takes(")"):
                raise LibraryError("A bracket is open in what is searched for; close it with “)”.")
            self._depth -= 1
            return inner
        name = self._take()
        if not self._left or self._next not in SIGNS:
            word = name.strip('"').casefold()
            if (tag := word.removeprefix(TAG)) != word:
                return lambda asked: tag in asked.tags
            return lambda asked: word in asked.words
        sign = self._take()
        if not self._left or self._next in ("(", ")", "and", "or") or self._next in SIGNS:
            raise LibraryError(
                "After “{name} {sign}” a value is missing, such as {name} {sign} 0.1.", name=name, sign=sign
            )
        self.names.append(name)
        return _compares(name, sign, _as_fact(self._take().strip('"')))

    @property
    def _next(self) -> str:
        return self._left[-1].casefold()

    def _take(self) -> str:
        self._before = self._left.pop()
        return self._before

    def _takes(self, word: str) -> bool:
        return bool(self._left) and self._next == word and bool(self._take())

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise LibraryError("What is searched for has too many brackets inside of each other.")

    def _unread(self) -> LibraryError:
        if not self._left:
            return LibraryError("After “{before}” something is missing.", before=self._before)
        return LibraryError("“{found}” does not fit there in what is searched for.", found=self._left[-1])


def _each(several: Iterable[Condition], how: Callable[[Iterable[bool]], bool]) -> Condition:
    wanted = list(several)
    return wanted[0] if len(wanted) == 1 else lambda asked: how(one(asked) for one in wanted)
