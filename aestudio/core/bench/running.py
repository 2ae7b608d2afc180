"""Contenders take turns, A B C A B C …, so that what slows the machine down slows all of them."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import psutil

from aestudio.core.ground.cores import cores
from aestudio.core.ground.texts import Said, Text

BUSY = 0.15
"""Share of the machine's processors that other programs may take while a slice is measured."""
LEAST = 3
"""Quiet rounds that a figure needs; with fewer all rounds count, and the figure says so."""


@dataclass(frozen=True)
class Contender:
    """One way to do the work of a figure."""

    name: Said
    go_on: Callable[[float], float]
    """Works for about so many seconds, and says how much was done: steps, images, calls."""
    remark: Callable[[], Text | None] = lambda: None
    """What else was seen, at the end."""


@dataclass(frozen=True)
class Slice:
    """One turn of one contender."""

    done: float
    seconds: float
    quiet: bool
    """No other program took more than its share meanwhile."""

    @property
    def rate(self) -> float:
        return self.done / self.seconds


@dataclass
class Measured:
    """All turns of one contender."""

    name: Said
    slices: list[Slice] = field(default_factory=list)


@dataclass(frozen=True)
class Ratio:
    """How much quicker a contender is than the yardstick, round by round."""

    name: Said
    median: float
    low: float
    """First quartile."""
    high: float
    """Third quartile."""
    rounds: int
    """That count."""
    rate: float
    """Units of work a second, median."""


def interleaved(contenders: Sequence[Contender], rounds: int, seconds: float) -> Iterator[list[Measured]]:
    """Everybody once to warm up, then `rounds` rounds of turns of `seconds`; what there is so far after each round."""
    for one in contenders:
        one.go_on(0.0)
    found = [Measured(one.name) for one in contenders]
    for _ in range(rounds):
        for one, measured in zip(contenders, found, strict=True):
            measured.slices.append(_turn(one, seconds))
        yield found


def ratios(found: Sequence[Measured]) -> tuple[list[Ratio], bool]:
    """Of each contender to the first, in the same rounds; and whether the machine was quiet enough to leave out the
    rounds in which it was not.
    """
    rounds = list(zip(*(one.slices for one in found), strict=True))
    quiet = [one for one in rounds if all(turn.quiet for turn in one)]
    kept = quiet if len(quiet) >= LEAST else rounds
    made = []
    for number, one in enumerate(found):
        each = sorted(turns[number].rate / turns[0].rate for turns in kept)
        rate = statistics.median(turns[number].rate for turns in kept)
        made.append(Ratio(one.name, statistics.median(each), *_quartiles(each), len(kept), rate))
    return made, kept is quiet


def _quartiles(ordered: Sequence[float]) -> tuple[float, float]:
    if len(ordered) < 2:
        return ordered[0], ordered[0]
    low, _, high = statistics.quantiles(ordered, n=4, method="inclusive")
    return low, high


def _turn(one: Contender, seconds: float) -> Slice:
    before, own_before, began = _taken(), _own(), time.perf_counter()
    done = one.go_on(seconds)
    took = time.perf_counter() - began
    others = (_taken() - before) - (_own() - own_before)
    return Slice(done, took, others <= BUSY * took * cores())


def _taken() -> float:
    """Processor seconds that all programs have taken since the machine was started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _own() -> float:
    """Processor seconds that this program and those that it started have taken."""
    here = psutil.Process()
    taken = 0.0
    for one in (here, *here.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            taken += times.user + times.system + times.children_user + times.children_system
    return taken
