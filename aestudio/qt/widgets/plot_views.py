"""Which part of its axes a plot shows by itself. All in the units of the view: log₁₀ on a logarithmic axis. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aestudio.studio.plot_arrays import Doubles

Reach = tuple[Doubles, Doubles, Doubles]
"""Of a curve: x, and how far it reaches down and up there, with its bars."""
Range = tuple[float, float, float, float]
"""Left, right, bottom and top."""
Fit = Callable[[Sequence[Reach], bool, Range | None], Range]
"""The view of curves with at least one point, whether its values are logarithms, and the view that it is now."""
DECADES = 6
"""A logarithmic axis shows at most so many: what is smaller is as good as nothing."""
FLAT, ROOM = 1e-6, 0.1
"""Curves that differ by less than the one, of their value, are drawn with the other above and below."""
SETTLED, SPIKE = 0.03, 3
"""The part of the steps that is the beginning, and how many times higher than all that follows it is cut off."""


def everything(curves: Sequence[Reach], log: bool, held: Range | None = None) -> Range:
    """All of it, but for what is as good as nothing on a logarithmic axis."""
    xs, lows, highs = (np.concatenate(each) for each in zip(*curves, strict=True))
    low, high = float(lows.min()), float(highs.max())
    if log:
        low = max(low, high - DECADES)
    if high - low < max(1e-9, FLAT * abs(high)):  # nothing but noise would be read off, with many digits
        room = ROOM if log else ROOM * abs(high) or 1.0
        low, high = low - room, high + room
    up, across = high - low, max(float(xs.max() - xs.min()), 1e-9)
    return float(xs.min()) - 0.02 * across, float(xs.max()) + 0.03 * across, low - 0.06 * up, high + 0.08 * up


def settled(curves: Sequence[Reach], log: bool, held: Range | None = None) -> Range:
    """First steps that lie so high that nothing else could be told apart may leave the view."""
    left, right, bottom, top = _bounds(curves, log)
    across, up = max(right - left, 1e-9), max(top - bottom, 1e-9, 1e-6 * abs(top))
    return left - 0.01 * across, right + 0.03 * across, bottom - 0.06 * up, top + 0.08 * up


def followed(curves: Sequence[Reach], log: bool, held: Range | None = None) -> Range:
    """As `settled`, but widened in strides, so that most redraws move no axis; narrowed when much of it is empty."""
    low_x, high_x, low_y, high_y = _bounds(curves, log)
    span_x, span_y = max(high_x - low_x, 1.0), max(high_y - low_y, 1e-9, 1e-6 * abs(high_y))
    tall = low_y - 0.08 * span_y, high_y + 0.12 * span_y
    if held is None:
        return low_x - 0.01 * span_x, high_x + 0.04 * span_x, *tall
    left, right, bottom, top = held
    if not (left <= low_x and high_x <= right and span_x > 0.8 * (right - left) and low_x - left <= 0.1 * span_x):
        left, right = low_x - 0.01 * span_x, high_x + 0.12 * span_x
    if not (bottom <= low_y and high_y <= top and span_y > 0.55 * (top - bottom)):
        bottom, top = tall
    return left, right, bottom, top


def _bounds(curves: Sequence[Reach], log: bool) -> Range:
    """Of all but the first steps where those lie far above the rest."""
    left, right = min(float(x.min()) for x, _, _ in curves), max(float(x.max()) for x, _, _ in curves)
    bottom, top = min(float(low.min()) for _, low, _ in curves), max(float(high.max()) for _, _, high in curves)
    if not log:
        begun = left + SETTLED * (right - left)
        later = max(float(high[x > begun].max(initial=bottom)) for x, _, high in curves)
        if later > bottom and top - bottom > SPIKE * (later - bottom):
            top = later
    return left, right, bottom, top
