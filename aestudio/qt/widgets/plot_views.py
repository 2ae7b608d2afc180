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
"""What differs by less than the one, of its value, is drawn with the other above and below."""
SETTLED, SPIKE = 0.03, 3
"""The part of the steps that is the beginning, and how many times higher than the rest what is cut off must be."""
USUAL, FEWEST = 0.95, 20
"""The part of a curve's points that counts where the rest are spikes, and of how many points that can be told."""


def everything(curves: Sequence[Reach], log: bool, held: Range | None = None) -> Range:
    """All of it, but for what is as good as nothing on a logarithmic axis."""
    left, right, low, high = _bounds(curves, log)
    across, up = right - left, high - low
    return left - 0.02 * across, right + 0.03 * across, low - 0.06 * up, high + 0.08 * up


def settled(curves: Sequence[Reach], log: bool, held: Range | None = None) -> Range:
    """Points that lie so high that nothing else could be told apart may leave the view."""
    left, right, low, high = _bounds(curves, log, cut=True)
    across, up = right - left, high - low
    return left - 0.01 * across, right + 0.03 * across, low - 0.06 * up, high + 0.08 * up


def followed(curves: Sequence[Reach], log: bool, held: Range | None = None, *, cut: bool = True) -> Range:
    """As `settled`, but widened in strides, so that most redraws move no axis; narrowed when much of it is empty.

    All points are in view where nothing is `cut`.
    """
    low_x, high_x, low_y, high_y = _bounds(curves, log, cut=cut)
    span_x, span_y = max(high_x - low_x, 1.0), high_y - low_y
    tall = low_y - 0.08 * span_y, high_y + 0.12 * span_y
    if held is None:
        return low_x - 0.01 * span_x, high_x + 0.04 * span_x, *tall
    left, right, bottom, top = held
    if not (left <= low_x and high_x <= right and span_x > 0.8 * (right - left) and low_x - left <= 0.1 * span_x):
        left, right = low_x - 0.01 * span_x, high_x + 0.12 * span_x
    if not (bottom <= low_y and high_y <= top and span_y > 0.55 * (top - bottom)):
        bottom, top = tall
    return left, right, bottom, top


def _bounds(curves: Sequence[Reach], log: bool, *, cut: bool = False) -> Range:
    """Of all points, or of all but spikes; never of no width, whose axis would have numbers of many digits."""
    xs, lows, highs = (np.concatenate(each) for each in zip(*curves, strict=True))
    left, right, low, high = float(xs.min()), float(xs.max()), float(lows.min()), float(highs.max())
    if log:
        low = max(low, high - DECADES)
    elif cut:
        begun = left + SETTLED * (right - left)
        usual = max(_usual(x, top, begun, low) for x, _, top in curves)
        if usual > low and high - low > SPIKE * (usual - low):
            high = usual
    return *_apart(left, right), *_apart(low, high, ROOM if log else 0.0)


def _usual(x: Doubles, high: Doubles, begun: float, none: float) -> float:
    """How high a curve is but for its beginning and its spikes; what it has come to at its end is neither."""
    if len(x) and x[0] < x[-1] <= begun:  # a short run beside a long one
        return float(high[-1])
    x, high = x[x > begun], high[x > begun]
    if len(high) < FEWEST:
        return float(high.max(initial=none))
    newest = high[x >= x[-1] - SETTLED * (x[-1] - x[0])]
    return max(float(np.quantile(high, USUAL)), float(np.median(newest)))


def _apart(low: float, high: float, room: float = 0.0) -> tuple[float, float]:
    """The two, with room between them where there is next to none."""
    size = max(abs(low), abs(high))
    if high - low >= max(1e-9, FLAT * size):
        return low, high
    room = room or ROOM * size or 1.0
    return low - room, high + room
