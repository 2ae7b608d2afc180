"""The curves of a study and the rows of its table, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.ground.texts import Text
from aestudio.studio.plot_arrays import Doubles

BARS = 12
"""So many error bars of a curve can be told apart."""


@dataclass(frozen=True, eq=False)
class StudyCurve:
    """y over x, [n] each."""

    name: Text
    colour: int
    """Its place among the colours of curves; negative for one that is only there to be compared with."""
    x: Doubles
    y: Doubles
    deviation: Doubles | None = None
    """Standard deviation of several runs at each point; 0 where none is known or drawn."""
    right: bool = False
    """Measured on the axis at the right: percent."""
    joined: NDArray[np.bool_] | None = None
    """Of each point whether a line leads on from it; None where it always does."""
    is_running: bool = False
    """Of a run that is not over: a thinner line with the same name."""


@dataclass(frozen=True)
class TableRow:
    """One row of a table."""

    cells: tuple[str, ...]
    trouble: str = ""
    """What went wrong, in a sentence; else empty."""
    number: int = 0
    """Of the run of the library that it opens; 0 for none."""


def some_bars(deviation: Doubles) -> Doubles:
    """The same where they can be told apart, from the last one back; 0 between."""
    every = -(-len(deviation) // BARS) or 1
    drawn = np.zeros_like(deviation)
    drawn[::-every] = deviation[::-every]
    return drawn
