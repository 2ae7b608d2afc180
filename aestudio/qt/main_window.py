"""The window: pages, menus, the status bar, and closing it safely."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMainWindow,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import folders
from aestudio.core.ground.errors import StudioError
from aestudio.core.library.catalogue import TRASH_DAYS
from aestudio.core.model.model_file import SUFFIX
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Finished, Preview, Progress
from aestudio.core.training.checkpoint import Every
from aestudio.qt import menus, theme
from aestudio.qt.export_dialog import ExportDialog
from aestudio.qt.inspect.examined import subject_of
from aestudio.qt.intake import Intake
from aestudio.qt.pages.denoise import DenoisePage
from aestudio.qt.pages.explore import ExplorePage
from aestudio.qt.pages.inspect import InspectPage
from aestudio.qt.pages.runs import RunsPage
from aestudio.qt.pages.studies import StudiesPage
from aestudio.qt.preferences import Preferences
from aestudio.qt.session import Session
from aestudio.qt.status import State, Status
from aestudio.qt.trial import shape_of
from aestudio.qt.widgets.notice_bar import NoticeBar
from aestudio.qt.widgets.rail import Rail

FIRST_RECIPE = "sparse-kl"
SHUTTING_SECONDS = 10
REFRESH_MS = 1000
"""The page of runs is brought up to date at most this often."""


class MainWindow(QMainWindow):
    """Everything a person sees. It owns the session, and closes it before it goes."""

    def __init__(self, session: Session | None = None) -> None:
        super().__init__()
        self._settings = QSettings(str(folders.settings()), QSettings.Format.IniFormat)
        self._dress()
        self.setObjectName("mainWindow")
        self.setWindowTitle("AEStudio")
        self.setWindowIcon(theme.app_icon())
        self.setAcceptDrops(True)
        self.session = session or Session()
        self.session.setParent(self)
        self.notices = NoticeBar()
        self.intake = Intake(self.session, self.notices, self)
        self.explore = ExplorePage(self.session)
        self.inspect = InspectPage()
        self.studies = StudiesPage()
        self.denoise = DenoisePage()
        self.runs = RunsPage()
        self.rail = Rail()
        self.pages = QStackedWidget()
        for page, icon in (
            (self.explore, "sliders"),
            (self.inspect, "search"),
            (self.studies, "chart"),
            (self.denoise, "image"),
            (self.runs, "runs"),
        ):
            self.pages.addWidget(page)
            self.rail.add(page.title, icon, f"Ctrl+{self.pages.count()}")
        self._lay_out()
        self.setMinimumSize(1080, 640)

        self.progress = QLabel("")
        self.progress.setObjectName("statusProgress")
        self.progress.setAccessibleName("Progress")
        self.device = QLabel(self.session.compute.description)
        self.device.setObjectName("statusDevice")
        self.device.setAccessibleName("Device")
        self.device.setToolTip("Where training runs: CUDA, then Apple's MPS, then the CPU, whichever is there first")
        self.statusBar().addWidget(self.progress, 1)
        self.statusBar().addPermanentWidget(self.device)
        self.statusBar().setSizeGripEnabled(False)

        self._last: Progress | None = None
        self._ended = ""
        self._data_problem = ""
        self._leaving = False
        self._offer: Callable[[], None] | None = None
        self._refreshing = QTimer(self)
        self._refreshing.setSingleShot(True)
        self._refreshing.setInterval(REFRESH_MS)
        self._actions = menus.build(
            self,
            menus.Acts(
                session=self.session,
                intake=self.intake,
                explore=self.explore,
                rail=self.rail,
                open=self.ask_open,
                save=self.ask_save,
                export=self.ask_export,
                paste=self.paste,
                preferences=self.ask_preferences,
                continue_shown=self.continue_shown,
            ),
        )
        self._connect()
        self._restore()
        self.runs.set_library(self.session.shelf.library, self.session.shelf.problem)
        folder = self.session.shelf.folder if self.session.shelf.library else None
        self.inspect.set_library(folder)
        self.studies.set_library(folder)
        self.denoise.set_library(folder)
        self.denoise.set_model(self._newest_model)
        self._show_status(self.session.status)

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        above = QHBoxLayout()
        above.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        above.addWidget(self.notices)
        column.addLayout(above)
        column.addWidget(self.pages, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(column, 1)
        middle = QWidget()
        middle.setLayout(row)
        self.setCentralWidget(middle)

    def _connect(self) -> None:
        session, runs = self.session, self.runs
        session.status_changed.connect(self._show_status)
        session.dataset_changed.connect(self._show_dataset)
        session.started.connect(self.notices.dismiss)
        session.progressed.connect(self._show_progress)
        session.finished.connect(self._show_end)
        session.run_changed.connect(self._entitle)
        session.failed.connect(self.notices.show_error)
        session.warned.connect(self.notices.show_warning)
        session.told.connect(self.notices.show_info)
        session.library_changed.connect(self._refresh_soon)
        session.previewed.connect(self._show_subject)
        session.samples_changed.connect(self._show_no_subject)
        self.inspect.resampleAsked.connect(session.resample)
        self.inspect.failed.connect(self.notices.show_error)
        self.inspect.told.connect(self.notices.show_info)
        session.run_changed.connect(self._hand_over)
        session.dataset_changed.connect(self._hand_over)
        self.studies.openRequested.connect(self._open_run)
        self.studies.recipeRequested.connect(session.choose_recipe)
        self.studies.libraryChanged.connect(self._refresh_soon)
        self.studies.failed.connect(self.notices.show_error)
        self.studies.warned.connect(self.notices.show_warning)
        self.studies.told.connect(self.notices.show_info)
        self.denoise.failed.connect(self.notices.show_error)
        self.denoise.told.connect(self.notices.show_info)
        self._refreshing.timeout.connect(runs.refresh)
        self.rail.chosen.connect(self.pages.setCurrentIndex)
        self.pages.currentChanged.connect(self._show_saving)
        self.notices.acted.connect(self._accept_offer)
        self.explore.setup.continueWanted.connect(self.continue_shown)
        runs.openRequested.connect(self._open_run)
        runs.continueRequested.connect(self.continue_run)
        runs.trainAgainRequested.connect(self._train_again)
        runs.exportRequested.connect(self._export_run)
        runs.saveCurvesRequested.connect(self.intake.ask_save_curves)
        runs.notice.connect(self.notices.show_info)
        runs.failed.connect(self.notices.show_error)

    def begin(self, file: Path | None = None) -> None:
        """Loads the first recipe, or opens a model or an image that the person named; then offers to go on with a
        training that a crash has ended.
        """
        opened = file is not None and file.suffix.lower() == SUFFIX and self.session.open(file)
        if not opened:
            self.session.choose_recipe(FIRST_RECIPE)
            if file is not None and file.suffix.lower() != SUFFIX:
                self.intake.take_file(file)
        self._offer_to_continue()

    # -- runs ---------------------------------------------------

    def _offer_to_continue(self) -> None:
        library = self.session.shelf.library
        if library is None:
            self.notices.show_warning(f"{self.session.shelf.problem} Trainings are not kept.")
            return
        try:
            library.empty_trash(older_than_days=TRASH_DAYS)
            interrupted = library.interrupted()
        except StudioError as error:
            self.notices.show_error(str(error))
            return
        self.runs.refresh()
        if not interrupted:
            return
        newest = interrupted[0]
        others = f" ({len(interrupted) - 1} more on the Runs page)" if len(interrupted) > 1 else ""
        self._offer = lambda: self.continue_run(newest.id)
        self.notices.show_warning(
            f"“{newest.title}” was interrupted at step {newest.step:,} of {newest.steps:,}; "
            f"it can go on from step {newest.checkpoint_step or 0:,}{others}.",
            "Continue",
        )

    @Slot()
    def _accept_offer(self) -> None:
        offer, self._offer = self._offer, None
        if offer is not None:
            offer()

    @Slot(int)
    def continue_run(self, number: int) -> None:
        """Goes on with a run; asks for how long where it has run to its end."""
        epochs = None
        try:
            library = self.session.shelf.library
            if library is not None and library.summary(number).state == "completed":
                run = library.run(number)
                if not run.grows:
                    self.notices.show_error(
                        f"“{run.title}” is complete: it was trained layer by layer without fine-tuning, which more "
                        "epochs do not lengthen. Train it again with fine-tuning switched on."
                    )
                    return
                done = run.epochs
                more, agreed = QInputDialog.getInt(
                    self,
                    "Continue training",
                    f"This run is complete after {done:,} epochs. Train how many more?",
                    done,
                    1,
                )
                if not agreed:
                    return
                epochs = done + more
        except StudioError as error:
            self.notices.show_error(str(error))
            return
        self.show_page(self.explore)
        self.session.continue_run(number, epochs)

    @Slot()
    def continue_shown(self) -> None:
        """Goes on with the run that is shown."""
        if self.session.status.can_continue and self.session.shown_number is not None:
            self.continue_run(self.session.shown_number)

    @Slot(int)
    def _open_run(self, number: int) -> None:
        self.show_page(self.explore)
        self.session.open_run(number)

    @Slot(int)
    def _train_again(self, number: int) -> None:
        self.show_page(self.explore)
        self.session.train_again(number)

    @Slot(int)
    def _export_run(self, number: int) -> None:
        model = self.session.shelf.model(number)
        if model is not None:
            ExportDialog(model, self).open()

    @Slot()
    def _refresh_soon(self) -> None:
        if not self._refreshing.isActive():
            self._refreshing.start()

    def _newest_model(self) -> Model | None:
        """The newest snapshot as a model of its own: the training and the page Explore go on with theirs."""
        preview = self.session.preview
        return None if preview is None else Model(preview.run, shape_of(preview), preview.weights, preview.depth)

    @Slot()
    def _show_saving(self) -> None:
        self._actions["save"].setEnabled(self.session.status.trained or self.denoising)

    def show_page(self, page: QWidget) -> None:
        """Goes to a page."""
        self.rail.choose(self.pages.indexOf(page))

    # -- files ---------------------------------------------------

    @property
    def denoising(self) -> bool:
        """The page Denoise is shown, so pictures that are opened, pasted or saved are its own."""
        return self.pages.currentWidget() is self.denoise

    def ask_open(self) -> None:
        """Lets the person pick what the page that is shown opens."""
        if self.denoising:
            self.denoise.ask_open()
        else:
            self.intake.ask_open()

    def ask_save(self) -> None:
        """Lets the person say where the result, or the model, goes."""
        if self.denoising:
            self.denoise.ask_save()
        else:
            self.intake.ask_save()

    def paste(self) -> None:
        """Takes what is on the clipboard, on the page that is shown."""
        if self.denoising:
            self.denoise.paste()
        else:
            self.intake.paste()

    def ask_export(self) -> None:
        """Lets the person say where the model that is shown goes, and in which format."""
        model = self.session.model_file()
        if model is None:
            self.notices.show_error("There is nothing to export yet: train a model first.")
            return
        ExportDialog(model, self).open()

    def ask_preferences(self) -> None:
        """Lets the person say how trainings are kept."""
        dialog = Preferences(self.session.every, self.session.shelf.library, self)
        dialog.everyChanged.connect(self._keep_every)
        dialog.failed.connect(self.notices.show_error)
        dialog.open()

    @Slot(str)
    def _keep_every(self, text: str) -> None:
        self._settings.setValue("checkpoint/every", text)
        self.session.every = Every.from_text(text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.denoising:
            if self.denoise.take_drop(event.mimeData()):
                event.acceptProposedAction()
        elif self.intake.take_drop(event.mimeData()):
            event.acceptProposedAction()
            self.show_page(self.explore)

    def action(self, name: str) -> QAction:
        """A menu entry by name."""
        return self._actions[name]

    # -- status ---------------------------------------------------

    @Slot(object)
    def _show_status(self, status: Status) -> None:
        for name, enabled in (
            ("train", status.can_train),
            ("continue", status.can_continue),
            ("pause", status.can_pause),
            ("step", status.can_step),
            ("stop", status.can_stop),
            ("save", status.trained or self.denoising),
            ("export", status.trained),
            ("folder", not status.running),
        ):
            self._actions[name].setEnabled(enabled)
        self._entitle()
        if not status.running:
            self._last = None
        if status.state is not State.READY:
            self._ended = ""
        self._write(status.state)
        self.inspect.set_running(status.running)

    @Slot(object)
    def _hand_over(self, _what: object) -> None:
        self.studies.set_subject(self.session.run, self.session.dataset)

    @Slot(object)
    def _show_subject(self, preview: Preview) -> None:
        self.inspect.set_subject(subject_of(preview, self.session.dataset))

    @Slot(object, object)
    def _show_no_subject(self, _original: object, _corrupted: object) -> None:
        self.inspect.set_subject(None)

    @Slot(object)
    def _show_dataset(self, dataset: Dataset | None) -> None:
        """What was wrong with the last data is over once others are there."""
        if dataset is not None and self._data_problem and self.notices.text() == self._data_problem:
            self.notices.dismiss()
        self._data_problem = self.session.data_problem

    @Slot(object)
    def _entitle(self, _run: object = None) -> None:
        state = self.session.status.state
        said = "" if state is State.READY else f" ({state.value.lower()})"
        self.setWindowTitle(f"{self.session.run.title}{said}")

    @Slot(object)
    def _show_progress(self, progress: Progress) -> None:
        self._last = progress
        self._write(self.session.status.state)

    @Slot(object)
    def _show_end(self, finished: Finished) -> None:
        psnr = self.session.scores.get("psnr")
        said = f" · held-out PSNR {psnr:.2f} dB" if psnr is not None else ""
        self._ended = f"{finished.reason.capitalize()} after {finished.step:,} steps{said}"
        self.progress.setText(self._ended)

    def _write(self, state: State) -> None:
        last = self._last
        if last is None:
            self.progress.setText(self._ended or state.value)
            return
        step = last.first_step + len(last.terms) - 1
        phase = f" · {last.phase}" if last.phase != "end to end" else ""
        self.progress.setText(
            f"{state.value}{phase} · epoch {last.epoch:.1f} of {last.epochs:,} · step {step:,} · "
            f"{last.samples_per_second:,.0f} images/s · {_time(last.seconds_left)} left"
        )

    # -- coming and going ---------------------------------------------------

    def _restore(self) -> None:
        geometry = self._settings.value("geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            room = self.screen().availableGeometry()
            self.resize(min(1920, room.width() * 4 // 5), min(1200, room.height() * 9 // 10))
            if room.width() < 1480 or room.height() < 960:  # a small screen is used whole
                self.setWindowState(Qt.WindowState.WindowMaximized)
        for name, splitter in self._splitters().items():
            kept = self._settings.value(f"splitter/{name}")
            if isinstance(kept, QByteArray):
                splitter.restoreState(kept)
        try:
            self.session.every = Every.from_text(str(self._settings.value("checkpoint/every", "30s")))
        except StudioError:  # edited by hand: the usual holds
            self.session.every = Every()
        self._actions[self._kept_theme()].trigger()

    def _dress(self) -> None:
        """The kept theme, while there is nothing yet that would have to be dressed again."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, self._kept_theme())

    def _kept_theme(self) -> theme.ThemeMode:
        mode = self._settings.value("theme")
        return "light" if mode == "light" else "dark" if mode == "dark" else "system"

    def _keep(self) -> None:
        self._settings.setValue("geometry", self.saveGeometry())
        self._settings.setValue("theme", theme.mode())
        for name, splitter in self._splitters().items():
            self._settings.setValue(f"splitter/{name}", splitter.saveState())
        self._settings.sync()

    def _splitters(self) -> dict[str, QSplitter]:
        return {
            "across": self.explore.across,
            "down": self.explore.down,
            "plots": self.explore.plots,
            "runs": self.runs.across,
        }

    def may_close(self) -> bool:
        """Asks the person whether to stop the training and close."""
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Close AEStudio?")
        what = "A study" if self.studies.runner.running else "Training"
        box.setText(f"{what} is under way. Stop it and close?")
        box.setInformativeText(
            "It is kept on the Runs page and can be continued later."
            if self.session.shelf.library
            else "The model that is being trained is lost unless you save it first (Ctrl+S)."
        )
        stop = box.addButton("Stop and close", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep training", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.exec()
        return box.clickedButton() is stop

    def leave(self) -> None:
        """Closes without asking: whoever sent a signal to the process is not there to answer."""
        self._leaving = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        working = self.session.status.running or self.studies.runner.running
        if working and not self._leaving and not self.may_close():
            event.ignore()
            return
        self._keep()
        self.runs.shut()
        self.inspect.close_observer(SHUTTING_SECONDS)
        self.studies.close_runner(SHUTTING_SECONDS)
        self.denoise.close_desk(SHUTTING_SECONDS)
        self.session.close()
        event.accept()


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
