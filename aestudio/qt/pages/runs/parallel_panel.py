"""The runs of the table in parallel coordinates, beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.pages.runs.parallel_view import ParallelView
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.studio.runs.parallel import Axis
from aestudio.studio.runs.words import counted

MOST = 500
"""Runs that are drawn: more lines cannot be told apart."""


class RunParallel(Yielding):
    """Says what it needs while it is shown; the page gives it by `show_runs`."""

    wanted = Signal()
    """Which runs shall be drawn may be others now."""
    chosen = Signal(list)
    """list[int]: the numbers of the runs that the person means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runParallel")
        self.setAccessibleName(say("Parallel coordinates"))
        self._runs: list[Summary] = []
        self._stale = True
        self.view = ParallelView(
            say("Here two or more runs are compared whose settings or scores differ"), name=say("Parallel coordinates")
        )
        self.said = label("", "muted", wrap=True)
        self.said.setMinimumHeight(2 * self.said.fontMetrics().height())
        self.take = TextButton(say("Choose these"), say("Choose the runs that are left in the table (Enter)"))
        self.free = TextButton(say("Show all"), say("Give all axes free (double click)"))
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.take)
        row.addWidget(self.free)
        row.addStretch(1)
        in_column((self.view, 1), self.said, buttons, host=self, spacing=theme.GRID // 2).setContentsMargins(
            0, theme.GRID, 0, 0
        )
        self.take.clicked.connect(self.view.ask)
        self.free.clicked.connect(self.view.show_all)
        self.view.changed.connect(self._say)
        self.view.read.connect(self._say)
        self.view.asked.connect(self._choose)
        self._say()

    def refresh(self) -> None:
        """Other runs are chosen or shown; what is not seen asks for nothing."""
        self._stale = not self.isVisible()
        if not self._stale:
            self.wanted.emit()

    def show_runs(self, runs: Sequence[Summary], axes: Sequence[Axis]) -> None:
        """The first MOST of these runs, and their axes."""
        self._runs = list(runs)
        self.view.show_axes(axes, [say("#{number} {title}", number=run.id, title=run.named) for run in runs])

    @Slot()
    def _say(self, read: str = "") -> None:
        left = sum(self.view.left())
        self.take.setEnabled(bool(self.view.parts) and left > 0)
        self.free.setEnabled(bool(self.view.parts))
        if read:
            self.said.setText(read)
        elif self.view.parts:
            self.said.setText(say("{left:,} of {runs} are left", left=left, runs=counted(len(self._runs))))
        else:
            self.said.setText(say("{runs}. Drag along an axis to take a part of it", runs=counted(len(self._runs))))

    @Slot(list)
    def _choose(self, places: list[int]) -> None:
        self.chosen.emit([self._runs[place].id for place in places])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 240)
