"""The lines of a plot of losses: every term raw and smoothed, on held-out images, and of the run before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Line
from aestudio.studio.curves_before import TOTAL, Before
from aestudio.studio.loss_history import LossHistory
from aestudio.studio.plot_arrays import Curve, Thinner, in_pieces, joined_within, spread

FAINT, TRAIN, HELD_OUT, DOTS = range(4)
"""What is drawn of each term, from the bottom up."""
FEW = 2000
"""Lines of fewer points have smooth edges; more would cost what nobody sees."""
DASHES = ((8, 3), (2, 3), (8, 3, 2, 3), (14, 4))
"""Of the runs that were chosen to be drawn behind, in pen widths."""


@dataclass(frozen=True)
class Term:
    """A term, or the total, as it is drawn."""

    row: int
    """In the history."""
    name: str
    title: str
    colour: str


class LossLines:
    """Makes the lines of one history, and remembers what need not be made again: `forget` what is not so any more."""

    def __init__(self, history: LossHistory, plot: LinePlot, factor: Callable[[], float]) -> None:
        """`factor` is what a loss of an image is multiplied by to be shown."""
        self._history, self._plot, self._factor = history, plot, factor
        rows = range(len(history.names) + 1)
        self._thinners = {(row, level): Thinner() for row in rows for level in (FAINT, TRAIN)}
        self._held_out: dict[str, tuple[Line, Line]] = {}

    def forget(self, *, trained: bool = False) -> None:
        """Held-out lines; those of training too where they are smoothed otherwise."""
        self._held_out = {}
        if trained:
            for thinner in self._thinners.values():
                thinner.forget()

    def __call__(self, term: Term, before: Sequence[Before], *, weighted: bool) -> Iterator[Line]:
        """Of one term, in the reading that is wanted."""
        yield from self._trained(term, weighted)
        yield from self._measured(term, weighted)
        chosen = [one for one in before if one.number is not None]
        for one in before:
            dashes = DASHES[chosen.index(one) % len(DASHES)] if one in chosen else ()
            yield self._of_before(term, one, weighted, dashes)

    def _trained(self, term: Term, weighted: bool) -> Iterator[Line]:
        """A term at each step: as it is, or smoothed and faintly behind that as it is."""
        pixels, values = self._plot.pixels(), self._history.trained(term.row, weighted=weighted)
        if not self._history.beta:
            yield self._thinned(term, values, pixels, TRAIN)
            return
        # A point for a few pixels is enough of a smooth line, and keeps its wider pen cheap.
        yield self._thinned(term, values, pixels // 2, FAINT)
        yield self._thinned(term, self._history.smoothed(term.row), pixels // 3, TRAIN)

    def _thinned(self, term: Term, values: NDArray[np.float32], pixels: int, level: int) -> Line:
        steps = self._history.steps
        left, right = self._plot.part()  # with one more point at each end
        first = max(0, int(np.searchsorted(steps, left)) - 1)
        last = min(len(steps), int(np.searchsorted(steps, right)) + 1)
        thinner, log = self._thinners[term.row, level], self._plot.axes.log_y
        x, y = thinner(steps, values, first, max(first, last), pixels, log=log)
        return Line(
            term.title,
            x,
            y * self._factor(),
            term.colour if level == TRAIN else theme.current().tint(term.colour, 0.3),
            key=term.name,
            role="train" if level == TRAIN else "faint",
            joined=joined_within(x, self._history.begins),
            width=2 if level == TRAIN and self._history.beta else 1,
            level=level,
            drawn="plain" if level == FAINT else "smooth" if len(x) < FEW else "segments",
            fitted=level == TRAIN,
        )

    def _measured(self, term: Term, weighted: bool) -> Sequence[Line]:
        """A term on held-out images: a dashed line, and dots on it as far as they can be told apart."""
        if not len(self._history.held_out_steps):
            return ()
        if term.name not in self._held_out:
            curve, joined = self._held_out_curve(term.row, weighted)
            dots = spread(curve, self._plot.pixels())
            line = Line(
                term.title,
                *curve,
                term.colour,
                dashed=True,
                key=term.name,
                role="held-out",
                joined=joined,
                level=HELD_OUT,
                drawn="plain",
            )
            dotted = Line(
                term.title, *dots, term.colour, True, key=term.name, role="dots", stroke=False, level=DOTS, fitted=False
            )
            self._held_out[term.name] = (line, dotted)
        return self._held_out[term.name]

    def _held_out_curve(self, row: int, weighted: bool) -> tuple[Curve, NDArray[np.bool_]]:
        x, y = self._history.held_out(row, weighted=weighted)
        pixels, log = self._plot.pixels(), self._plot.axes.log_y
        return in_pieces(x, y * self._factor(), self._history.begins, pixels, log=log)

    def _of_before(self, term: Term, before: Before, weighted: bool, dashes: tuple[float, ...]) -> Line:
        """The same term of another run, faint and dashed; a chosen one has its number at its end."""
        log = self._plot.axes.log_y
        x, y = before.thinned(term.name, self._plot.pixels() // 3, weighted=weighted, log=log)
        number = before.number
        title = say("{term}, run before", term=term.title)
        if number is not None:
            title = say("{term}, run #{number}", term=term.title, number=number)
        whole = term.name == TOTAL or len(self._history.names) == 1 or not weighted
        return Line(
            title,
            x,
            y * self._factor(),
            theme.current().tint(term.colour, 0.6),
            key=term.name,
            role="before" if number is None else f"#{number}",
            dashed=True,
            behind=True,
            dashes=dashes,
            label=f"#{number}" if number is not None and whole else "",
        )
