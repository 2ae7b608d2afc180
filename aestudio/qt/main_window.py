"""The window: pages, menus, the status bar, what is dropped on it or pasted into it, and closing it safely."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeySequence,
)
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMainWindow, QMessageBox, QSplitter, QStackedWidget

from aestudio import __version__
from aestudio.core import folders
from aestudio.core.data.paths import data_from_path
from aestudio.core.errors import StudioError
from aestudio.core.events import Finished, Progress
from aestudio.core.images import IMAGE_SUFFIXES, read_image
from aestudio.qt import theme
from aestudio.qt.images import from_qimage
from aestudio.qt.pages.explore import ExplorePage
from aestudio.qt.session import Session
from aestudio.qt.status import State, Status

MODEL_SUFFIX = ".safetensors"
FIRST_RECIPE = "sparse-kl"


class MainWindow(QMainWindow):
    """Everything a person sees. It owns the session, and closes it before it goes."""

    def __init__(self, session: Session | None = None) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("AEStudio")
        self.setWindowIcon(theme.app_icon())
        self.setAcceptDrops(True)
        self.session = session or Session()
        self.session.setParent(self)
        self.explore = ExplorePage(self.session)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.explore)
        self.setCentralWidget(self.pages)
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

        self._settings = QSettings(str(folders.settings()), QSettings.Format.IniFormat)
        self._last: Progress | None = None
        self._ended = ""
        self._leaving = False
        self._actions: dict[str, QAction] = {}
        self._build_menus()
        self._restore()

        self.session.status_changed.connect(self._show_status)
        self.session.progressed.connect(self._show_progress)
        self.session.finished.connect(self._show_end)
        self.session.run_changed.connect(self._entitle)
        self._show_status(self.session.status)

    def begin(self, file: Path | None = None) -> None:
        """Loads the first recipe, or opens a model or an image that the person named."""
        if file is not None and file.suffix.lower() == MODEL_SUFFIX:
            self.session.open(file)
            return
        self.session.choose_recipe(FIRST_RECIPE)
        if file is not None:
            self.take_file(file)

    # -- menus ---------------------------------------------------

    def _build_menus(self) -> None:
        bar = self.menuBar()
        file = bar.addMenu("&File")
        self._add(file.addAction("&Open model or image…"), "open", self.ask_open, QKeySequence.StandardKey.Open)
        self._add(file.addAction("Use a &folder of images…"), "folder", self.ask_folder, "Ctrl+Shift+O")
        self._add(file.addAction("&Save model as…"), "save", self.ask_save, QKeySequence.StandardKey.Save)
        file.addSeparator()
        self._add(file.addAction("&Paste image"), "paste", self.paste, QKeySequence.StandardKey.Paste)
        file.addSeparator()
        self._add(file.addAction("&Quit"), "quit", self.close, "Ctrl+Q")

        run = bar.addMenu("&Training")
        self._add(run.addAction("&Train"), "train", self.session.train, "F5")
        self._add(run.addAction("&Pause or resume"), "pause", self.session.pause, "F6")
        self._add(run.addAction("&Step"), "step", self.session.step, "F7")
        self._add(run.addAction("St&op"), "stop", self.session.stop, "F8")

        view = bar.addMenu("&View")
        difference = view.addAction("&Difference pane")
        difference.setCheckable(True)
        difference.toggled.connect(self.explore.panes.set_difference_visible)
        difference.setShortcut("Ctrl+D")
        self._actions["difference"] = difference
        grid = view.addAction("Samples as a &grid")
        self._add(grid, "grid", self.explore.panes.back_to_grid)
        grid.setShortcuts([QKeySequence("Ctrl+G"), QKeySequence("Esc")])
        self._add(view.addAction("&Reset the code sliders"), "reset", self.explore.sliders.reset, "Ctrl+R")
        view.addSeparator()
        looks = view.addMenu("&Theme")
        themes = QActionGroup(self)
        for mode, words in (("system", "As the &system"), ("light", "&Light"), ("dark", "&Dark")):
            action = looks.addAction(words)
            action.setCheckable(True)
            action.setData(mode)
            themes.addAction(action)
            self._actions[mode] = action
        themes.triggered.connect(self._choose_theme)

        helping = bar.addMenu("&Help")
        self._add(helping.addAction("&Keyboard shortcuts"), "shortcuts", self._show_shortcuts, "F1")
        self._add(helping.addAction("&About AEStudio"), "about", self._show_about)

    def _add(
        self, action: QAction, name: str, act: Callable[[], object], keys: QKeySequence.StandardKey | str = ""
    ) -> None:
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False: act())
        self._actions[name] = action

    def action(self, name: str) -> QAction:
        """A menu entry by name."""
        return self._actions[name]

    @Slot(QAction)
    def _choose_theme(self, action: QAction) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, action.data())

    def _show_shortcuts(self) -> None:
        keys = {
            ", ".join(key.toString() for key in action.shortcuts()): action.text().replace("&", "").rstrip("…")
            for action in self._actions.values()
            if action.shortcuts()
        }
        keys["Arrows, Enter"] = "Move among the samples, enlarge one"
        rows = [f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{words}</td></tr>" for key, words in keys.items()]
        self._tell("Keyboard shortcuts", f"<table cellspacing='4'>{''.join(rows)}</table>")

    def _show_about(self) -> None:
        self._tell(
            "About AEStudio",
            f"<h3>AEStudio {__version__}</h3><p>Train autoencoders and see what they do.</p>"
            "<p>It follows the survey <i>Autoencoders</i> by Bank, Koenigstein and Giryes, "
            "<a href='https://arxiv.org/abs/2003.05991'>arXiv 2003.05991</a>.</p>",
        )

    def _tell(self, title: str, html: str) -> None:
        box = QMessageBox(self)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setText(html)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # -- files ---------------------------------------------------

    def ask_open(self) -> None:
        """Lets the person pick a model or an image."""
        models, images = f"*{MODEL_SUFFIX}", " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        kinds = f"Models and images ({models} {images});;Models ({models});;Images ({images});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Open a model or an image", str(Path.home()), kinds)
        if name:
            self.take_file(Path(name))

    def ask_folder(self) -> None:
        """Lets the person pick a folder of images to train on."""
        name = QFileDialog.getExistingDirectory(self, "Use a folder of images", str(Path.home()))
        if name:
            self.take_file(Path(name))

    def ask_save(self) -> None:
        """Lets the person say where the model goes."""
        preview = self.session.preview
        if preview is None:
            self.explore.notices.show_error("There is nothing to save yet: train a model first.")
            return
        words = re.findall(r"\w+", preview.run.title.lower().replace("’", ""))
        proposal = Path.home() / f"{'-'.join(words) or 'model'}{MODEL_SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self, "Save the model", str(proposal), f"Models (*{MODEL_SUFFIX})")
        if name:
            path = Path(name)
            self.session.save(path if path.suffix else path.with_suffix(MODEL_SUFFIX))

    def take_file(self, path: Path) -> None:
        """Opens a model, tries an image, or trains on a folder or an array file: whatever the path is."""
        try:
            if path.is_file() and path.suffix.lower() in IMAGE_SUFFIXES:
                self.session.try_image(path.name, read_image(path))
            elif path.suffix.lower() in (MODEL_SUFFIX, ".pt", ".pth", ".pkl"):
                self.session.open(path)
            else:
                self.session.choose_data(data_from_path(path))
        except StudioError as error:
            self.explore.notices.show_error(str(error))

    def paste(self) -> None:
        """Tries the image on the clipboard, or the file that was copied."""
        board = QGuiApplication.clipboard().mimeData()
        if board.hasUrls() and board.urls() and board.urls()[0].isLocalFile():
            self.take_file(Path(board.urls()[0].toLocalFile()))
            return
        image = QGuiApplication.clipboard().image()
        if image.isNull():
            self.explore.notices.show_error("There is no image on the clipboard; copy one and paste again.")
        else:
            self._try(image, "Pasted image")

    def _try(self, image: QImage, name: str) -> None:
        self.session.try_image(name, from_qimage(image))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        dropped = event.mimeData()
        paths = [Path(url.toLocalFile()) for url in dropped.urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.take_file(paths[0])
            if len(paths) > 1:
                self.explore.notices.show_info(
                    f"{len(paths)} files were dropped; the first one is used. Drop a folder to train on many."
                )
        elif dropped.hasImage():
            event.acceptProposedAction()
            self._try(QImage(dropped.imageData()), "Dropped image")
        else:
            self.explore.notices.show_error(
                "Nothing that can be opened was dropped; save the image to a file and drop that."
            )

    # -- status ---------------------------------------------------

    @Slot(object)
    def _show_status(self, status: Status) -> None:
        for name, enabled in (
            ("train", status.can_train),
            ("pause", status.can_pause),
            ("step", status.can_step),
            ("stop", status.can_stop),
            ("save", status.trained),
            ("folder", not status.running),
        ):
            self._actions[name].setEnabled(enabled)
        self._entitle()
        if not status.running:
            self._last = None
        if status.state is not State.READY:
            self._ended = ""
        self._write(status.state)

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
        mode = str(self._settings.value("theme", "system"))
        self._actions[mode if mode in ("light", "dark") else "system"].trigger()

    def _keep(self) -> None:
        self._settings.setValue("geometry", self.saveGeometry())
        self._settings.setValue("theme", theme.mode())
        for name, splitter in self._splitters().items():
            self._settings.setValue(f"splitter/{name}", splitter.saveState())
        self._settings.sync()

    def _splitters(self) -> dict[str, QSplitter]:
        return {"across": self.explore.across, "down": self.explore.down, "plots": self.explore.plots}

    def may_close(self) -> bool:
        """Asks the person whether to stop the training and close."""
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Close AEStudio?")
        box.setText("Training is under way. Stop it and close?")
        box.setInformativeText("The model that is being trained is lost unless you save it first (Ctrl+S).")
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
        if self.session.status.running and not self._leaving and not self.may_close():
            event.ignore()
            return
        self._keep()
        self.session.close()
        event.accept()


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
