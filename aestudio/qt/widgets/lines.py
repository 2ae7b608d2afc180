"""The lines of a plot and its axes, as data. No Qt here."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aestudio.qt.widgets.plot_views import Reach
from aestudio.studio.plot_arrays import Doubles

LEAST_SHARE = 0.1
"""Of a point, where a bar of a logarithmic axis ends at the latest."""


@dataclass(frozen=True, eq=False)
class Line:
    """y over x, [n] each; values that are not finite, and on a logarithmic axis not positive, are left out."""

    name: str
    x: Doubles
    y: Doubles
    colour: str
    dots: bool = False
    """A dot at every point."""
    dashed: bool = False
    error: Doubles | None = None
    """Of each point, drawn as a bar up and down."""
    right: bool = False
    """Measured on the axis at the right side."""
    key: Hashable = None
    """Of its legend entry, which several lines may share; the name where there is none."""
    role: str = ""
    """What it is of those that share the entry."""
    stroke: bool = True
    """Whether the points are joined at all."""
    joined: NDArray[np.bool_] | None = None
    """Of each point whether a line leads on from it; None where it always does."""
    width: int = 1
    size: int = 6
    """Of the dots in pixels."""
    level: int = 0
    """All lines of a higher one lie on top of those of a lower."""
    drawn: Literal["smooth", "plain", "segments"] = "smooth"
    """Smooth edges cost too much where there are many points; segments are the fastest for a thousand or more."""
    fitted: bool = True
    """Whether the view is to show all of it."""
    behind: bool = False
    """It is there to be compared with only, and lies below all others: the view need not show it."""
    dashes: tuple[float, ...] = ()
    """How long its dashes and the gaps behind them are, in pen widths, where it is dashed otherwise than the rest."""
    label: str = ""
    """Written at its end."""

    def points(self, axes: Axes) -> tuple[Doubles, Doubles, NDArray[np.bool_]]:
        """In the units of the view, and which of the points those are."""
        log_y = axes.log_y and not self.right
        fine = np.isfinite(self.x) & np.isfinite(self.y)
        if axes.log_x:
            fine &= self.x > 0
        if log_y:
            fine &= self.y > 0
        x, y = self.x[fine], self.y[fine]
        return np.log10(x) if axes.log_x else x, np.log10(y) if log_y else y, fine

    def bars(self, axes: Axes) -> tuple[Doubles, Doubles]:
        """How far the bars reach up and down from the points, in the units of the view. On a logarithmic axis one that
        leads to 0 or below ends at a tenth of its point.
        """
        _x, y, fine = self.points(axes)
        if self.error is None:
            return np.zeros(len(y)), np.zeros(len(y))
        error = np.nan_to_num(self.error[fine])
        if not axes.log_y or self.right:
            return error, error
        share = error / self.y[fine]
        return np.log10(1 + share), -np.log10(np.maximum(1 - share, LEAST_SHARE))

    def reach(self, axes: Axes) -> Reach:
        """As it is drawn, with its bars."""
        x, y, _fine = self.points(axes)
        up, down = self.bars(axes)
        return x, y - down, y + up

    @property
    def entry(self) -> Hashable:
        return self.name if self.key is None else self.key

    def looks_like(self, other: Line) -> bool:
        """Whether the very same points are drawn the same way."""
        points = ((one.x, one.y, one.joined, one.error) for one in (self, other))
        looks = ((one.colour, one.dashed, one.width, one.dashes) for one in (self, other))
        return all(a is b for a, b in zip(*points, strict=True)) and len(set(looks)) == 1


class Mark(NamedTuple):
    """A dashed line upright at x, with a name."""

    name: str
    at: float
    row: int = 0
    """How far below the others the name stands, where names would lie over each other."""


@dataclass(frozen=True)
class Axes:
    """What the sides are called, and which are logarithmic; `right` is empty where there is no axis at the right."""

    bottom: str
    left: str
    right: str = ""
    log_x: bool = False
    log_y: bool = False
