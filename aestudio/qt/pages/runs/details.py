"""What there is to see of the chosen runs, and what can be done to them: beside the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QTabWidget, QVBoxLayout, QWidget

from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.library.summary import STATES, Summary
from aestudio.qt import theme
from aestudio.qt.pages.runs.about import RunAbout
from aestudio.qt.pages.runs.actions import RunActions
from aestudio.qt.pages.runs.differences import RunDifferences
from aestudio.qt.pages.runs.parallel_panel import RunParallel
from aestudio.qt.pages.runs.pictures import RunPictures
from aestudio.qt.pages.runs.run_curves import RunCurves
from aestudio.qt.widgets.action_button import ActionIcon
from aestudio.qt.widgets.basics import FlowLayout, hint, label
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.scrolled import Scrolled, Yielding
from aestudio.studio.runs.words import compact, counted, duration

if TYPE_CHECKING:
    from aestudio.core.run.run import Run

MOST = 12
"""Runs that are compared at once."""
SETTLE_MS = 120
"""The panels wait so long for the choice to settle: holding an arrow key reads nothing."""
BUTTONS = (
    "openRun",
    "compareRun",
    "continueRun",
    "againRun",
    "tagRun",
    "exportRun",
    "curvesRun",
    "trashRun",
    "restoreRun",
)
NOTHING = Text("Choose a run to see what it did, or several to compare them")


class StarButton(ActionIcon):
    """Gives a star, or takes it."""

    _starred = False

    def show_star(self, starred: bool) -> None:
        self._starred = starred
        self.refresh()
        self.restyle()

    def restyle(self) -> None:
        self.setIcon(theme.icon("star-full", theme.current().series[4]) if self._starred else theme.icon("star"))


class RunDetails(QFrame):
    """Title, state, buttons, and a tab each for words, curves, pictures and settings; only what is shown is read."""

    settings_wanted = Signal(list)
    """list[int]: the runs whose settings are to be given to `set_settings`."""

    def __init__(self, actions: RunActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runDetails")
        self.setAccessibleName(say("Details of the chosen runs"))
        self.setProperty("role", "card")
        self._actions = actions
        self._folder: Path | None = None
        self._runs: list[Summary] = []
        self._count = 0
        self._apart: Mapping[int, str] = {}
        self.about = RunAbout()
        self.curves = RunCurves()
        self.pictures = RunPictures()
        self.differences = RunDifferences()
        self.parallel = RunParallel()
        self.settle = QTimer(self)
        self.settle.setSingleShot(True)
        self.settle.setInterval(SETTLE_MS)
        self.settle.timeout.connect(self._show_panels)
        self._build()
        self.show_runs(None, [], 0)

    def _build(self) -> None:
        self._title = label("", "value", wrap=True)
        self._title.setObjectName("runTitle")
        self._state = label("", "muted", wrap=True)
        self._state.setObjectName("runState")
        self._error = label("", "error", wrap=True)
        self._error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.star = StarButton(self._actions["starRun"])
        self.star.setObjectName("starButton")
        self.rename = ActionIcon(self._actions["renameRun"])
        self.rename.setObjectName("renameButton")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title, 1, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.rename, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.star, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QWidget()
        row = FlowLayout(buttons, spacing=6)
        for name in BUTTONS:
            row.addWidget(self._actions.button(name, role="primary" if name == BUTTONS[0] else ""))
        self.tabs = QTabWidget()
        self.tabs.setObjectName("runTabs")
        self.tabs.setAccessibleName(say("What is shown of the chosen runs"))
        for panel, title in (
            (self.about, say("About")),
            (self.curves, say("Curves")),
            (self.pictures, say("Pictures")),
            (self.differences, say("Settings")),
            (self.parallel, say("Parallel")),
        ):
            self.tabs.addTab(panel, title)
        self._wanted: QWidget = self.about
        self._arranging = False
        self.tabs.currentChanged.connect(self._other_tab)
        shown = Yielding()
        in_column(head, self._state, self._error, buttons, (self.tabs, 1), host=shown, spacing=6)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(12, 12, 12, 10)
        self._stack = QStackedLayout()
        inside.addLayout(self._stack)
        self._stack.addWidget(hint(str(NOTHING)))
        self._stack.addWidget(Scrolled(shown, tall=True))

    # -- what is shown -------------------------------------------------------------------------------------------------

    def show_runs(
        self,
        folder: Path | None,
        runs: Sequence[Summary],
        count: int,
        parent_title: str = "",
        apart: Mapping[int, str] | None = None,
    ) -> None:
        """Runs of the library in a folder, as they are now; the first few of the `count` that are chosen.

        `parent_title` is that of the run that a single one was trained again from; `apart` tells those of one title
        apart, by their numbers.
        """
        others = folder != self._folder or [run.id for run in runs] != [run.id for run in self._runs]
        self._folder, self._runs, self._count = folder, list(runs), count
        self._apart = apart or {}
        single = runs[0] if len(runs) == 1 else None
        self._stack.setCurrentIndex(1 if runs else 0)
        self._title.setText(single.named if single is not None else counted(count))
        self._state.setText(self._told(single))
        self._error.setText(single.error if single is not None else "")
        self._error.setVisible(bool(self._error.text()))
        self.rename.refresh()
        self.star.show_star(bool(runs) and all(run.starred for run in runs))
        self.about.show_run(single, parent_title)
        self._show_tabs(single is not None)
        if others:
            self.settle.start()
        else:
            self._show_panels()

    def set_settings(self, runs: Sequence[Run]) -> None:
        """The settings that were asked for, in the order of the runs."""
        self.differences.set_runs(self._runs[: len(runs)], runs)

    def close_readers(self, seconds: float) -> bool:
        """Saves what was typed and stops reading; False where something would not stop in time."""
        self.settle.stop()
        self.about.note.save()
        over = [self.curves.close_reader(seconds), self.pictures.close_reader(seconds)]
        return all(over)

    def _told(self, single: Summary | None) -> str:
        if single is not None:
            if single.state != "training":
                return str(STATES[single.state])
            done = Text("Step {step:,} of {steps:,}.", step=single.step, steps=single.steps)
            return str(listed([STATES["training"], done], SPACE))
        spent = sum(run.seconds for run in self._runs)
        steps = sum(run.step for run in self._runs)
        if self._count > len(self._runs):
            first = plural("The first of them is compared.", "The first {count} of them are compared.", len(self._runs))
            return str(first)
        together = plural(
            "{steps} step in {duration} together.",
            "{steps} steps in {duration} together.",
            steps,
            steps=compact(steps),
            duration=duration(spent),
        )
        return str(together)

    def _show_tabs(self, single: bool) -> None:
        """Several runs have no About; the tab that a person chose comes back as soon as it can."""
        self._arranging = True
        self.tabs.setTabVisible(self.tabs.indexOf(self.about), single)
        self.tabs.setTabText(self.tabs.indexOf(self.differences), say("Settings") if single else say("Differences"))
        self.tabs.setCurrentWidget(self.curves if self._wanted is self.about and not single else self._wanted)
        self._arranging = False

    @Slot(int)
    def _other_tab(self, index: int) -> None:
        if not self._arranging and index >= 0:
            self._wanted = self.tabs.currentWidget()
        self._show_settings()

    @Slot()
    def _show_panels(self) -> None:
        if self.settle.isActive():
            return  # another choice has just been made
        self.curves.set_runs(self._folder, self._runs, self._apart)
        self.pictures.set_runs(self._folder, self._runs)
        self.parallel.refresh()
        self._show_settings()

    def _show_settings(self) -> None:
        if self.tabs.currentWidget() is self.differences and not self.settle.isActive():
            self.settings_wanted.emit([run.id for run in self._runs])

    def sizeHint(self) -> QSize:
        return QSize(480, 640)
