"""Several seeds: the same run with other random numbers, and what a number is then worth, mean ± standard deviation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, stdev

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.run.run import Run

USUAL = 3
"""Seeds of a study where nobody says otherwise."""
SEEDS = 2**31
"""There are so many; 0 follows the last."""
ENOUGH = 3
"""Fewer runs say nothing about which of two ways is better."""


@dataclass(frozen=True)
class Spread:
    """What several runs that differ in their seed measured."""

    mean: float
    deviation: float | None
    """The standard deviation of single runs, n − 1 in the denominator; None of a single one."""
    count: int

    @property
    def half(self) -> float:
        """From the middle of the range in which two thirds of such runs are expected, to its end; 0 where unknown."""
        return self.deviation or 0.0

    def text(self, pattern: str = ".5f", factor: float = 1.0) -> str:
        """0.00812 ± 0.00031, both multiplied by a factor; the mean alone where there is one run only."""
        mean = format(factor * self.mean, pattern)
        return mean if self.deviation is None else f"{mean} ± {factor * self.deviation:{pattern}}"


def spread_of(values: Iterable[float | None]) -> Spread | None:
    """Of all that were measured; None where none was."""
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    return Spread(fmean(measured), stdev(measured) if len(measured) > 1 else None, len(measured))


def differ(one: Spread, other: Spread) -> bool:
    """Whether there are enough runs of both, and the ranges mean ± standard deviation do not touch."""
    if min(one.count, other.count) < ENOUGH:
        return False
    return abs(one.mean - other.mean) > one.half + other.half


def with_seeds(run: Run, count: int) -> list[Run]:
    """The run, and others with the seeds that follow its own; titles say which where there are several.

    Raises: RunError for fewer than one.
    """
    if count < 1:
        raise RunError("A study needs at least one seed, and {count} is none.", count=count)
    if count == 1:
        return [run]
    seeds = [(run.seed + more) % SEEDS for more in range(count)]
    titles = [say("{title} · seed {seed}", title=Text(run.title), seed=seed) for seed in seeds]
    return [
        run.with_value("seed", seed).model_copy(update={"title": title})
        for seed, title in zip(seeds, titles, strict=True)
    ]
