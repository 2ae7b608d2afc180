"""What the page Denoise is made of, and where it stands; the page says what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.page import Page
from aestudio.qt.pages.denoise.drag_grip import DragGrip
from aestudio.qt.pages.denoise.noise_panel import NoisePanel
from aestudio.qt.pages.denoise.picture_list import PictureList
from aestudio.qt.pages.denoise.results_table import ResultsTable
from aestudio.qt.pages.denoise.viewer import Viewer
from aestudio.qt.pages.denoise.ways_panel import WaysPanel
from aestudio.qt.threads import Pulse, qthread
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.qt.widgets.basics import TextButton, card, hint, label
from aestudio.qt.widgets.collapsible import Section
from aestudio.qt.widgets.layouts import holder, in_column, in_row, splitter
from aestudio.qt.widgets.left_out import LeftOut
from aestudio.studio.denoise.desk import Desk

if TYPE_CHECKING:
    from aestudio.studio.document import Document
    from aestudio.studio.studio import Studio

LEFT = 372
"""Width in pixels of the settings."""


class DenoiseLayout(Page):
    """Pictures and settings at the left, what is seen and what was found at the right."""

    is_base = True

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        pulse = Pulse(self)
        self.desk = Desk(qthread, pulse.wake)
        pulse.follow(self.desk.tick, lambda: self.desk.running)
        self.list = PictureList()
        self.ways = WaysPanel()
        self.noise = NoisePanel()
        if studio.ready:
            self.noise.furnish()
        self.viewer = Viewer()
        self.left_out = LeftOut()
        self.table = ResultsTable()
        self.table_said = label("", "muted", wrap=True)
        self.table_said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.grip = DragGrip(self.result)
        self._declare()
        self._make_buttons()
        self._lay_out()

    def attach(self, _document: Document) -> None:
        self.noise.furnish()  # torch is in

    def ask_open(self) -> None:
        """Lets the person pick pictures."""
        raise NotImplementedError

    def ask_save(self) -> None:
        """Lets the person say where the result that is shown goes."""
        raise NotImplementedError

    def clean_now(self) -> None:
        """Cleans what is shown."""
        raise NotImplementedError

    def clean_all(self) -> None:
        """Cleans all that are on the desk."""
        raise NotImplementedError

    def save_all(self) -> None:
        """Saves what one way has made of all that are on the desk."""
        raise NotImplementedError

    def result(self) -> Picture:
        """What is to be dragged out. Raises: DenoiseError where there is nothing."""
        raise NotImplementedError

    def has_result(self, *, whole: bool = False) -> bool:
        """Whether there is a result of what is shown; a `whole` one, not that of a region alone."""
        entry, way = self.desk.current, self.viewer.result
        return entry is not None and way in entry.results and not (whole and way in entry.regions)

    def say_of_table(self) -> None:
        """Why the table has no rows, or no scores."""
        entry, said = self.desk.current, ""
        if entry is not None and not self.table.rowCount():
            said = say("What each method makes of the picture is listed here: clean it, or compare all methods.")
        elif entry is not None and entry.reference is None:
            said = say("PSNR and SSIM need the picture without noise: see Known noise and reference.")
        self.table.setVisible(bool(self.table.rowCount()))
        self.table_said.setText(said)
        self.table_said.setVisible(bool(said))

    def _declare(self) -> None:
        self.opening = Action(
            "open", "&Open pictures…", self.ask_open, (QKeySequence.StandardKey.Open,), "File", icon="open",
            tip="Open pictures; or drop them anywhere on this page", possible=lambda: not self.desk.running,
        )  # fmt: skip
        self.saving = Action(
            "save", "&Save the result as…", self.ask_save, (QKeySequence.StandardKey.Save,), "File", icon="save",
            tip="Save the result where you want it",
            possible=lambda: self.has_result(whole=True) and not self.desk.running,
        )  # fmt: skip
        self.cleaning = Action(
            "clean", "&Clean", self.clean_now, ("F9",), "Edit", 40, icon="play",
            tip="Clean the picture, or the region that is drawn",
            possible=lambda: self.desk.can_clean,
        )  # fmt: skip
        self.cleaning_all = Action(
            "cleanAll", "Clean &all", self.clean_all, ("Shift+F9",), "Edit", 41, icon="play",
            tip="Clean all pictures of the list with this method",
            possible=lambda: len(self.desk.entries) > 1 and self.desk.can_clean,
        )  # fmt: skip
        self.undoing = Action(
            "undo", "&Undo", self.desk.bring_back, (QKeySequence.StandardKey.Undo,), "Edit", 10,
            tip="Bring back the picture that was taken off the list",
            possible=lambda: self.desk.pictures.can_bring_back,
        )  # fmt: skip
        self.saving_all = Action(
            "saveAll", "Sa&ve all", self.save_all, (), "File", 12.2, icon="save",
            tip="Save what this method has made of all pictures, each beside its original",
            possible=lambda: not self.desk.running, offered=lambda: len(self.desk.unsaved(self.viewer.result)) > 1,
        )  # fmt: skip

    def _make_buttons(self) -> None:
        self.open = ActionButton(self.opening, say("Open…"))
        self.folder = TextButton(say("Folder…"), say("Open all pictures of a folder"), icon="folder")
        self.sample = TextButton(say("Sample"), say("A sample photograph with noise added"), icon="image")
        self.first_open = TextButton(say("Open pictures…"), say("Choose one or many"), role="primary", icon="open")
        self.first_sample = TextButton(say("Try a sample"), say("A sample photograph with noise added"), icon="image")
        self.clean = ActionButton(self.cleaning, role="primary")
        self.clean_each = ActionButton(self.cleaning_all)
        self.cancel = TextButton(say("Cancel"), say("Cancel what is being done"), icon="stop")
        self.compare = TextButton(
            say("Compare all"), say("Run all methods on this picture and rank them"), icon="chart"
        )
        self.batch = TextButton(say("Batch…"), say("Clean a whole folder with this method"), icon="folder")
        self.save = TextButton(
            say("Save"), say("Save the result beside the original, which stays as it is"), icon="save"
        )
        self.save_as = ActionButton(self.saving, say("Save as…"))
        self.save_each = ActionButton(self.saving_all)
        self.copy = TextButton(say("Copy"), say("Copy the result to the clipboard"), icon="copy")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setFixedHeight(theme.px(6))
        self.bar.setAccessibleName(say("Progress of the cleaning"))
        self.said = label("", "caption", wrap=True)
        self.said.setObjectName("denoiseSaid")

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(card(self._invitation()))
        self.stack.addWidget(self._right())
        self.across = splitter(
            Qt.Orientation.Horizontal, card(self._left(), 0), self.stack, sizes=(LEFT, 900), shares=(0, 1)
        )
        margin = theme.GRID
        in_column(self.across, host=self).setContentsMargins(margin, margin, margin, margin)

    def _left(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("role", "plain")
        settings = QVBoxLayout(inside)
        settings.setContentsMargins(12, 12, 12, 12)
        settings.setSpacing(theme.GRID)
        settings.addLayout(in_row((self.open, 1), (self.folder, 1), (self.sample, 1)))
        settings.addWidget(self.list, 100)  # the room that is left, before it is left empty
        settings.addWidget(self.left_out, 0, Qt.AlignmentFlag.AlignLeft)
        settings.addWidget(label(say("Method"), "heading"))
        settings.addWidget(self.ways)
        self.noise_section = Section(say("Known noise and reference"), self.noise, is_open=False)
        settings.addWidget(self.noise_section)
        settings.addStretch(1)
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setWidget(inside)
        scrolled.setMinimumWidth(theme.px(LEFT - 12))
        first, second = in_row((self.clean, 1), self.clean_each, self.cancel), in_row((self.compare, 1), self.batch)
        below = in_column(first, second, self.bar, self.said)
        below.setContentsMargins(12, theme.GRID, 12, 12)
        return holder(in_column((scrolled, 1), below, spacing=0))

    def _invitation(self) -> QWidget:
        said = hint(say("Drop pictures or a folder here, paste one, or open them: any size and depth."))
        column = QVBoxLayout()
        column.addStretch(1)
        column.addWidget(said)
        column.addLayout(in_row(1, self.first_open, self.first_sample, 1, spacing=-1))
        column.addStretch(1)
        return holder(column)

    def _right(self) -> QWidget:
        keeping = in_row(self.save, self.save_as, self.save_each, self.copy, self.grip, 1)
        below = in_column((self.table, 1), self.table_said, keeping, spacing=-1)
        return splitter(
            Qt.Orientation.Vertical, card(self.viewer), card(holder(below)), sizes=(450, 260), shares=(1, 0)
        )
