"""Runs in parallel coordinates: an axis for each setting that differs and each score, a line for each run. No Qt here.

Source: Inselberg (1985), The plane with parallel coordinates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log10

from aestudio.core.library import columns
from aestudio.core.library.asking import Fact, Facts
from aestudio.core.library.columns import SEARCHED, Naming
from aestudio.core.library.summary import Summary
from aestudio.studio.runs.rows import RunFacts

SCORES = ("objective", "psnr")
"""At the right, the one that lines are coloured by last."""
MOST_SETTINGS = 10
WIDE = 30.0
"""An axis is logarithmic where its largest number is so many times its smallest."""
FEW = 6
"""Different values that are all written beside their axis; of more numbers, the ends and the middle."""

Range = tuple[float, float]
"""A part of an axis: from and to, where 0 is its lower end and 1 its upper."""


@dataclass(frozen=True)
class Axis:
    """One setting or score of all runs."""

    path: str
    name: str
    places: tuple[float | None, ...]
    """Of each run, from 0 at the lower end to 1; None where a run has no such setting, or no finite score."""
    ticks: tuple[tuple[float, str], ...]
    """What is written at which places."""
    said: tuple[str, ...]
    """Each run's value in words."""

    def inside(self, run: int, part: Range) -> bool:
        """Whether a run, by its place in the list, lies in a part of the axis."""
        place = self.places[run]
        return place is not None and part[0] - 1e-9 <= place <= part[1] + 1e-9


def axes(runs: Sequence[Summary], known: RunFacts, first: Iterable[str] = (), naming: Naming = SEARCHED) -> list[Axis]:
    """The axes of these runs: the settings `first`, by their paths, then others that differ, then the scores."""
    facts = {run.id: known(run).facts() for run in runs}
    among = columns.paths(facts.values())
    differ = [path for path in columns.differing(facts) if path != "seed"][:MOST_SETTINGS]
    paths = [path for path in dict.fromkeys([*first, *differ]) if path not in SCORES]
    made = [_axis(path, among, [facts[run.id] for run in runs], naming) for path in (*paths, *SCORES)]
    return [axis for axis in made if any(place is not None for place in axis.places)]


def within(axes: Sequence[Axis], parts: Mapping[str, Range], count: int) -> list[bool]:
    """Which of `count` runs lie in all these parts, by the paths of their axes."""
    held = [(axis, parts[axis.path]) for axis in axes if axis.path in parts]
    return [all(axis.inside(run, part) for axis, part in held) for run in range(count)]


def _axis(path: str, among: Sequence[str], facts: Sequence[Facts], naming: Naming) -> Axis:
    values = [known.get(path, ()) for known in facts]
    said = tuple(naming.write(path, value) or "–" for value in values)
    numbers = [_number(value) for value in values]
    if all(number is not None for number, value in zip(numbers, values, strict=True) if value):
        places, ticks = _of_numbers(numbers)
    else:
        places, ticks = _of_words(values, dict(zip(values, said, strict=True)))
    return Axis(path, naming.name(path, among), places, ticks, said)


def _number(value: tuple[Fact, ...]) -> float | None:
    (one, *others) = value or ("",)
    return None if others or isinstance(one, str | bool) else float(one)


def _of_numbers(numbers: Sequence[float | None]) -> tuple[tuple[float | None, ...], tuple[tuple[float, str], ...]]:
    known = sorted({number for number in numbers if number is not None and isfinite(number)})
    if not known:
        return tuple(None for _ in numbers), ()
    low, high = known[0], known[-1]
    logarithmic = low > 0 and high / low >= WIDE

    def place(number: float) -> float:
        if low == high:
            return 0.5
        if logarithmic:
            return (log10(number) - log10(low)) / (log10(high) - log10(low))
        return (number / 2 - low / 2) / (high / 2 - low / 2)  # the largest numbers have no finite difference

    middle = low**0.5 * high**0.5 if logarithmic else low / 2 + high / 2
    told = known if len(known) <= FEW else [low, middle, high]
    places = tuple(None if number is None or not isfinite(number) else place(number) for number in numbers)
    return places, tuple((place(number), _short(number)) for number in told)


def _short(number: float) -> str:
    return f"{number:.0f}" if 1000 <= abs(number) < 1e6 else f"{number:.3g}"


def _of_words(
    values: Sequence[tuple[Fact, ...]], said: Mapping[tuple[Fact, ...], str]
) -> tuple[tuple[float | None, ...], tuple[tuple[float, str], ...]]:
    known = sorted(set(values), key=lambda value: columns.order(value) or ())
    step = 1 / max(1, len(known) - 1)
    places = {value: (at * step if len(known) > 1 else 0.5) for at, value in enumerate(known)}
    return tuple(places[value] for value in values), tuple((place, said[value]) for value, place in places.items())
