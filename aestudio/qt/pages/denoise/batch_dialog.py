"""A folder of pictures in, a folder of cleaned ones out."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.data.skipped import Skipped
from aestudio.core.denoise.batch import Began, Cleaned, Ended, Event, Helpers, NoPicture, batch
from aestudio.core.denoise.files.axis import TITLES
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import DOT, SPACE, Text, listed, plural, say
from aestudio.qt import theme
from aestudio.qt.pages.denoise.output_form import OutputForm
from aestudio.qt.task import Task
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.layouts import holder, in_column, in_row
from aestudio.studio.studies.progress import duration

LOOK_MS = 200


class BatchDialog(QDialog):
    """Goes on in the background while it is open; what is finished is not done again next time."""

    ended = Signal()

    def __init__(
        self,
        how: Cleaning,
        parent: QWidget | None = None,
        *,
        folder: Path | None = None,
        scheduler: str = "",
        jobs: int = 1,
    ) -> None:
        """`folder` is the one that is proposed; `scheduler` that of a cluster, empty where this machine cleans, in so
        many processes.
        """
        super().__init__(parent)
        self.setObjectName("batchDialog")
        self.setWindowTitle(say("Clean a folder"))
        self.setMinimumSize(theme.px(560), theme.px(420))
        self._how, self._scheduler, self._jobs = how, scheduler, jobs
        self._events: list[Event] = []
        self._seen = 0
        self._finished: Ended | None = None
        self.task = Task(self, asked_for=True)
        self.task.said.connect(self._say)
        self.task.ended.connect(self._end)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.source, self.target = QLineEdit(), QLineEdit()
        self.source.setPlaceholderText(say("The folder with the noisy pictures"))
        self.target.setPlaceholderText(say("The folder for the cleaned ones"))
        self.source.setAccessibleName(say("Folder of pictures"))
        self.target.setAccessibleName(say("Folder for the results"))
        self.output = OutputForm()
        self.axis = QComboBox()
        self.axis.setAccessibleName(say("What the pages are"))
        self.axis.setToolTip(
            say("What pages are in TIFF files that do not say it themselves; results then say it. Other files stay.")
        )
        for axis, title in TITLES.items():
            self.axis.addItem(str(title), axis)
        self.axis.setCurrentIndex(self.axis.findData(how.axis))
        self.earlier = QCheckBox(say("Earlier results too"))
        self.earlier.setToolTip(
            say("Pictures that this program made, such as photo-denoised.jpg beside photo.jpg, are left out else")
        )
        self.start = TextButton(say("Clean all"), say("Clean every picture in the folder"), role="primary", icon="play")
        self.cancel = TextButton(say("Cancel"), say("Stop after the running tile; finished pictures stay"), icon="stop")
        self.show_folder = TextButton(
            say("Open the folder"), say("Show the results in the file manager"), icon="folder"
        )
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say("Progress of the batch"))
        self.said = label("", "muted", wrap=True)
        self.said.setObjectName("batchSaid")
        self.skipped = QListWidget()
        self.skipped.setAccessibleName(say("Pictures that were skipped, and why"))
        self.skipped.setWordWrap(True)
        self._lay_out()
        self.start.clicked.connect(self.begin)
        self.cancel.clicked.connect(self._stop)
        self.show_folder.clicked.connect(self._show_results)
        self.source.textChanged.connect(self._show_state)
        self.target.textChanged.connect(self._show_state)
        if folder is not None:
            self._propose(folder)
        self._show_state()

    def _lay_out(self) -> None:
        self.choosing: list[TextButton] = []
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        rows = (
            (say("Pictures"), say("Choose the folder: pictures"), self.source),
            (say("Results"), say("Choose the folder: results"), self.target),
        )
        for row, (words, tip, edit) in enumerate(rows):
            button = TextButton(say("Choose…"), tip)
            button.clicked.connect(partial(self._ask, edit))
            self.choosing.append(button)
            grid.addWidget(label(words), row, 0)
            grid.addWidget(edit, row, 1)
            grid.addWidget(button, row, 2)
        buttons = in_row(self.start, self.cancel, 1, self.show_folder, spacing=-1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(label(say(self._how.way.title), "heading"))
        column.addWidget(
            label(
                say("Folders within are kept. What an earlier batch has finished is not done again."),
                "muted",
                wrap=True,
            )
        )
        column.addLayout(grid)
        column.addWidget(self.output)
        column.addLayout(in_row(label(say("Pages of plain TIFF files")), (self.axis, 1)))
        column.addWidget(self.earlier)
        column.addWidget(self.bar)
        column.addWidget(self.said)
        self.skipped_here = holder(in_column(label(say("Skipped"), "heading"), (self.skipped, 1)))
        column.addWidget(self.skipped_here, 1)
        column.addStretch()
        column.addLayout(buttons)

    # -- the work ------------------------------------------------------------------------------------------------------

    @Slot()
    def begin(self) -> None:
        """Starts, or goes on where an earlier batch ended."""
        if self.task.running:
            return
        self._events, self._seen, self._finished = [], 0, None
        self.skipped.clear()
        source, target = (Path(os.path.expanduser(one.text())) for one in (self.source, self.target))
        output, how = self.output.output(), replace(self._how, axis=self.axis.currentData())
        with_earlier = self.earlier.isChecked()

        def work(report: Report) -> None:
            with ExitStack() as held:
                helpers = _helpers(self._scheduler, self._jobs, held)
                for event in batch([source], target, how, report, output, helpers, with_earlier=with_earlier):
                    self._events.append(event)

        self.task.start(work, say("Cleaning {name}", name=source.name))
        self._looking.start()
        self._show_state()

    @Slot()
    def _stop(self) -> None:
        self.task.cancel()
        self.cancel.setEnabled(False)
        self.said.setText(say("Cancelling…"))

    @Slot(str, float)
    def _say(self, doing: str, fraction: float) -> None:
        if self.task.cancelled:
            return
        self.bar.setValue(int(1000 * max(0.0, fraction)))
        left = next((event.seconds_left for event in reversed(self._events) if isinstance(event, Cleaned)), 0.0)
        about = [Text("about {duration} left", duration=duration(left))] if left else []
        self.said.setText(str(listed([doing, *about], DOT)))

    @Slot()
    def _look(self) -> None:
        new = self._events[self._seen :]
        if not new:
            return
        self._seen += len(new)
        for event in new:
            match event:
                case Skipped() | NoPicture():
                    self.skipped.addItem(say("{path}: {reason}", path=event.path, reason=event.reason))
                case Began(finished=finished) if finished:
                    before = plural(
                        "{count} picture was finished before.", "{count} pictures were finished before.", finished
                    )
                    self.said.setText(str(before))
                case Ended():
                    self._finished = event
        self._show_state()

    @Slot(object, str)
    def _end(self, _found: object, problem: str) -> None:
        self._looking.stop()
        self._look()
        ended = self._finished
        if problem:
            self.said.setText(problem)
        elif ended is not None:
            self.bar.setValue(1000 if ended.reason == "completed" else self.bar.value())
            before = (
                [plural("{count} finished before", "{count} finished before", ended.finished)] if ended.finished else []
            )
            counts = [
                plural("{count} cleaned", "{count} cleaned", ended.cleaned),
                *before,
                plural("{count} skipped", "{count} skipped", ended.skipped),
                *([plural("{count} no picture", "{count} no pictures", ended.others)] if ended.others else []),
            ]
            told = Text(
                "Completed in {duration}: {counts}."
                if ended.reason == "completed"
                else "Stopped in {duration}: {counts}.",
                duration=duration(ended.seconds),
                counts=listed(counts),
            )
            earlier = plural(
                "{count:,} earlier result of this program was left out.",
                "{count:,} earlier results of this program were left out.",
                ended.earlier,
            )
            where = [Text("The list is in {name}.", name=Path(ended.report).name)] if ended.report else []
            full = [ended.problem] if ended.problem else []
            self.said.setText(str(listed([*full, told, *([earlier] if ended.earlier else []), *where], SPACE)))
        self._show_state()
        self.ended.emit()

    @Slot()
    def _show_state(self) -> None:
        running = self.task.running
        self.start.setEnabled(not running and bool(self.source.text().strip()) and bool(self.target.text().strip()))
        self.cancel.setEnabled(running and not self.task.cancelled)
        for edit in (self.source, self.target, *self.choosing, self.output, self.axis, self.earlier):
            edit.setEnabled(not running)
        self.skipped_here.setVisible(bool(self.skipped.count()))
        self.show_folder.setEnabled(self._finished is not None and not running)

    @Slot()
    def _show_results(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self.target.text()))

    def _ask(self, edit: QLineEdit) -> None:
        name = QFileDialog.getExistingDirectory(self, say("Choose a folder"), edit.text() or str(Path.home()))
        if name:
            edit.setText(name)
            if edit is self.source and not self.target.text():
                self._propose(Path(name))

    def _propose(self, folder: Path) -> None:
        """Results lie beside the folder."""
        self.source.setText(str(folder))
        self.target.setText(str(folder.with_name(f"{folder.name}-denoised")))

    def reject(self) -> None:  # Esc and the frame's button
        if self.task.close(5):
            super().reject()


def _helpers(scheduler: str, jobs: int, held: ExitStack) -> Helpers | None:
    """Of the cluster at this address, for as long as it is held, or so many processes; None where this one cleans.

    Raises: ClusterError.
    """
    if not scheduler and jobs == 1:
        return None
    from aestudio.core.cluster.cleaning_pool import CleaningPool  # with torch, which this page does not wait for
    from aestudio.core.cluster.cluster import Cluster
    from aestudio.core.cluster.pictures import Cleaners

    return Cleaners(held.enter_context(Cluster(scheduler))) if scheduler else CleaningPool(jobs)
