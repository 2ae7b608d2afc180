"""A page of panels, each of which measures a snapshot in the background: one is shown at a time, and only that one is
measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QStackedLayout,
    QTabBar,
    QVBoxLayout,
)

from aestudio.core.ground.texts import say
from aestudio.core.run.events import Preview
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.measuring_line import MeasuringLine
from aestudio.qt.page import Page
from aestudio.qt.panel import Panel
from aestudio.qt.refusal import Refusal
from aestudio.qt.threads import Pulse, qthread
from aestudio.qt.vitals import VitalsBar
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.studio.document import Document
from aestudio.studio.errand import Doing
from aestudio.studio.events import SamplesShown, StatusChanged, Told
from aestudio.studio.inspect.examined import Examined, subject_of
from aestudio.studio.inspect.inspection import Inspection
from aestudio.studio.inspect.measuring import with_vitals, without_vitals
from aestudio.studio.inspect.observer import Found, Observer, Refused, Rested
from aestudio.studio.studio import Studio


class MeasuredPage(Page):
    """One panel at a time, measured in the background from snapshots of the weights."""

    is_base = True
    has_vitals: ClassVar[bool] = False
    """Numbers of the hidden layer stand above every panel."""

    def kinds(self) -> list[type[Panel]]:
        """Its panels, in the order of their tabs."""
        raise NotImplementedError

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.inspection: Inspection[Panel] = Inspection()
        self._closed = False
        """For good."""
        self._found: Found | None = None
        """What is shown, to be said again in another language."""
        pulse = Pulse(self)
        self.observer = Observer(qthread, pulse.wake)
        pulse.follow(self._take_in, lambda: self.observer.busy)
        self.panels = [kind() for kind in self.kinds()]
        self.tabs = QTabBar()
        self.vitals = VitalsBar()
        self.live = QCheckBox(say("Live"))
        self._measuring = Action(
            "measure",
            "&Measure",
            self.measure,
            ("Ctrl+M",),
            "View",
            20,
            tip="Measure the newest snapshot now",
            icon="again",
            possible=lambda: self.inspection.subject is not None,
        )
        self.again = ActionButton(self._measuring)
        self.refused = Refusal()
        self.line = MeasuringLine(lambda: self.observer.busy)
        self._lay_out()
        self.due = QTimer(self)
        self.due.setSingleShot(True)
        self._connect()
        self.library_changed()
        self._show_state()

    def _lay_out(self) -> None:
        self.tabs.setAccessibleName(say("What is looked at"))
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        for place, panel in enumerate(self.panels):
            self.tabs.addTab(say(panel.title))
            self.tabs.setTabToolTip(place, say(panel.tip))
        self.live.setChecked(True)
        self.live.setToolTip(say("Keep measuring while a training goes on, where that is quick"))
        above = QHBoxLayout()
        above.setSpacing(theme.GRID)
        above.addWidget(self.tabs, 1)
        above.addWidget(self.live)
        above.addWidget(self.again)

        card = QFrame()
        card.setProperty("role", "card")
        inside = QVBoxLayout(card)  # a stack of its own has no margins
        inside.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        self._stack = QStackedLayout()
        inside.addLayout(self._stack)
        self._stack.addWidget(self.refused)
        for panel in self.panels:
            self._stack.addWidget(panel)

        page = QVBoxLayout(self)
        page.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        page.setSpacing(theme.GRID)
        page.addLayout(above)
        page.addWidget(self.vitals)
        self.vitals.setVisible(self.has_vitals)
        page.addWidget(card, 1)
        page.addWidget(self.line)

    def _connect(self) -> None:
        self.due.timeout.connect(self._measure_if_new)
        self.tabs.currentChanged.connect(self._show_panel)
        self.live.toggled.connect(self._follow)
        self.refused.remedy_wanted.connect(self._apply_remedy)
        self.line.cancelled.connect(self._cancel)
        self.vitals.resample_asked.connect(self._resample)
        for panel in self.panels:
            panel.wanted.connect(self._measure_panel)
            panel.resample_asked.connect(self._resample)
            panel.setting_asked.connect(self._set)
            panel.speed_asked.connect(self._keep_pace)
            panel.failed.connect(self._fail)
            panel.told.connect(self._note)

    # -- the document --------------------------------------------------------------------------------------------------

    def attach(self, document: Document) -> None:
        preview = document.preview
        self.set_subject(None if preview is None else subject_of(preview, document.dataset, document))
        self.set_running(document.status.running)
        self._show_speed()

    def read(self, event: Told) -> None:
        match event:
            case Preview():
                self.set_subject(subject_of(event, self.document.dataset, self.document))
            case SamplesShown():
                self.set_subject(None)
            case StatusChanged(status):
                self.set_running(status.running)
                self._show_speed()

    def actions_here(self) -> Sequence[Action]:
        return (self._measuring,)

    @Slot(tuple)
    def _resample(self, units: Sequence[int]) -> None:
        self.document.resample(units)

    @Slot(tuple)
    def _set(self, change: tuple[str, Any]) -> None:
        self.document.set_value(*change)

    @Slot(float)
    def _keep_pace(self, speed: float) -> None:
        motion = self.document.slow_motion
        if speed:
            motion.go(speed if isfinite(speed) else None)
        else:
            motion.rest()
        self._show_speed()

    def _show_speed(self) -> None:
        for panel in self.panels:
            panel.set_speed(self.document.slow_motion.speed or 0.0)

    def library_changed(self) -> None:
        self.set_library(self.studio.shelf.kept_in)

    def set_library(self, folder: Path | None) -> None:
        """Where runs are kept; None where nowhere."""
        for panel in self.panels:
            panel.set_library(folder)

    def set_subject(self, subject: Examined | None) -> None:
        """The newest snapshot; None where there is no model any more."""
        if self.inspection.look_at(subject):
            self._forget()
            if subject is not None:
                self._offer_tabs(subject)
        if not self.due.isActive() and not self.observer.busy:
            self._measure_if_new()
        self._show_state()

    def set_running(self, running: bool) -> None:
        """Whether a training goes on, paused or not."""
        over = self.inspection.running and not running
        self.inspection.running = running
        self.vitals.set_running(running)
        for panel in self.panels:
            panel.set_running(running)
        if over:
            self.due.stop()
            self._measure_if_new()

    def shut(self, seconds: float) -> bool:
        self._closed = True
        self.due.stop()
        over = [self.observer.close(seconds), *(panel.close_down(seconds) for panel in self.panels)]
        return all(over)

    # -- measuring -----------------------------------------------------------------------------------------------------

    @property
    def panel(self) -> Panel:
        """The one that is shown."""
        return self.panels[self.tabs.currentIndex()]

    @property
    def measured(self) -> tuple[Panel, Examined] | None:
        """What is on the panel: by which panel, and of which snapshot."""
        return self.inspection.measured

    def refusal(self) -> str:
        """The sentence that stands in the panel's place; empty where the panel is shown."""
        return self.refused.said.text() if self._stack.currentIndex() == 0 else ""

    def show_sight(self, name: str) -> bool:
        """A panel, by the name of its file."""
        place = next((n for n, panel in enumerate(self.panels) if type(panel).__module__.endswith(f".{name}")), None)
        if place is None:
            return False
        if self.tabs.isTabVisible(place):
            self.tabs.setCurrentIndex(place)
        return True

    def choose(self, kind: type[Panel]) -> None:
        """Shows another panel."""
        self.tabs.setCurrentIndex(next(place for place, panel in enumerate(self.panels) if isinstance(panel, kind)))

    @Slot()
    def measure(self) -> None:
        """Measures the newest snapshot for the panel that is shown."""
        subject = self.inspection.subject
        if subject is None or not self.isVisible() or self._closed:
            return
        self.inspection.begin()
        self.due.stop()
        self.line.begin()
        taken = self.panel.measure()
        measure = with_vitals(taken, self.inspection.known) if self.has_vitals else without_vitals(taken)
        self.observer.observe(measure, subject, alone=not self.inspection.running)

    @Slot()
    def _measure_panel(self) -> None:
        if self.sender() is self.panel:
            self.inspection.problem = ""
            if self.isVisible():
                self.measure()
            else:
                self.inspection.measured = None  # due as soon as the page is seen
            self._show_state()  # what was refused before is no answer to what is asked now

    @Slot(bool)
    def _follow(self, live: bool) -> None:
        self.inspection.live = live
        self._measure_if_new()

    @Slot()
    def _measure_if_new(self) -> None:
        if self.inspection.due(self.panel):
            self.measure()

    def _take_in(self) -> None:
        """What the observer has told since the last time."""
        for told in self.observer.take():
            self.inspection.seconds = self.observer.seconds
            match told:
                case Doing(doing, fraction):
                    self.line.tell(doing, fraction)
                case Found():
                    self._found = told
                    self._show_found(told)
                case Refused(problem):
                    self.inspection.refuse(problem)
                case Rested():
                    self._rest()

    def _show_found(self, told: Found) -> None:
        (numbers, picture), subject = told.found, told.subject
        if numbers is not None:
            self.vitals.show_vitals(numbers)
        if self.inspection.take(self.panel, subject, numbers, picture):
            self.panel.show_found(picture, subject)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._found is not None:
            self._show_found(self._found)
            self.line.said.setText(str(self.inspection.words))

    def _rest(self) -> None:
        if self.line.cancel.hasFocus():  # which goes
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
        self.line.rest(str(self.inspection.words))
        self._show_state()
        if self.inspection.running:
            self.due.start(int(1000 * self.inspection.pause))
        elif self.inspection.overtaken():
            self._measure_if_new()

    @Slot()
    def _cancel(self) -> None:
        self.inspection.give_up()
        self.observer.forget()

    @Slot()
    def _apply_remedy(self) -> None:
        if self.refused.remedy.hasFocus():
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
        self.panel.apply_remedy()

    # -- showing -------------------------------------------------------------------------------------------------------

    @Slot(int)
    def _show_panel(self, _index: int) -> None:
        self._found = None
        self.inspection.turn_to(self.panel)
        self._show_state()
        self.measure()

    def _forget(self) -> None:
        self._found = None
        self.observer.forget()
        self.vitals.forget()
        self.line.said.setText("")
        for panel in self.panels:
            panel.forget()

    def _offer_tabs(self, subject: Examined) -> None:
        for place, panel in enumerate(self.panels):
            suits = panel.suits(subject)
            if self.tabs.isTabVisible(place) != suits:  # QTabBar forgets a change where the next call changes nothing
                self.tabs.setTabVisible(place, suits)

    def _show_state(self) -> None:
        self.again.refresh()
        if self.isVisible():  # menus hold what the page that is seen can do
            self.actions_changed.emit()
        refusal = self.inspection.refusal
        remedy = self.panel.remedy() if self.inspection.problem and self.inspection.takes_long else ""
        self.refused.show_refusal(
            refusal, remedy, self.panel if refusal and self.inspection.subject is not None else None
        )
        self._stack.setCurrentIndex(0 if refusal else 1 + self.tabs.currentIndex())

    def heightForWidth(self, width: int) -> int:
        """Of the panels at their least height; Qt would take the preferred one, since their captions wrap."""
        around = self.minimumSizeHint().height() - self._stack.minimumSize().height()
        return around + max(panel.least_height(width) for panel in self.panels)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._measure_if_new()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.due.stop()
        if self.observer.busy:
            self.inspection.measured = None  # what was asked for last has no answer yet
        self.observer.forget()
