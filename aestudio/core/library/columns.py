"""Settings and scores of runs as columns of a table, under the names that a search asks for them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aestudio.core.ground.texts import say
from aestudio.core.library.asking import Fact, Facts

WORDS = ("title", "explanation", "citation", "claims", "id", "state", "starred", "tag")
"""What is told of a run and is neither a setting nor a score."""
OUTCOMES = ("seconds", "step", "steps", "epoch", "objective", "psnr", "parameters", "scores")
"""What two runs differ in without anybody having chosen it, or because of what was."""


def paths(known: Iterable[Facts]) -> list[str]:
    """All settings and scores that some of these runs have, in the order of a run's settings."""
    found = {path: None for facts in known for path in facts if path.partition(".")[0] not in WORDS}
    return list(found)


def short(path: str, among: Iterable[str]) -> str:
    """The shortest end of a path that means it and nothing else among these: `learning_rate`, and with the member of a
    family that has several, `l1.weight`.

    A name that a search takes: the whole path where each of its ends means something else, too.
    """
    others = [one for one in among if one != path]
    parts = path.split(".")
    for at in range(max(1, len(parts) - 2) if len(parts) > 2 else len(parts) - 1, 0, -1):
        end = ".".join(parts[at:])
        if not any(one == end or one.endswith(f".{end}") for one in others):
            return end
    return path


def full(name: str, among: Iterable[str]) -> str | None:
    """The path that a name means, in any spelling that a search takes; None where there is none."""
    plain = name.casefold().replace("-", "_")
    found = [one for one in among if one == plain or one.endswith(f".{plain}")]
    return min(found, key=len) if found else None


def written(values: Sequence[Fact]) -> str:
    """What a cell says: `0.05`, `yes`, `256, 64`; nothing where a run has no such setting."""
    return ", ".join(map(_written, values))


def _written(value: Fact) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return value if isinstance(value, str) else f"{value:.6g}"


def order(values: Sequence[Fact]) -> tuple[tuple[int, float, str], ...] | None:
    """What a column is sorted by: numbers before words; None where there is nothing."""
    if not values:
        return None
    return tuple((1, 0.0, value) if isinstance(value, str) else (0, float(value), "") for value in values)


def differing(runs: Mapping[int, Facts]) -> list[str]:
    """Settings that are not the same in all of these runs, those with most different values first; the seed last."""
    values = {path: {facts.get(path) for facts in runs.values()} for path in paths(runs.values())}
    chosen = [path for path, found in values.items() if len(found) > 1 and path.partition(".")[0] not in OUTCOMES]
    return sorted(chosen, key=lambda path: (path == "seed", -len(values[path])))


@dataclass(frozen=True)
class Naming:
    """How settings, scores and their values are called."""

    name: Callable[[str, Iterable[str]], str]
    """By a path, and the paths that it is not to be mistaken for."""
    write: Callable[[str, Sequence[Fact]], str]
    """The values at a path; empty where there are none."""

    def told(self, path: str, values: Sequence[Fact], among: Iterable[str]) -> str:
        """`learning_rate = 0.01`."""
        return f"{self.name(path, among)} = {self.write(path, values) or '–'}"


SEARCHED = Naming(short, lambda _path, values: written(values))
"""As a search takes them."""


def told_apart(runs: Mapping[int, Facts], naming: Naming = SEARCHED) -> dict[int, str]:
    """What each of these runs, which go by one title, is and others of them are not: `epochs = 2, seed = 3`.

    As few settings as tell apart all that can be told apart by settings.
    """
    chosen = fewest(runs)
    among = paths(runs.values())
    return {
        number: ", ".join(naming.told(path, facts[path], among) for path in chosen if path in facts)
        for number, facts in runs.items()
    }


def fewest(runs: Mapping[int, Facts]) -> list[str]:
    """The settings that tell these runs apart; one that tells no more than those before it is left out."""
    told: list[str] = []
    known: set[object] = {()}
    for path in differing(runs):
        found: set[object] = {tuple(facts.get(one) for one in (*told, path)) for facts in runs.values()}
        if len(found) > len(known):
            told, known = [*told, path], found
    return told
