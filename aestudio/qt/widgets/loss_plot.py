"""The loss terms against steps, drawn so that drawing never slows the training it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run.history import Curves
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.widgets.basics import Chip
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.legend import LegendEntry
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line, Mark
from aestudio.qt.widgets.loss_lines import LossLines, Term
from aestudio.qt.widgets.loss_plot_bar import LossPlotBar
from aestudio.qt.widgets.plot_views import Range, followed
from aestudio.qt.widgets.readout import Readout, table
from aestudio.studio.curves_before import TOTAL, Before
from aestudio.studio.loss_history import LossHistory
from aestudio.studio.plot_arrays import Curve

LEAST_HEIGHT, LEAST_NAMED = 230, 260
"""Pixels of height, and from which on the axis has a name."""
ROWS = 4
"""So many names of changes stand below each other before they begin again above."""


class LossPlot(theme.Themed, QWidget):
    """Training curves (lines) and held-out curves (dots on a dashed line) of the objective's terms and their total.

    Numbers are taken in at any rate and drawn at the next `refresh`, which the owner calls at most ten times a
    second; a refresh with nothing new, or while hidden, costs nothing. The view follows the training until a
    person zooms or pans. The total is the sum of the weighted terms, so it is there beside weighted terms only, and
    only where there are several. Losses are drawn per pixel or per image, whichever the person has chosen.
    """

    before_wanted = Signal(bool)
    """The person wants to see the run before behind this one: `set_before`."""
    take_off_wanted = Signal()
    """The person wants nothing of `set_behind` any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lossPlot")
        self.setAccessibleName(say("Loss curves"))
        self._titles: dict[str, str] = {}
        self._history = LossHistory()
        self._floors: dict[str, float] = {}
        self._before: Before | None = None
        self._behind: list[Before] = []
        self._moment: int | None = None
        self._dirty = False
        self._bar = LossPlotBar()
        self.plot = LinePlot(
            say("Loss curves"),
            _axes(),
            counted="bottom",
            fit=followed,
            read=self._read,
            keeps_view=True,
            mark_fill=False,
            legend_from=1,
            note=say("— train    –●–  held-out"),
            empty=say("Loss terms appear here when training starts"),
        )
        in_column(self._bar, (self.plot, 1), host=self, spacing=theme.GRID // 2)
        self._bar.changed.connect(self._redraw_now)
        self._bar.smoothed.connect(self._forget_smooth)
        self._bar.log_toggled.connect(self._set_log)
        self._bar.cut_toggled.connect(self._set_cut)
        self._bar.before_wanted.connect(self.before_wanted)
        self._bar.behind.clicked.connect(self.take_off_wanted)
        self._bar.reset.clicked.connect(self.plot.reset_view)
        self.plot.zoomed.connect(self._bar.reset.setEnabled)
        self.plot.moved.connect(self._redraw_moved)
        self.plot.legend.toggled.connect(self._redraw_now)
        self.begin(())

    # -- what comes in -----------------------------------------------------------------------------------------------

    def begin(self, names: Sequence[str], titles: Mapping[str, str] | None = None, pixels: int = 1) -> None:
        """Forget all but the floors and plot these terms from now on, under their `titles` where they have some.

        `pixels` is how many numbers an image has, over which its losses are summed.
        """
        self._history, self._pixels = LossHistory(names), pixels
        self._titles = dict(titles or {})
        self._lines = LossLines(self._history, self.plot, self._factor)
        self._before = None
        self.plot.show_whole()
        self.plot.legend.show_entries(())
        self._forget_smooth()
        self.plot.show_lines([], entries=self._entries())

    @contextmanager
    def looked_at_as_before(self) -> Iterator[None]:
        """What begins meanwhile is the same in other words: the part that is seen of it, and what is hidden, stay."""
        part, hidden = None if self.plot.is_whole else self.view_range(), set(self.plot.legend.hidden)
        yield
        for name in hidden & {entry.key for entry in self.plot.legend.entries}:
            self.chip(str(name)).setChecked(False)
        if part is not None:
            self.plot.look_at(part)

    def entitle(self, name: str, title: str) -> None:
        """Another title for a term from now on."""
        if self._titles.get(name) != title:
            self._titles[name] = title
            self._redraw_all_soon()

    def clear(self) -> None:
        """Back to the empty sentence."""
        self._floors = {}
        self.begin(())
        self.readout.leave()

    def add_train(self, first_step: int, terms: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """One row a step [S, T], in the order of the names; the total is Σ term × weight."""
        if not len(terms):
            return
        self._history.add_train(first_step, terms, weights)
        self._dirty = True

    def add_held_out(self, step: int, terms: Mapping[str, float], weighted: Mapping[str, float]) -> None:
        """Averages over the held-out images at one step."""
        self._history.add_held_out(step, terms, weighted)
        self._redraw_all_soon()

    def mark_phase(self, step: int, name: str) -> None:
        """A dashed upright line where a phase of the training begins."""
        self._history.phases.append((float(step), name))
        self._redraw_all_soon()

    def mark_change(self, step: int, setting: str, before: str, after: str) -> None:
        """A dashed upright line after the step at which a setting became another; `setting` is what it is called."""
        self._history.mark_change(step, setting, before, after)
        self._redraw_all_soon()

    def mark_moment(self, step: int | None) -> None:
        """An upright line at the step that everything else shows; None where that is the newest."""
        if step != self._moment:
            self._moment = step
            self._redraw_all_soon()
            self.refresh()

    def floor(self, value: float | None, name: str) -> None:
        """A dashed line across at the lowest value that can be reached, of an image; None takes it away."""
        if self._floors.get(name) == value:
            return
        self._floors.pop(name, None)
        if value is not None:
            self._floors[name] = value
        self._redraw_now()

    def wants_before(self) -> bool:
        """Whether the person wants to see the run before."""
        return self._bar.before.isChecked()

    def set_before(self, curves: Curves | None) -> None:
        """What another run had said, drawn behind this one; None for nothing."""
        self._before = None if curves is None or not len(curves.steps) else Before(curves, self.smoothing())
        self._redraw_now()

    def set_behind(self, curves: Mapping[int, Curves]) -> None:
        """What chosen runs said, by their numbers, drawn behind this one until there are others."""
        there = {one.number: one for one in self._behind}
        self._behind = [
            there[number] if number in there else Before(said, self.smoothing(), number)
            for number, said in curves.items()
        ]
        self._bar.behind.show_numbers(list(curves))
        self._redraw_now()

    # -- what can be asked -------------------------------------------------------------------------------------------

    def curves(self) -> dict[tuple[str, str], Curve]:
        """What is drawn, by (term, "train" or "held-out"): steps and values, smoothed and thinned as on the screen."""
        return self.plot.curves()

    def phases(self) -> list[tuple[float, str]]:
        """The marked phases."""
        return list(self._history.phases)

    def changes(self) -> list[tuple[float, str]]:
        """The marked changes, and what is written at them; those of one setting that lie close are one."""
        return self._history.changes()

    def smoothing(self) -> float:
        """β of the moving average; 0 where there is none."""
        return self._bar.beta()

    def set_smoothing(self, beta: float) -> None:
        self._bar.slider.setValue(round(beta * 100))

    def set_weighted(self, weighted: bool) -> None:
        """Show terms as they enter the objective rather than as they are."""
        self._bar.weighted.choose(int(weighted))

    def set_log(self, log: bool) -> None:
        """Show values on a logarithmic axis; what is not positive is left out."""
        self._bar.log.setChecked(log)

    def set_cut(self, cut: bool) -> None:
        """Let spikes leave the view, or show all of them."""
        self._bar.cut.setChecked(cut)

    def follows(self) -> bool:
        """Whether the view still follows the training."""
        return self.plot.is_whole

    def view_range(self) -> Range:
        """Left, right, bottom and top of the view; bottom and top are powers of ten on a logarithmic axis."""
        return self.plot.view_range()

    def chip(self, name: str) -> Chip:
        """The legend entry of a term or of the total."""
        return self.plot.chip(name)

    def title(self, name: str) -> str:
        """What a term or the total is called in the legend."""
        return self._titles.get(name) or (say("total") if name == TOTAL else name)

    @property
    def readout(self) -> Readout:
        return self.plot.readout

    # -- drawing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw what is new. Call it from one timer at 10 Hz or less."""
        if self._dirty and self.isVisible():
            self._draw()

    @Slot()
    def reset_view(self) -> None:
        """Show everything, and follow the training again."""
        self.plot.reset_view()

    def _redraw_all_soon(self) -> None:
        self._dirty = True
        self._lines.forget()

    @Slot()
    def _redraw_now(self) -> None:
        self._redraw_all_soon()
        if self.plot.is_whole:
            self.plot.show_whole()
        self.refresh()

    @Slot()
    def _redraw_moved(self) -> None:
        self._redraw_all_soon()
        if self.plot.is_whole:
            self.refresh()

    @Slot()
    def _forget_smooth(self) -> None:
        self._history.smooth_by(self.smoothing(), weighted=self._is_weighted())
        self._lines.forget(trained=True)
        if self._before is not None:
            self._before = self._before.smoothed(self.smoothing())
        self._behind = [one.smoothed(self.smoothing()) for one in self._behind]
        self.plot.set_axes(_axes(log=self.plot.axes.log_y))
        self._redraw_now()

    @Slot(bool)
    def _set_log(self, log: bool) -> None:
        self.plot.set_axes(_axes(log=log))
        self._redraw_now()

    @Slot(bool)
    def _set_cut(self, cut: bool) -> None:
        self.plot.set_fit(partial(followed, cut=cut))
        self._redraw_now()

    def _factor(self) -> float:
        """What a loss of an image is multiplied by to be shown."""
        return display().of_image(self._pixels)

    def _is_weighted(self) -> bool:
        return self._bar.weighted.index() == 1

    def _has_total(self) -> bool:
        return len(self._history.names) > 1 and self._is_weighted()

    def _rows(self) -> Iterator[tuple[int, str]]:
        """Of all that has an entry in the legend and is shown: where its numbers stand, and its name."""
        for row, name in enumerate((*self._history.names, TOTAL)):
            if name not in self.plot.legend.hidden and (name != TOTAL or self._has_total()):
                yield row, name

    def _entries(self) -> list[LegendEntry]:
        names = (*self._history.names, TOTAL) if self._history.names else ()
        return [
            LegendEntry(
                name,
                self.title(name),
                self._colour(name),
                say("Show or hide “{name}”: a line while training, dots on held-out images", name=self.title(name)),
                needed=name != TOTAL or self._has_total(),
            )
            for name in names
        ]

    def _colour(self, name: str) -> str:
        look = theme.current()
        return look.text if name == TOTAL else look.series[self._history.names.index(name) % len(look.series)]

    def _draw(self) -> None:
        self._dirty = False
        lines: list[Line] = []
        if self._history:
            before = [*([] if self._before is None else [self._before]), *self._behind]
            for row, name in self._rows():
                term = Term(row, name, self.title(name), self._colour(name))
                lines = [*self._lines(term, before, weighted=self._is_weighted()), *lines]
            if self._has_total():  # at the bottom
                lines.sort(key=lambda line: line.key == TOTAL)
        marks = [Mark(f"\u2002{name}\u2002", step) for step, name in self._history.phases]
        marks += [Mark(f"\u2002{said}\u2002", at, 1 + row % ROWS) for row, (at, said) in enumerate(self.changes())]
        if self._moment is not None:
            marks.append(Mark(f"\u2002{say('shown')}\u2002", self._moment))
        floors = [(name, value * self._factor()) for name, value in self._floors.items()]
        self.plot.show_lines(lines, levels=floors if lines else (), marks=marks, entries=self._entries())

    # -- looks -------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(240, self._bar.minimumSizeHint().width()), LEAST_HEIGHT)

    def restyle(self) -> None:
        self._redraw_all_soon()
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.plot.name_axis(self.height() >= LEAST_NAMED)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    # -- what people do ----------------------------------------------------------------------------------------------

    def _read(self, x: float) -> tuple[float, str]:
        """The nearest step, and what is to be said of it."""
        if not len(self._history.steps):
            return x, ""
        at = self._history.nearest(x)
        return float(self._history.steps[at]), self.reading(at)

    def reading(self, at: int) -> str:
        """The step and the value of every shown term there, and the nearest on held-out images, as rich text."""
        shown = list(self._rows())
        told = self._history.readings(at, [row for row, _ in shown], weighted=self._is_weighted())
        return "".join(
            table(
                said,
                [
                    (self._colour(name), self.title(name), f"{value * self._factor():.4g}")
                    for (_, name), value in zip(shown, values, strict=True)
                ],
            )
            for said, values in told
        )


def _axes(*, log: bool = False) -> Axes:
    """Losses over steps, in the chosen unit."""
    return Axes(say("step"), display().loss_unit, log_y=log)
