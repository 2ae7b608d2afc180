"""Errors that nobody foresaw, as the window tells them: what happened, what is kept, and how to report it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QPlainTextEdit, QWidget

from aestudio.core.ground import atomic, folders, journal
from aestudio.core.ground.errors import not_written
from aestudio.core.ground.journal import Unexpected
from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import in_column

if TYPE_CHECKING:
    from aestudio.qt.window import Window

MOST_TELLINGS = 20
"""So many errors are laid open in one dialog; the log has all of them."""


class ErrorWatch(QObject):
    """Shows one dialog, whatever happens and however often; what is raised again in the same place is a notice."""

    met = Signal(Unexpected)

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._known: set[str] = set()
        self._open: Telling | None = None
        # Queued, also in this thread: the error may come out of the middle of painting.
        self.met.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self.leave = journal.listen(self.met.emit)
        """Tells no more."""
        self.destroyed.connect(self.leave)  # a window may go without having been closed

    def tell_of_crashes(self) -> None:
        """Offers a report where the program broke off since it was started last."""
        if said := journal.crashes():
            sentence = say("AEStudio ended unexpectedly the last time that it ran.")
            kept = say("Trainings are kept up to their last checkpoint, and can be continued on the Runs page.")
            Telling(sentence, kept, said, self._window).open()

    @Slot(Unexpected)
    def _show(self, met: Unexpected) -> None:
        again = say("Something unexpected happened again: {what}", what=met.what)
        if met.place in self._known:
            if self._open is None and self._window.notices.text() != again:
                self._window.notices.show_error(again)
            return
        self._known.add(met.place)
        if self._open is not None:
            self._open.add(met.details)
            return
        sentence = say("Something unexpected happened: {what}", what=met.what)
        self._open = Telling(sentence, self._kept(), met.details, self._window, quits=True)
        self._open.finished.connect(self._closed)
        self._open.open()

    @Slot()
    def _closed(self) -> None:
        self._open = None

    def _kept(self) -> str:
        training = any(document.status.running for document in self._window.studio.documents)
        if self._window.studio.shelf.library is None:
            return say("Nothing is kept in the run library, so save what you need.") if not training else say(
                "The training goes on. It is not kept in the run library, so save the model when it ends."
            )  # fmt: skip
        if training:
            return say("The training goes on, and the run library keeps it.")
        return say("Every training is kept in the run library. Save what else is open, such as a cleaned picture.")


class Telling(QDialog):
    """What happened, what is kept, the details to copy or save, and for an error of this moment whether to go on."""

    def __init__(self, sentence: str, kept: str, details: str, window: Window, *, quits: bool = False) -> None:
        super().__init__(window)
        self.setObjectName("unexpected")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Something unexpected happened"))
        self.resize(min(640, window.width()), min(420, window.height()))
        self._tellings = 1
        self.details = QPlainTextEdit(details)
        self.details.setReadOnly(True)
        self.details.setAccessibleName(say("Details"))
        self.details.setFont(theme.fixed())
        buttons = QDialogButtonBox()
        copy = buttons.addButton(say("Copy details"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy_details)
        save = buttons.addButton(say("Save report…"), QDialogButtonBox.ButtonRole.ActionRole)
        save.clicked.connect(self._save_report)
        if quits:
            leave = buttons.addButton(say("Quit"), QDialogButtonBox.ButtonRole.DestructiveRole)
            leave.clicked.connect(self.reject)
            leave.clicked.connect(window.close, Qt.ConnectionType.QueuedConnection)
        go_on = buttons.addButton(say("Go on") if quits else say("Close"), QDialogButtonBox.ButtonRole.AcceptRole)
        go_on.clicked.connect(self.accept)
        go_on.setDefault(True)
        self._said = label("", wrap=True)
        log = say("Copies and reports leave out your name and folders. The whole log: {log}", log=folders.log())
        words = [label(text, wrap=True) for text in (sentence, kept, log)]
        for one in (*words, self._said):
            one.setTextFormat(Qt.TextFormat.PlainText)
            one.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._said.hide()
        column: list[QWidget | tuple[QWidget, int]] = [*words[:2], (self.details, 1), words[2], self._said, buttons]
        in_column(*column, host=self).setContentsMargins(16, 16, 16, 16)
        self.sentence, self.kept, self.buttons = sentence, kept, buttons
        go_on.setFocus()

    def add(self, details: str) -> None:
        """One more error while this one is read."""
        self._tellings += 1
        if self._tellings <= MOST_TELLINGS:
            self.details.appendPlainText(details)

    @Slot()
    def copy_details(self) -> None:
        from aestudio.core.ground import bug_report

        QGuiApplication.clipboard().setText(bug_report.summary(self.details.toPlainText()))

    @Slot()
    def _save_report(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, say("Save the report"), "aestudio-report.txt")
        if not name:
            return
        try:
            from aestudio.core.ground import bug_report

            atomic.write_text(Path(name), bug_report.report())
            said = say("{path} holds the report. Read it before you send it.", path=name)
        except OSError as error:
            said = str(not_written(name, error))
        self._said.setText(said)
        self._said.show()
