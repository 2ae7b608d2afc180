"""The curves of several runs over each other, one colour a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.runs.curves_bar import RunCurvesBar
from aestudio.qt.runs.overlay import OverlayPlot, RunLine
from aestudio.qt.runs.reader import Reader
from aestudio.qt.runs.series import NOTHING, History, Series, quantities, read
from aestudio.qt.runs.words import short
from aestudio.qt.widgets.basics import Chip, FlowLayout, clear, hint

ROOMY = 6
"""Up to so many runs have their titles in the legend; of more, which would leave no room to draw, only the numbers."""
PATIENCE = 20
"""A run that trains is read again after so many times as long as reading it took."""


def colour_of(place: int) -> str:
    """What the run at a place among the chosen ones is told apart by."""
    series = theme.current().series
    return series[place % len(series)]


class RunCurves(QWidget):
    """Reads the curves of the chosen runs in the background and draws one quantity of them.

    Only while it is shown; a run that trains is read again whenever it is told differently, in measure.
    """

    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runCurves")
        self.setAccessibleName("Curves of the chosen runs")
        self._folder: Path | None = None
        self._runs: list[Summary] = []
        self.known: dict[int, tuple[float, History]] = {}
        self._asked: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._hidden: set[int] = set()
        self._chips: dict[int, Chip] = {}
        self.reader = Reader("reading curves", self)
        self.reader.answered.connect(self._take)
        self.reader.refused.connect(self._refuse)
        self.reader.ended.connect(self._read_on)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._read_on)
        self.bar = RunCurvesBar()
        self.plot = OverlayPlot("Curves of the chosen runs")
        self.bar.changed.connect(self._draw)
        self.bar.reset.clicked.connect(self.plot.reset_view)
        self.plot.zoomed.connect(self.bar.reset.setEnabled)
        self._legend_host = QWidget()
        self._legend = FlowLayout(self._legend_host, spacing=2)
        self.said = hint("")
        self._stack = QStackedLayout()
        self._stack.addWidget(self.said)
        self._stack.addWidget(self.plot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GRID, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.bar)
        column.addWidget(self._legend_host)
        column.addLayout(self._stack, 1)
        self._draw()

    def set_runs(self, folder: Path | None, runs: Sequence[Summary]) -> None:
        """These runs of the library in a folder, as they are now; a colour each, in this order."""
        others = folder != self._folder or [run.id for run in runs] != [run.id for run in self._runs]
        if folder != self._folder:
            self._folder, self.known = folder, {}
        retitled = [run.title for run in runs] != [run.title for run in self._runs]
        self._runs = list(runs)
        chosen = {run.id for run in runs}
        self.known = {number: known for number, known in self.known.items() if number in chosen}
        if others:
            self._asked, self._due = {}, {}
            self.reader.forget()
        if others or retitled:
            self._rebuild()
            self._draw()
        self._read_on()

    def chip(self, number: int) -> Chip:
        """A run's entry in the legend."""
        return self._chips[number]

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
        lines = [
            RunLine(
                run.id,
                f"#{run.id} {short(run.title)}",
                colour_of(place),
                self._series(run, "train"),
                self._series(run, "held-out"),
                (run.epoch / run.step if run.step else 0.0) if self.bar.by_epochs else 1.0,
            )
            for place, run in enumerate(self._runs)
        ]
        self.plot.show_lines(lines, log=self.bar.log.isChecked(), unit="epoch" if self.bar.by_epochs else "step")
        problem = "" if self.plot.curves() or self._hidden else self._why_empty()
        self.said.setText(problem)
        self._stack.setCurrentIndex(0 if problem else 1)

    def _series(self, run: Summary, split: str) -> Series:
        """What is to be drawn of a run; nothing where it is hidden, not read yet or has no such curve."""
        known, chosen = self.known.get(run.id), self.bar.chosen()
        box = self.bar.train if split == "train" else self.bar.held_out
        wanted = box.isChecked() or (chosen.kind == "score" and split == "held-out")
        if known is None or run.id in self._hidden or not wanted:
            return NOTHING
        return (known[1].train if split == "train" else known[1].held_out).get(chosen, NOTHING)

    def _why_empty(self) -> str:
        if not self._runs:
            return "Choose runs in the table to see their curves over each other"
        if any(run.id not in self.known for run in self._runs):
            return "Reading the curves…"
        if not any(history.train or history.held_out for _, history in self.known.values()):
            return "There are no curves: training ended before its first step"
        if not (self.bar.train.isChecked() or self.bar.held_out.isChecked()):
            return "Tick Train or Held-out to see curves"
        return "There is no such curve: tick the other of Train and Held-out, or choose another quantity"

    def _rebuild(self) -> None:
        """The legend of other runs."""
        clear(self._legend)
        self._chips = {}
        self._hidden &= {run.id for run in self._runs}
        for run in self._runs:
            title = short(run.title, 18) if len(self._runs) <= ROOMY else ""
            chip = Chip(f"#{run.id} {title}".rstrip(), theme.current().text)
            chip.setAccessibleName(f"Show #{run.id} {run.title}")
            chip.setToolTip(f"Show or hide #{run.id} “{run.title}”")
            chip.setChecked(run.id not in self._hidden)
            chip.toggled.connect(self._toggled)
            self._legend.addWidget(chip)
            self._chips[run.id] = chip
        self._colour()

    def _colour(self) -> None:
        for place, chip in enumerate(self._chips.values()):
            chip.set_colour(colour_of(place))

    @Slot()
    def _toggled(self) -> None:
        self._hidden = {number for number, chip in self._chips.items() if not chip.isChecked()}
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 240)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_on()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event):
            self._colour()
            self._draw()
