"""The curves of several runs over each other, one colour a run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.pages.runs.reader import Reader
from aestudio.qt.widgets.basics import Chip
from aestudio.qt.widgets.curves_bar import RunCurvesBar
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.legend import LegendEntry
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line
from aestudio.qt.widgets.plot_views import settled
from aestudio.qt.widgets.readout import table
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.studio.plot_arrays import spread
from aestudio.studio.runs.words import short
from aestudio.studio.series import NOTHING, History, Series, leads_on, quantities, read

ROOMY = 6
"""Up to so many runs have their titles in the legend; of more, which would leave no room to draw, only the numbers."""
PATIENCE = 20
"""A run that trains is read again after so many times as long as reading it took."""


def colour_of(place: int) -> str:
    """What the run at a place among the chosen ones is told apart by."""
    series = theme.current().series
    return series[place % len(series)]


class RunCurves(theme.Themed, Yielding):
    """Reads the curves of the chosen runs in the background and draws one quantity of them.

    Only while it is shown; a run that trains is read again whenever it is told differently, in measure.
    """

    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runCurves")
        self.setAccessibleName(say("Curves of the chosen runs"))
        self._folder: Path | None = None
        self._runs: list[Summary] = []
        self._apart: Mapping[int, str] = {}
        self.known: dict[int, tuple[float, History]] = {}
        self._asked: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self.reader = Reader("reading-curves", self)
        self.reader.answered.connect(self._take)
        self.reader.refused.connect(self._refuse)
        self.reader.ended.connect(self._read_on)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._read_on)
        self.bar = RunCurvesBar()
        self.plot = LinePlot(
            say("Curves of the chosen runs"),
            Axes(say("step"), ""),
            counted="bottom",
            fit=settled,
            read=lambda x: (x, self.reading(x)),
            keeps_view=True,
            legend_from=0,
        )
        self.said = self.plot.said
        self.bar.changed.connect(self._draw)
        self.bar.reset.clicked.connect(self.plot.reset_view)
        self.plot.zoomed.connect(self.bar.reset.setEnabled)
        self.plot.moved.connect(self._draw)
        self.plot.legend.toggled.connect(self._draw)
        in_column(self.bar, (self.plot, 1), host=self, spacing=theme.GRID // 2).setContentsMargins(0, theme.GRID, 0, 0)
        display().changed.connect(self._draw)
        self._draw()

    def set_runs(self, folder: Path | None, runs: Sequence[Summary], apart: Mapping[int, str] | None = None) -> None:
        """These runs of the library in a folder, as they are now; a colour each, in this order. `apart` says what tells
        those of one title apart.
        """
        others = folder != self._folder or [run.id for run in runs] != [run.id for run in self._runs]
        if folder != self._folder:
            self._folder, self.known = folder, {}
        retitled = [run.title for run in runs] != [run.title for run in self._runs] or (apart or {}) != self._apart
        self._apart = dict(apart or {})
        before = {run.id for run in self._runs}
        self._runs = list(runs)
        chosen = {run.id for run in runs}
        self.known = {number: known for number, known in self.known.items() if number in chosen}
        if others:
            self._asked, self._due = {}, {}
            self.reader.forget()
        if chosen.isdisjoint(before):
            self.plot.show_whole()
        if others or retitled:
            self._draw()
        self._read_on()

    def chip(self, number: int) -> Chip:
        """A run's entry in the legend."""
        return self.plot.chip(number)

    def close_reader(self, seconds: float) -> bool:
        """Reads nothing more; False where it would not stop in time."""
        self._later.stop()
        return self.reader.close(seconds)

    # -- reading -------------------------------------------------------------------------------------------------------

    @Slot()
    def _read_on(self) -> None:
        """Asks for what is not known yet, or not any more; what is slow to read and only grew, after a while."""
        if self._folder is None or not self.isVisible() or self.reader.busy:
            return  # its end comes here again
        stale = [run for run in self._runs if self.known.get(run.id, (None,))[0] != run.updated]
        now = time.monotonic()
        due = [run for run in stale if self._due.get(run.id, now) <= now]
        if due:
            self._asked = {run.id: run.updated for run in due}
            self.reader.ask(self._folder, list(self._asked), read)
        elif stale:
            self._later.start(int(1000 * (min(self._due[run.id] for run in stale) - now)) + 1)

    @Slot(int, object)
    def _take(self, number: int, history: History) -> None:
        self.known[number] = (self._asked[number], history)
        self._due[number] = time.monotonic() + PATIENCE * history.seconds
        self._draw()

    @Slot(int, str)
    def _refuse(self, number: int, problem: str) -> None:
        for one in [number] if number else self._asked:  # 0: the library itself could not be opened
            self.known[one] = (self._asked[one], History({}, {}))
        self.failed.emit(problem)
        self._draw()

    # -- drawing -------------------------------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        """Draws the chosen quantity of every run that is known and not hidden."""
        if self.known:
            self.bar.offer(quantities(history for _, history in self.known.values()))
        over = say("epoch") if self.bar.by_epochs else say("step")
        self.plot.set_axes(Axes(over, self._unit(), log_y=self.bar.log.isChecked()))
        lines = [line for place, run in enumerate(self._runs) for line in self._lines(run, colour_of(place))]
        self.plot.show_lines(lines[::-1], entries=self._entries())  # the last run lies on top
        self.said.setText("" if lines or self.plot.legend.hidden else self._why_empty())

    def _entries(self) -> list[LegendEntry]:
        few = len(self._runs) <= ROOMY
        return [
            LegendEntry(
                run.id,
                f"#{run.id} {short(self._apart.get(run.id) or run.named, 20) if few else ''}".rstrip(),
                colour_of(place),
                say("Show or hide #{number} “{title}”", number=run.id, title=run.named),
                say("Show #{number} {title}", number=run.id, title=run.named),
            )
            for place, run in enumerate(self._runs)
        ]

    def _unit(self) -> str:
        """What the axis at the left is called; scores have their unit in their name."""
        return "" if self.bar.chosen().kind == "score" else display().loss_unit

    def _factor(self, run: Summary) -> float:
        """What a run's values are multiplied by to be shown."""
        return 1.0 if self.bar.chosen().kind == "score" else display().of_image(prod(run.shape))

    def _scale(self, run: Summary) -> float:
        """How many units of the axis a step is."""
        return (run.epoch / run.step if run.step else 0.0) if self.bar.by_epochs else 1.0

    def _lines(self, run: Summary, colour: str) -> Iterator[Line]:
        """A run's curve at each step, and dots on a line, which is dashed beside the other, on held-out images."""
        scale, pixels, log = self._scale(run), self.plot.pixels(), self.plot.axes.log_y
        factor = self._factor(run)
        name, (left, right) = f"#{run.id} {short(run.named)}", self.plot.part()
        train, held_out = (self._series(run, split) for split in ("train", "held-out"))
        if len(train.steps) and scale:
            x, y = train.within(left / scale, right / scale, pixels, log=log)
            yield Line(name, x * scale, y * factor, colour, key=run.id, role="train", drawn="segments")
        if len(held_out.steps) and scale:
            x, y = held_out.within(left / scale, right / scale, pixels, log=log)
            x, y, dashed = x * scale, y * factor, bool(len(train.steps))
            yield Line(
                name,
                x,
                y,
                colour,
                dashed=dashed,
                key=run.id,
                role="held-out",
                joined=leads_on(x),
                level=1,
                drawn="plain",
            )
            dots = spread((x, y), pixels)
            yield Line(name, *dots, colour, True, key=run.id, role="dots", stroke=False, size=5, level=2, fitted=False)

    def reading(self, x: float) -> str:
        """What each run has at a place of the axis, as rich text; nothing while nothing is drawn."""
        if not self.plot.lines():
            return ""
        rows = []
        for place, run in enumerate(self._runs):
            scale = self._scale(run)
            series = (self._series(run, split) for split in ("train", "held-out"))
            points = [one.at(x / scale) for one in series] if scale else []
            said = " · ".join(f"{point[1] * self._factor(run):.4g}" for point in points if point is not None)
            if said:
                named = short(self._apart.get(run.id) or run.named)
                rows.append((colour_of(place), f"#{run.id} {named}", said))
        if self.bar.by_epochs:
            return table(say("epoch {epoch:.2f}", epoch=max(0.0, x)), rows)
        return table(say("step {step:,}", step=max(0, round(x))), rows)

    def _series(self, run: Summary, split: str) -> Series:
        """What is to be drawn of a run; nothing where it is hidden, not read yet or has no such curve."""
        known, chosen = self.known.get(run.id), self.bar.chosen()
        box = self.bar.train if split == "train" else self.bar.held_out
        wanted = box.isChecked() or (chosen.kind == "score" and split == "held-out")
        if known is None or run.id in self.plot.legend.hidden or not wanted:
            return NOTHING
        return (known[1].train if split == "train" else known[1].held_out).get(chosen, NOTHING)

    def _why_empty(self) -> str:
        if not self._runs:
            return say("Choose runs in the table to see their curves over each other")
        if any(run.id not in self.known for run in self._runs):
            return say("Reading the curves…")
        if not any(history.train or history.held_out for _, history in self.known.values()):
            return say("There are no curves: training ended before its first step")
        if not (self.bar.train.isChecked() or self.bar.held_out.isChecked()):
            return say("Tick Train or Held-out to see curves")
        return say("There is no such curve: tick the other of Train and Held-out, or choose another quantity")

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 240)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_on()

    def restyle(self) -> None:
        self._draw()
