"""Curves and histograms as inline SVG, coloured by the style sheet of the page they stand in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 22, 44
BINS = 40


@dataclass(frozen=True, eq=False)
class PlotSeries:
    """One line of a plot; points that are not finite are left out."""

    name: str
    x: Values
    y: Values
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A vertical line with words beside it."""

    at: float
    words: str
    dashed: bool = False


@dataclass(frozen=True)
class Axis:
    """From data to pixels along one side of the plot."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (
            (math.log10(v) for v in (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        )
        return self.begin + (at - low) / (high - low) * (self.end - self.begin)

    def ticks(self) -> list[float]:
        """Round numbers, about five of them."""
        if self.log and self.high / self.low > 8:
            powers = range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
            every = max(1, -(-len(powers) // 6))
            steps = (1, 2, 5) if len(powers) < 3 else (1,)
            wanted = [
                m * 10.0**p for p in (powers.start - 1, *powers)[:: every if len(steps) == 1 else 1] for m in steps
            ]
            return [tick for tick in wanted if self.low * (1 - 1e-9) <= tick <= self.high * (1 + 1e-9)]
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def lines(series: Sequence[PlotSeries], *, x: str, y: str, label: str, marks: Sequence[Mark] = ()) -> str:
    """A plot of one or more lines, on a logarithmic scale where they are positive and span more than a decade.

    Empty where no line has two points.
    """
    shown = [one for one in (_finite(one) for one in series) if len(one.x) > 1]
    if not shown:
        return ""
    values = np.concatenate([one.y for one in shown])
    low, high = float(values.min()), float(values.max())
    log = low > 0 and high / low > 10
    across = Axis(min(float(one.x[0]) for one in shown), max(float(one.x[-1]) for one in shown), LEFT, WIDTH - RIGHT)
    up = Axis(*_padded(low, high, log), HEIGHT - BOTTOM, TOP, log)
    drawn = [
        f'<polyline class="line s{number % 6}{" dashed" if one.dashed else ""}" points="{_points(one, across, up)}"/>'
        for number, one in enumerate(shown)
    ]
    return _figure(across, up, [*drawn, *_marked(marks, across)], x, y, label) + (
        _legend(shown) if len(shown) > 1 else ""
    )


def histogram(values: Values, *, x: str, y: str, label: str, marks: Sequence[Mark] = ()) -> str:
    """How often values occur, on a logarithmic scale: many zeros and few large values can be seen together."""
    fine = values[np.isfinite(values)]
    ends = [*(mark.at for mark in marks), *((float(fine.min()), float(fine.max())) if fine.size else (0.0, 1.0))]
    low, high = min(0.0, min(ends)), max(ends)
    high = high if high > low else low + 1
    counts, edges = np.histogram(fine, bins=BINS, range=(low, high))
    across = Axis(low, high, LEFT, WIDTH - RIGHT)
    up = Axis(0.5, max(10.0, 2 * float(counts.max(initial=1))), HEIGHT - BOTTOM, TOP, log=True)
    bars = [
        f'<rect class="bar" x="{across(left):.1f}" y="{up(count):.1f}" '
        f'width="{across(right) - across(left) - 1:.1f}" height="{up(0.5) - up(count):.1f}"/>'
        for count, left, right in zip(counts.tolist(), edges.tolist(), edges.tolist()[1:], strict=False)
        if count
    ]
    return _figure(across, up, [*bars, *_marked(marks, across)], x, y, label)


def _figure(across: Axis, up: Axis, drawn: Iterable[str], x: str, y: str, label: str) -> str:
    grid = [
        f'<path class="grid" d="M{LEFT} {up(tick):.1f}H{WIDTH - RIGHT}"/>'
        f'<text class="tick" x="{LEFT - 8}" y="{up(tick) + 4:.1f}" text-anchor="end">{number(tick)}</text>'
        for tick in up.ticks()
    ]
    below = [
        f'<text class="tick middle" x="{across(tick):.1f}" y="{HEIGHT - BOTTOM + 18}">{number(tick)}</text>'
        for tick in across.ticks()
    ]
    base = f'<path class="axis" d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>'
    names = (
        f'<text class="name middle" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}">{escape(x)}</text>'
        f'<text class="name" x="{LEFT - 54}" y="12">{escape(y)}</text>'
    )
    inside = "".join([*grid, *below, base, *drawn, names])
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{inside}</svg>'


def _marked(marks: Sequence[Mark], across: Axis) -> list[str]:
    """Their words stand one below the other, so that lines close together can be told apart."""
    drawn = []
    for row, mark in enumerate(marks):
        at, y = across(mark.at), TOP + 14 + 17 * row
        right = at > WIDTH * 0.7
        drawn.append(
            f'<path class="mark{" dashed" if mark.dashed else ""}" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
            f'<text class="word" x="{at + (-6 if right else 6):.1f}" y="{y}" '
            f'text-anchor="{"end" if right else "start"}">{escape(mark.words)}</text>'
        )
    return drawn


def _legend(series: Sequence[PlotSeries]) -> str:
    names = (
        f'<span><i class="s{number % 6}{" dashed" if one.dashed else ""}"></i>{escape(one.name)}</span>'
        for number, one in enumerate(series)
    )
    return f'<p class="legend">{"".join(names)}</p>'


def _points(series: PlotSeries, across: Axis, up: Axis) -> str:
    return " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in zip(series.x.tolist(), series.y.tolist(), strict=True))


def _finite(series: PlotSeries) -> PlotSeries:
    fine = np.isfinite(series.y)
    return PlotSeries(series.name, series.x[fine], series.y[fine], series.dashed)


def _padded(low: float, high: float, log: bool) -> tuple[float, float]:
    """A little room above and below."""
    if log:
        room = (high / low) ** 0.05
        return low / room, high * room
    room = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    return low - room, high + room


def number(value: float) -> str:
    """A tick: 0.05, 20,000, 10⁻⁶ as 1e-06."""
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.3g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".") if abs(value) < 1e3 else f"{value:,.0f}"
