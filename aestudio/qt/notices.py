"""What a person is told in the bar over the page, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.journal import LOG
from aestudio.core.ground.texts import SPACE, Text, again, listed, say
from aestudio.core.library import locks
from aestudio.core.library.catalogue import TRASH_DAYS, Library
from aestudio.core.library.summary import Summary
from aestudio.core.run.events import Started, Warned
from aestudio.qt.document_actions import continue_run
from aestudio.qt.patient import Patient
from aestudio.qt.widgets.notice_bar import NoticeBar
from aestudio.studio.events import (
    CurvesShown,
    DataChanged,
    Failed,
    ImageTried,
    Noted,
    Notice,
    Offered,
    RunChanged,
    Told,
)

if TYPE_CHECKING:
    from aestudio.core.run.run import Run
    from aestudio.qt.mending import Mender
    from aestudio.studio.document import Document
    from aestudio.studio.studio import Studio


class Notices(QObject):
    """Shows what is told, and takes an error away once what the person does next has made it untrue or old."""

    def __init__(self, bar: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._offer: Offered | None = None
        self._data_problem = ""
        self._run: Run | None = None
        bar.acted.connect(self._accept)

    def show(self, notice: Notice) -> None:
        """In the place of what was shown before."""
        self._offer = None
        match notice:
            case Failed(sentence):
                LOG.warning("%s", sentence)
                self._bar.show_error(sentence)
            case Warned(sentence):
                LOG.warning("%s", sentence)
                self._bar.show_warning(sentence)
            case Noted(sentence):
                self._bar.show_info(sentence)
            case Offered(sentence, words):
                self._offer = notice
                self._bar.show_warning(sentence, words)

    def know(self, run: Run) -> None:
        """These settings are no news to the person: they take no error away."""
        self._run = run

    def read(self, document: Document, event: Told) -> None:
        """What has become of the document that is shown."""
        match event:
            case Started():
                self._bar.dismiss()
            case DataChanged(dataset):
                if dataset is not None and self._data_problem and self._bar.text() == again(self._data_problem):
                    self._bar.dismiss()  # what was wrong with the last data is over
                self._data_problem = document.data_problem
            case RunChanged(run):
                if run != self._run:  # what was refused is told with the settings as they were
                    self._run = run
                    self._bar.dismiss_error()
            case CurvesShown():
                self._bar.dismiss_error()
            case ImageTried(image) if image is not None and document.status.state.rests:
                self._bar.dismiss_error()  # while training the image goes through every new model

    @Slot()
    def _accept(self) -> None:
        offer, self._offer = self._offer, None
        if offer is not None:
            offer.accept()


def offer_to_continue(studio: Studio, mender: Mender, window: QWidget) -> None:
    """Says which training a crash has ended, and that it can go on; or why nothing is kept, and what would help."""
    library = studio.shelf.library
    if library is None:
        said = say("{problem} Trainings are not kept.", problem=studio.shelf.problem)
        studio.tell(Offered(said, say("Repair it"), mender.begin) if studio.shelf.damaged else Warned(said))
        return

    def look(asked: Library) -> list[Summary]:
        asked.empty_trash(older_than_days=TRASH_DAYS)
        return asked.interrupted()

    Patient(window).want(
        library,
        look,
        lambda interrupted: _offer(studio, window, library, interrupted),
        lambda problem: studio.tell(Failed(problem)),
    )


def _offer(studio: Studio, window: QWidget, library: Library, interrupted: list[Summary]) -> None:
    network = locks.network_note(library.folder)
    if not interrupted:
        if network is not None:
            studio.tell(Warned(str(network)))
        return
    newest, *others = interrupted
    offered = Text(
        "“{title}” was interrupted at step {step:,} of {steps:,}; it can go on from step {start:,} "
        "({others} more on the Runs page)."
        if others
        else "“{title}” was interrupted at step {step:,} of {steps:,}; it can go on from step {start:,}.",
        title=Text(newest.title),
        step=newest.step,
        steps=newest.steps,
        start=newest.checkpoint_step or 0,
        others=len(others),
    )
    words = offered if network is None else listed([offered, network], SPACE)
    studio.tell(Offered(str(words), say("Continue"), lambda: continue_run(studio, newest.id, window)))
