"""The scrubber below the losses: moves everything to an earlier moment of the training while that goes on."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtWidgets import QSlider, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run.events import Finished, Preview
from aestudio.qt import theme
from aestudio.qt.moment_actions import moment_actions
from aestudio.qt.widgets.action_button import ActionIcon
from aestudio.qt.widgets.basics import FocusedWheel, IconButton, label
from aestudio.qt.widgets.layouts import in_row
from aestudio.studio.document import Document
from aestudio.studio.events import (
    Branching,
    CurvesShown,
    MomentShown,
    SamplesShown,
    SnapshotsChanged,
    StatusChanged,
    Told,
)
from aestudio.studio.studio import Studio
from aestudio.studio.timeline import Timeline


class Scrubber(FocusedWheel, QSlider):
    """One place for each moment."""


class TimeBar(QWidget):
    """A slider over the moments that are kept, a film of them, the way back to the newest, and a branch."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setObjectName("timeBar")
        self.setAccessibleName(say("Moments of the training"))
        actions = {one.name: one for one in moment_actions(studio)}
        self.film = ActionIcon(actions["film"])
        self.newest = ActionIcon(actions["newest"])
        self.branch = ActionIcon(actions["branch"])
        self.slider = Scrubber(Qt.Orientation.Horizontal)
        self.slider.setObjectName("scrubber")
        self.slider.setAccessibleName(say("Moment that is shown"))
        self.slider.setToolTip(say("Drag to go back in time: images, plots and Inspect show that moment"))
        self.slider.setPageStep(10)
        self.said = label("", "caption")
        self.said.setObjectName("momentShown")
        self.cancel = IconButton("close", say("Give the branch up"))
        self.cancel.hide()
        in_row(
            self.film, (self.slider, 1), self.said, self.cancel, self.newest, self.branch, host=self,
            spacing=theme.GRID // 2,
        )  # fmt: skip
        self._moving = QTimer(self)
        self._moving.setSingleShot(True)
        self._moving.setInterval(0)
        self._moving.timeout.connect(self._go)
        self.slider.valueChanged.connect(lambda _: self._moving.start())
        self.cancel.clicked.connect(lambda: self._line.cancel())
        self._branching: Branching | None = None
        self.refresh()

    @property
    def _line(self) -> Timeline:
        return self._studio.document.timeline

    def attach(self, _document: Document) -> None:
        """Shows another document."""
        self._branching = None
        self.refresh()

    def read(self, event: Told) -> None:
        """Something has become of the document."""
        match event:
            case Branching(step):
                self._branching = event if step is not None else None
                self.refresh()
            case SnapshotsChanged() | MomentShown() | CurvesShown() | StatusChanged() | Finished() | SamplesShown():
                self.refresh()
            case Preview() if not self.slider.isEnabled():
                self.refresh()

    def refresh(self) -> None:
        """Where the document is in its training, and what can be done there."""
        steps = self._line.steps
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(1, len(steps) - 1))
            if not self._moving.isActive():
                self.slider.setValue(self._line.place if len(steps) > 1 else 1)
        self.slider.setEnabled(len(steps) > 1)
        self.said.setText(self._words())
        self.cancel.setVisible(self._branching is not None)
        self.film.set_icon("pause" if self._line.playing else "play")
        for button in (self.film, self.newest, self.branch):
            button.refresh()

    def _words(self) -> str:
        line, told = self._line, self._branching
        if told is not None and told.step is not None:
            return say("branching…") if told.fraction < 0 else say("branching {done:.0%}", done=told.fraction)
        return say("step {step:,}", step=line.step) if line.step is not None else ""

    @Slot()
    def _go(self) -> None:
        self._line.go(self.slider.value())
