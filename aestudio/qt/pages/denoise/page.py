"""Page Denoise: pictures in, cleaner ones out, with numbers to prove it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QRect, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.suffixes import IMAGE_SUFFIXES
from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import DOT, Text, listed, plural, say
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.qt.action import Action
from aestudio.qt.pages.denoise import Denoise
from aestudio.qt.pages.denoise.batch_dialog import BatchDialog
from aestudio.qt.pages.denoise.layout import DenoiseLayout
from aestudio.qt.pages.denoise.pixmaps import taken
from aestudio.qt.widgets.run_chooser import RunChooser
from aestudio.studio.denoise.desk_events import (
    Busy,
    DeskEvent,
    Learned,
    LeftOut,
    Made,
    PictureAltered,
    PicturesChanged,
    Working,
)
from aestudio.studio.denoise.entries import check_result, place_beside
from aestudio.studio.notice import Failed, Noted, Offered
from aestudio.studio.runs.grouping import newest_apart
from aestudio.studio.studies.progress import duration
from aestudio.studio.studio import Studio

SAMPLE = ("skimage", "data/chelsea.png")


class DenoisePage(Denoise, DenoiseLayout):
    """What the person does; the desk does the work."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.setAcceptDrops(True)
        self._folder = studio.shelf.kept_in
        self._asked_sample = False
        self.ways.set_model(lambda: self.document.shown.own_model() if self.studio.ready else None)
        self.runs = RunChooser(1, self)
        self._connect()
        self._show_desk()

    def _connect(self) -> None:
        desk = self.desk
        for button, act in (
            (self.first_open, self.ask_open),
            (self.folder, self._ask_folder),
            (self.sample, self.try_sample),
            (self.first_sample, self.try_sample),
            (self.cancel, desk.cancel),
            (self.compare, self.compare_all),
            (self.batch, self._ask_batch),
            (self.save, self.save_beside),
            (self.copy, self.copy_result),
        ):
            button.clicked.connect(_plain(act))
        self.list.chosen.connect(desk.choose)
        self.list.remove_asked.connect(desk.remove)
        self.ways.refused.connect(self._fail)
        self.ways.library_asked.connect(self._offer_runs)
        self.runs.chosen.connect(self._take_run)
        self.noise.refused.connect(self._fail)
        self.noise.add_asked.connect(desk.add_noise)
        self.noise.remove_asked.connect(desk.take_noise_off)
        self.noise.reference_asked.connect(self._ask_reference)
        self.grip.refused.connect(self._fail)
        self.table.chosen.connect(self.viewer.show_result)
        self.viewer.changed.connect(self._show_buttons)
        self.viewer.looks.page_asked.connect(desk.show_page)
        self.viewer.looks.levels_asked.connect(lambda black, white: desk.set_levels((black, white)))
        self.viewer.looks.found_asked.connect(lambda: desk.set_levels(None))
        desk.listen(self._hear)

    def _hear(self, event: DeskEvent) -> None:
        match event:
            case Failed() | Noted() | Offered():
                self.studio.tell(event)
            case PicturesChanged():
                self._show_desk()
            case PictureAltered():
                self._show_entry()
            case Busy(busy):
                self._show_busy(busy)
            case Working():
                self._show_progress(event)
            case LeftOut(reasons):
                self._show_left_out(reasons)
            case Learned(picture, region):
                self.viewer.show_preview(picture, region)
            case Made(name):
                self.viewer.show_result(name)

    # -- what can be done ----------------------------------------------------------------------------------------------

    def actions_here(self) -> Sequence[Action]:
        paste = Action("paste", "&Paste picture", self.paste, (QKeySequence.StandardKey.Paste,), "Edit")
        return (self.opening, self.saving, self.saving_all, paste, self.cleaning, self.cleaning_all, self.undoing)

    def drop(self, mime: QMimeData) -> bool:
        self.take_drop(mime)  # what cannot be used is said here
        return True

    def library_changed(self) -> None:
        self.set_library(self.studio.shelf.kept_in)

    def set_library(self, folder: Path | None) -> None:
        """Whose models can be chosen; None where there is none."""
        self._folder = folder

    @property
    def working(self) -> str:
        return say("Work on a picture") if self.desk.running else ""

    @property
    def unsaved(self) -> str:
        count = sum(bool(entry.unsaved) for entry in self.desk.entries)
        return str(
            plural("A cleaned picture is not saved.", "{count} cleaned pictures are not saved.", count) if count else ""
        )

    def shut(self, seconds: float) -> bool:
        self.grip.tidy()
        return self.desk.close(seconds)

    # -- in ------------------------------------------------------------------------------------------------------------

    @Slot()
    def ask_open(self) -> None:
        """Lets the person pick pictures."""
        kinds = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        names, _ = QFileDialog.getOpenFileNames(
            self, say("Open pictures"), str(Path.home()), say("Pictures ({kinds});;All files (*)", kinds=kinds)
        )
        if names:
            self.desk.open([Path(name) for name in names])

    @Slot()
    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, say("Open a folder of pictures"), str(Path.home()))
        if name:
            self.desk.open([Path(name)])

    @Slot()
    def _ask_reference(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, say("Choose the clean picture"), str(Path.home()))
        if name:
            self.desk.set_reference(Path(name))

    @Slot()
    def try_sample(self) -> None:
        """A sample photograph, with noise added as soon as it is there."""
        try:
            sample = read_picture(carried(*SAMPLE))
        except StudioError as error:
            self._fail(str(error))
            return
        self._asked_sample = not self.desk.running
        self.desk.add(sample)  # not as a file: nothing is to be saved beside it, among the program's own

    def paste(self) -> None:
        """Takes the image, or the files, on the clipboard."""
        held: QMimeData | None = QGuiApplication.clipboard().mimeData()  # None where nothing was ever copied
        self._take(held or QMimeData(), say("Pasted picture"), say("There is no picture on the clipboard; copy one."))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.acceptProposedAction()  # what cannot be used is said, which is better than a forbidding pointer

    def dropEvent(self, event: QDropEvent) -> None:
        if self.take_drop(event.mimeData()):
            event.acceptProposedAction()

    def take_drop(self, mime: QMimeData) -> bool:
        """Opens what was dropped; False where there were no pictures, which is said."""
        return self._take(mime, say("Dropped picture"), say("No pictures were dropped; drop image files or a folder."))

    def _take(self, mime: QMimeData, name: str, nothing: str) -> bool:
        paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if paths:
            self.desk.open(paths)
        elif mime.hasImage():
            self.desk.add(taken(QImage(mime.imageData()), name))
        else:
            self._fail(nothing)
        return bool(paths) or mime.hasImage()

    # -- the work ------------------------------------------------------------------------------------------------------

    @Slot()
    def clean_now(self) -> None:
        """The chosen way on the picture, or on the region that is drawn."""
        way = self.ways.way()
        self.desk.clean(
            way.title,
            way,
            sigma=self.ways.noise(),
            strength=self.ways.amount(),
            region=_region(self.viewer.view.region),
            all_pictures=way.learns_from_all,
        )

    @Slot()
    def clean_all(self) -> None:
        """The chosen way on every picture of the list."""
        way = self.ways.way()
        self.desk.clean_all(way.title, way, sigma=self.ways.noise(), strength=self.ways.amount())

    @Slot()
    def compare_all(self) -> None:
        """Every way on the picture, or on the region."""
        self.desk.compare(
            self.ways.ways(),
            sigma=self.ways.noise(),
            strength=self.ways.amount(),
            region=_region(self.viewer.view.region),
        )

    @Slot()
    def _ask_batch(self) -> None:
        entry = self.desk.current
        folder = None if entry is None or entry.path is None else entry.path.parent
        axis = "pages" if entry is None else entry.axis
        how = Cleaning(self.ways.way(), self.ways.noise(), self.ways.amount(), axis=axis)
        dialog = BatchDialog(how, self, folder=folder, scheduler=self.studio.scheduler, jobs=self.studio.jobs)
        dialog.open()

    @Slot(QWidget)
    def _offer_runs(self, button: QWidget) -> None:
        try:
            if self._folder is None:
                raise StudioError("There is no run library, so no model can be taken from it.")
            with Library(self._folder) as library:
                runs = [one for one in library.runs(most=500) if (library.files(one.id) / MODEL).is_file()]
                apart = newest_apart(library, runs, ready=self.studio.ready)
        except StudioError as error:
            self._fail(str(error))
            return
        self.runs.show_runs(runs, apart, (), button.mapToGlobal(QPoint(0, button.height() + 2)))

    @Slot(int, bool)
    def _take_run(self, number: int, _on: bool) -> None:
        self.runs.hide()
        if self._folder is None:
            return
        try:
            with Library(self._folder) as library:
                self.ways.set_path(str(library.files(number) / MODEL))
        except StudioError as error:
            self._fail(str(error))

    # -- out -----------------------------------------------------------------------------------------------------------

    def result(self) -> Picture:
        """The result that is shown. Raises: DenoiseError where there is none of the whole picture."""
        return check_result(self.desk.current, self.viewer.result)

    def _proposal(self) -> Path | None:
        """A free name for the result beside the original, or at home; None where there is no result, which is said."""
        try:
            return place_beside(self.desk.current, self.viewer.result)
        except StudioError as error:
            self._fail(str(error))
            return None

    @Slot()
    def save_beside(self) -> None:
        """Beside the original under a name that is free; a picture that is no file of the person's asks where to."""
        if self.desk.current is None or self.desk.current.path is None:
            self.ask_save()
        elif proposal := self._proposal():
            self.desk.save(self.viewer.result, proposal)

    @Slot()
    def ask_save(self) -> None:
        """Lets the person say where the result goes."""
        proposal = self._proposal()
        if proposal is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, say("Save the result"), str(proposal))
        if name:
            path = Path(name)
            self.desk.save(self.viewer.result, path if path.suffix else path.with_suffix(proposal.suffix))

    @Slot()
    def save_all(self) -> None:
        """What the way whose result is shown has made of all pictures, each beside its original."""
        self.desk.save_all(self.viewer.result)

    @Slot()
    def copy_result(self) -> None:
        """The result as an image on the clipboard."""
        image = self.viewer.result_image()
        if image is None:
            self._fail(say("There is no result yet: clean a picture first."))
            return
        QGuiApplication.clipboard().setImage(image)
        self._note(say("The result was copied"))

    # -- what is shown -------------------------------------------------------------------------------------------------

    @Slot()
    def _show_desk(self) -> None:
        self.stack.setCurrentIndex(int(bool(self.desk.entries)))
        self._show_entry()
        if self._asked_sample and self.desk.current is not None and not self.desk.running:
            self._asked_sample = False
            if not self.desk.current.noise:
                self.noise_section.set_open(True)
                self.studio.when_ready(lambda: self.desk.add_noise(self.noise.corruption))

    @Slot()
    def _show_entry(self) -> None:
        entry = self.desk.current
        self.list.show_entries(self.desk.entries, entry)
        self.viewer.show_entry(entry)
        self.ways.set_estimate(entry.found if entry is not None else None)
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        entry, running = self.desk.current, self.desk.running
        self.table.show_entry(entry, self.viewer.result)
        self.say_of_table()
        self.viewer.looks.show_entry(entry, can=not running)
        for button in (self.open, self.clean, self.clean_each, self.save_as, self.save_each):
            button.refresh()
        self.compare.setEnabled(self.cleaning.can())
        self.clean.setText(say("Clean the region") if not self.viewer.view.region.isEmpty() else say("Clean"))
        self.cancel.setEnabled(running)
        for other in (self.folder, self.sample, self.first_open, self.first_sample):
            other.setEnabled(not running)
        for keep in (self.save, self.grip):
            keep.setEnabled(self.saving.can())
        self.copy.setEnabled(self.has_result())
        self.actions_changed.emit()
        self.noise.show_state(
            has_picture=entry is not None and not running,
            noise=entry.noise if entry is not None and not running else "",
            has_reference=entry is not None and entry.reference is not None,
        )

    def _show_left_out(self, reasons: Sequence[str]) -> None:
        self.left_out.show_reasons(reasons)
        if len(reasons) == 1:
            self._fail(reasons[0])
        elif reasons:
            self._fail(say("Not everything was opened; the list below the pictures says why."))

    def _show_busy(self, busy: bool) -> None:
        if busy:
            self.work_began.emit()
        self.bar.setRange(0, 1000)
        self.bar.setValue(0)
        if not busy:
            self.said.setText("")
        self._show_buttons()

    def _show_progress(self, work: Working) -> None:
        self.bar.setRange(0, 0 if work.fraction < 0 else 1000)
        if work.fraction >= 0:
            self.bar.setValue(int(1000 * work.fraction))
        about = [Text("about {duration} left", duration=duration(work.left))] if work.left is not None else []
        self.said.setText(str(listed([work.doing, *about], DOT)))


def _plain(act: Callable[[], object]) -> Callable[[], None]:
    """Without the state that a button's signal carries."""

    def plain() -> None:
        act()

    return plain


def _region(drawn: QRect) -> Region | None:
    return None if drawn.isEmpty() else Region(drawn.top(), drawn.left(), drawn.height(), drawn.width())
