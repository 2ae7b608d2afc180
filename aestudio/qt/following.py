"""What the window shows of its documents, as they tell it, from the first one on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aestudio.core.ground.journal import going_on
from aestudio.core.ground.texts import Text, again, say
from aestudio.core.model.suffix import SUFFIX
from aestudio.core.run import recipes
from aestudio.core.run.events import Finished, Started, Warned
from aestudio.qt.coming_back import come_back
from aestudio.qt.interrupted import offer_to_continue
from aestudio.studio.events import (
    Branching,
    CurvesShown,
    DataChanged,
    ImagesTried,
    MomentShown,
    RunChanged,
    SnapshotsChanged,
    StatusChanged,
    Told,
)
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.status import State
from aestudio.studio.words import ProgressLine

if TYPE_CHECKING:
    from aestudio.core.run.run import Run
    from aestudio.qt.window import Window
    from aestudio.studio.document import Document

FIRST_RECIPE = "sparse-kl"
GOING_ON = {
    State.LOADING: Text("loading data"),
    State.TRAINING: Text("training"),
    State.PAUSED: Text("paused"),
    State.STOPPING: Text("stopping"),
    State.MEASURING: Text("measuring"),
}
"""As the title of the window has it, after the title of the run."""
FEW = 2
"""Moments of a training, from which on more of them make nothing else possible."""


class Following:
    """Hands on to the pages what is told, and takes an error away once what the person does next has made it untrue or
    old.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._line = ProgressLine()
        self._data_problem = ""
        self._run: Run | None = None
        window.studio.hear(self._read)

    def begin(self, file: Path | None) -> None:
        """As `Window.begin`."""
        window = self._window
        opened = file is not None and file.suffix.lower() == SUFFIX and window.document.kept.open(file)
        with going_on():
            opened = opened or (file is None and come_back(window.habits, window.studio))
        if not opened:
            self._run = recipes.find(FIRST_RECIPE).run()  # nobody chose it, so it takes no error away
            window.document.begin(FIRST_RECIPE)
            if file is not None and file.suffix.lower() != SUFFIX:
                window.intake.take_file(file)
        window.studio.go_on()
        offer_to_continue(window.studio, window.mender, window)

    def take(self, document: Document) -> None:
        """This one is shown from now on."""
        self._run = document.run
        for page in self._window.pages:
            page.attach(document)
        self._read(document, StatusChanged(document.status))

    def say_progress(self) -> None:
        """The training, else what a page does, else the model that is shown."""
        window, document = self._window, self._window.document
        beside = next((page.going_on for page in window.pages if page.going_on), "")
        resting = document.status.state.rests
        said = beside if beside and resting else self._line.text(document.shown, document.run.title)
        window.progress.setText(said)
        window.attention.see(window.progress.text(), is_going_on=bool(beside) or not resting)

    def _read(self, document: Document, event: Told) -> None:
        """Whatever becomes of a document, shown or not, a person may have to be told."""
        window = self._window
        match event:
            case Failed() | Warned() | Noted():
                window.told.show(event)
            case Finished():
                window.leaving.see_ended(document)
        if document is not window.document:
            return
        for page in window.pages:
            with going_on():
                page.read(event)
        match event:
            case Started() if window.shown.greets:  # by its key: here nothing of it is seen
                window.show_home()
            case StatusChanged():
                window.menus.refresh()
                self._entitle()
            case MomentShown() | Branching() | CurvesShown():
                window.menus.refresh()
            case SnapshotsChanged(kept) if len(kept) <= FEW:
                window.menus.refresh()
            case RunChanged():
                self._entitle()
        self._take_away(document, event)
        self._line.read(event)
        self.say_progress()

    def _entitle(self) -> None:
        run, state = self._window.document.run, GOING_ON.get(self._window.document.status.state)
        is_chosen = state is not None or run != type(run)()  # else nothing was chosen or brought back yet
        title = Text(run.title if is_chosen else "")
        self._window.setWindowTitle(say("{title} ({state})", title=title, state=state) if state else str(title))

    def _take_away(self, document: Document, event: Told) -> None:
        bar = self._window.notices
        match event:
            case Started():
                bar.dismiss()
            case DataChanged(dataset):
                if dataset is not None and self._data_problem and bar.text() == again(self._data_problem):
                    bar.dismiss()  # what was wrong with the last data is over
                self._data_problem = document.data_problem
            case RunChanged(run):
                if run != self._run:  # what was refused is told with the settings as they were
                    self._run = run
                    bar.dismiss_error()
            case CurvesShown():
                bar.dismiss_error()
            case ImagesTried(images, by_itself=False) if images:
                bar.dismiss_error()
