"""What the window asks before it goes: what goes on, what lies in no file; and how all of it is stopped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMessageBox

from aestudio.core.ground.texts import say
from aestudio.studio.notice import Offered
from aestudio.studio.only_here import only_here

if TYPE_CHECKING:
    from aestudio.qt.task import Task
    from aestudio.qt.window import Window
    from aestudio.studio.document import Document


class Leaving(QObject):
    """Knows what would be lost, and asks for a place for a model that nothing has taken."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._unkept: list[Document] = []
        window.studio.may_replace = self._may_replace
        window.studio.on_show(lambda _document: self._remind())

    # -- a model that no place has taken -------------------------------------------------------------------------------

    def see_ended(self, document: Document) -> None:
        """A training of a document, shown or not, is over."""
        if document.kept.unkept is not None and document not in self._unkept:
            self._unkept.append(document)
            QTimer.singleShot(0, self, self._ask_for_a_place)  # not in the middle of telling all pages

    @Slot()
    def _ask_for_a_place(self) -> None:
        while self._unkept:
            document = self._unkept.pop()
            if document.kept.unkept is not None and not self._saved(document):
                self._offer(document)

    def _saved(self, document: Document) -> bool:
        assert document.kept.unkept is not None
        return self._window.intake.ask_place(document.kept.unkept.run.title, document.kept.save_unkept)

    def _offer(self, document: Document) -> None:
        def ask() -> None:
            if document.kept.unkept is not None and not self._saved(document):
                self._offer(document)

        self._window.studio.tell(Offered(only_here(document), say("Save it…"), ask))

    def _may_replace(self, document: Document) -> bool:
        """Something else is to take the place of a model that is in no file: asks for a place for it first."""
        if document in self._unkept:  # it was to be asked for by itself
            self._unkept.remove(document)
        box = self._question(say("Save the model first?"), only_here(document))
        box.setInformativeText(say("What you want to do now takes its place."))
        save = box.addButton(say("Save it…"), QMessageBox.ButtonRole.AcceptRole)
        throw = box.addButton(say("Throw it away"), QMessageBox.ButtonRole.DestructiveRole)
        back = box.addButton(say("Go back"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(save)
        box.setEscapeButton(back)
        box.exec()
        if box.clickedButton() is throw:
            document.kept.throw_away()
        elif box.clickedButton() is not save or not self._saved(document):
            self._offer(document)
        return document.kept.unkept is None

    @Slot()
    def _remind(self) -> None:
        """Of a model that is in no file, where another document is shown now, or the window was to be closed."""
        for document in self._window.studio.documents:
            if document.kept.unkept is not None:
                self._offer(document)

    def _question(self, title: str, words: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setText(words)
        return box

    # -- closing -------------------------------------------------------------------------------------------------------

    def going_on(self) -> list[str]:
        """What would be stopped, each as the beginning of a sentence."""
        training = any(document.status.running for document in self._window.studio.documents)
        found = [say("Training")] if training else []
        found += [page.working for page in self._window.pages if page.working]
        return found + [task.name for task in self._tasks() if task.asked_for and task.running]

    def losses(self) -> list[str]:
        """A sentence for all that goes on, and for all that lies in no file."""
        window = self._window
        found = [say("{what} is still going on.", what=what) for what in self.going_on()]
        if any(document.status.running for document in window.studio.documents):
            found[0] = (
                say("Training is still going on. It is kept on the Runs page and can be continued later.")
                if window.studio.shelf.library
                else say(
                    "Training is still going on. The model is lost unless you save it first ({key}).",
                    key=QKeySequence(QKeySequence.StandardKey.Save).toString(QKeySequence.SequenceFormat.NativeText),
                )
            )
        found += [page.unsaved for page in window.pages if page.unsaved]
        return found + [only_here(one) for one in window.studio.documents if one.kept.unkept is not None]

    def ask(self, losses: list[str]) -> bool:
        """Whether the person wants to close all the same."""
        box = self._question(say("Close AEStudio?"), say("Close AEStudio?"))
        box.setInformativeText("\n".join(losses))
        close = box.addButton(
            say("Stop and close") if self.going_on() else say("Close without saving"),
            QMessageBox.ButtonRole.DestructiveRole,
        )
        stay = box.addButton(say("Go back"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        if box.clickedButton() is not close:
            self._remind()
        return box.clickedButton() is close

    def shut(self, seconds: float) -> bool:
        """Stops whatever goes on; False where something would not stop in time."""
        window = self._window
        window.pulse.stop()
        until = time.monotonic() + seconds
        tasks = self._tasks()
        for task in tasks:  # all are told before any is waited for
            task.cancel()
        for page in window.pages:
            page.shut(0)
        for document in window.studio.documents:
            document.close(0)

        def left() -> float:
            return max(0.0, until - time.monotonic())

        over = [page.shut(left()) for page in window.pages]
        over += [task.close(left()) for task in tasks]
        window.choices.close(left())
        return all([*over, window.studio.close(left())])

    def _tasks(self) -> list[Task]:
        """Of the window, its pages and every dialog that is open."""
        from aestudio.qt.task import Task  # here is none until somebody has imported it

        return self._window.findChildren(Task)
