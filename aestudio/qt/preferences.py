"""Preferences: how everything looks, how trainings are kept and how much room they may take, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from aestudio.core.cluster.address import EXAMPLE, checked
from aestudio.core.ground import folders, texts
from aestudio.core.ground.cores import cores
from aestudio.core.ground.errors import ClusterError, LibraryError, RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.library.catalogue import Library
from aestudio.core.library.moments import BUDGET, give_room_for_moments, room_for_moments
from aestudio.core.training.every import Every
from aestudio.qt import theme
from aestudio.qt.display import COLOURS, SCALES, UNITS, display
from aestudio.qt.patient import Patient
from aestudio.qt.widgets.basics import TextButton, label, pad
from aestudio.qt.widgets.layouts import count_box, in_column, in_row

GIB, MIB = 2**30, 2**20


ENGLISH = Text("English")
THEMES: dict[theme.ThemeMode, Text] = {
    "system": Text("As the system"),
    "light": Text("Light"),
    "dark": Text("Dark"),
}


def own_name(code: str) -> str:
    """What those who speak a language call it; its code where Qt does not know it."""
    if code == texts.ENGLISH:
        return str(ENGLISH)  # Qt says which English
    locale = QLocale(code)
    return locale.nativeLanguageName() if locale.language() != QLocale.Language.C else code


class Preferences(QDialog):
    """Takes effect with OK: how things look at once, the rest with the next training."""

    every_changed = Signal(str)
    """How often checkpoints are taken, as the person wrote it."""
    scheduler_changed = Signal(str)
    """The address of a cluster's scheduler; empty for none."""
    jobs_changed = Signal(int)
    """How many runs of a study train at the same time on this machine."""
    greets_changed = Signal(bool)
    """Whether the start page is shown when the program starts."""
    language_changed = Signal(str)
    """Its code; empty for that of the system."""
    theme_changed = Signal(str)

    def __init__(
        self,
        every: Every,
        library: Library | None,
        language: str = "",
        parent: QWidget | None = None,
        *,
        device: str = "",
        patient: Patient | None = None,
    ) -> None:
        """`language` is the one that was chosen here before, `device` says where training runs; `patient` outlives the
        dialog.
        """
        super().__init__(parent)
        self.setObjectName("preferences")
        self.setWindowTitle(say("Preferences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(460))
        self._library = library
        self._patient = patient or Patient(self)
        self.looks = Looks(language)
        self.language = self.looks.language
        self._language_before = self.language.currentData()
        self.every = QLineEdit(every.text())
        self.problem = label("", "error", wrap=True)
        self.scheduler = QLineEdit()
        tip = say(
            "Runs of a study, and pictures of a folder, each in a process of its own on this computer, which shares "
            "its cores among them"
        )
        self.jobs = count_box(1, cores(), 1, say("Runs or pictures at the same time"), tip)
        self.no_cluster = label("", "error", wrap=True)
        self.budget = QDoubleSpinBox()
        tip = say("Snapshots of a training to go back to; 0 keeps none. They thin out when it is used up.")
        self.snapshots: QSpinBox = count_box(0, 1_000_000, BUDGET // MIB, say("Snapshots of each run"), tip)
        self.greets = QCheckBox(say("Show the start page when the program starts"))
        self.greets.setObjectName("greets")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("preferenceTabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.looks, say("Looks"))
        self.tabs.addTab(self._trainings(device), say("Trainings"))
        self.tabs.addTab(_places(None if library is None else library.folder), say("Folders"))
        margin = 2 * theme.GRID
        in_column((self.tabs, 1), self.greets, self.buttons, host=self).setContentsMargins(*[margin] * 4)
        self._check()

    def _trainings(self, device: str) -> QWidget:
        """How they are kept, and where they run."""
        self.every.setObjectName("checkpointEvery")
        self.every.setAccessibleName(say("Checkpoint every"))
        self.every.setToolTip(say("30s, 5min, 2 epochs or never. One is always taken when a training stops."))
        self.every.textChanged.connect(self._check)
        self.budget.setObjectName("checkpointBudget")
        self.budget.setAccessibleName(say("Room for checkpoints"))
        self.budget.setRange(0.1, 10_000)
        pad(self.budget)
        self.budget.setDecimals(1)
        self.budget.setSuffix(say(" GiB"))
        self.budget.setToolTip(
            say("When it is used up, checkpoints of runs that need them least go first. Models stay.")
        )
        self.snapshots.setObjectName("snapshotBudget")
        self.snapshots.setSuffix(say(" MiB"))
        for box in (self.budget, self.snapshots):
            box.setEnabled(self._library is not None)
        used = label("", "caption", wrap=True)
        if self._library is not None:
            try:
                self.budget.setValue(self._library.budget / GIB)
                self.snapshots.setValue(round(room_for_moments(self._library) / MIB))
                used.setText(say("{taken:.2f} GiB used now", taken=self._library.checkpoint_bytes() / GIB))
            except LibraryError as error:
                used.setText(str(error))
        made = QWidget()
        fields = _form(made)
        fields.addRow(say("Checkpoint every"), self.every)
        fields.addRow("", self.problem)
        fields.addRow(say("Room for checkpoints"), self.budget)
        fields.addRow("", used)
        fields.addRow(self.snapshots.accessibleName(), self.snapshots)
        self.jobs.setObjectName("studyJobs")
        fields.addRow(self.jobs.accessibleName(), self.jobs)
        self.scheduler.setObjectName("scheduler")
        self.scheduler.setPlaceholderText(EXAMPLE)
        self.scheduler.setAccessibleName(say("Dask scheduler"))
        self.scheduler.setToolTip(
            say(
                "Studies and batches are spread over the workers of this scheduler. Where it is empty, this computer "
                'does the work. It needs pip install "aestudio[cluster]".'
            )
        )
        self.scheduler.textChanged.connect(self._check)
        fields.addRow(self.scheduler.accessibleName(), self.scheduler)
        fields.addRow("", self.no_cluster)
        if device:
            fields.addRow(say("Training runs on"), label(device, wrap=True))
        return made

    @Slot()
    def _check(self) -> None:
        problem = no_cluster = ""
        try:
            Every.from_text(self.every.text())
        except RunError as error:
            problem = str(error)
        try:
            if self.scheduler.text().strip():
                checked(self.scheduler.text())
        except ClusterError as error:
            no_cluster = str(error)
        for shown, said in ((self.problem, problem), (self.no_cluster, no_cluster)):
            shown.setText(said)
            shown.setVisible(bool(said))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not problem and not no_cluster)
        QTimer.singleShot(0, self, self._make_room)  # when they are laid out

    @Slot()
    def _make_room(self) -> None:
        """Sentences that wrap are seen whole: a dialog that is open does not grow by itself."""
        layout = self.layout()
        if self.isVisible() and layout is not None:
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    @Slot()
    def _accept(self) -> None:
        self.hide()  # else it is seen half dressed in another size while the window takes that on
        self.every_changed.emit(self.every.text().strip())
        self.scheduler_changed.emit(self.scheduler.text().strip())
        self.jobs_changed.emit(self.jobs.value())
        self.greets_changed.emit(self.greets.isChecked())
        if self.looks.theme.currentData() != theme.mode():
            self.theme_changed.emit(self.looks.theme.currentData())
        display().choose(**self.looks.choices())
        if self.language.currentData() != self._language_before:
            self.language_changed.emit(self.language.currentData())
        if self._library is not None:
            checkpoints, moments = round(self.budget.value() * GIB), self.snapshots.value() * MIB

            def give_room(library: Library) -> None:
                library.budget = checkpoints
                give_room_for_moments(library, moments)
                library.make_room()

            self._patient.want(self._library, give_room, lambda _: None, self._patient.failed.emit)
        self.accept()


class Looks(QWidget):
    """Language, light or dark, size, and how numbers are drawn."""

    def __init__(self, language: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        languages = {"": say("As the system")} | {code: own_name(code) for code in texts.languages()}
        self.language = _chooser("languageChooser", say("Language"), languages, language)
        self.theme = _chooser("themeChooser", say("Theme"), THEMES, theme.mode())
        sizes = {percent: say("{percent} %", percent=percent) for percent in SCALES}
        self.scale = _chooser("scaleChooser", say("Size of everything"), sizes, display().scale)
        self.colours = _chooser("coloursChooser", say("Colours of filters"), COLOURS, display().colours)
        self.unit = _chooser("unitChooser", say("Losses"), UNITS, display().per_pixel)
        tip = say("How strongly loss curves are smoothed; 0 % draws every value as it was measured")
        self.smoothing: QSpinBox = count_box(0, 99, display().smoothing, say("Smoothing of losses"), tip)
        self.smoothing.setObjectName("smoothingBox")
        self.smoothing.setSuffix(say(" %"))
        fields = _form(self)
        for widget in (self.language, self.theme, self.scale, self.colours, self.unit, self.smoothing):
            fields.addRow(widget.accessibleName(), widget)

    def choices(self) -> dict[str, Any]:
        """As `Display.choose` takes them."""
        return {
            "scale": self.scale.currentData(),
            "colours": self.colours.currentData(),
            "per_pixel": self.unit.currentData(),
            "smoothing": self.smoothing.value(),
        }


def _chooser(name: str, words: str, choices: dict[Any, Any], chosen: Any) -> QComboBox:
    """One of some values, each with what it is called; the first where what was chosen is none of them."""
    made = QComboBox()
    made.setObjectName(name)
    made.setAccessibleName(words)
    for value, said in choices.items():
        made.addItem(str(said), value)
    made.setCurrentIndex(max(0, made.findData(chosen)))
    return made


def _form(host: QWidget) -> QFormLayout:
    made = QFormLayout(host)
    made.setVerticalSpacing(theme.GRID)
    made.setContentsMargins(0, 2 * theme.GRID, 0, theme.GRID)
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return made


def _places(library: Path | None) -> QWidget:
    """What lies where, each with a button that opens its folder."""
    made = QWidget()
    fields = _form(made)
    for said, where in (
        (say("Trainings"), library or folders.library()),
        (say("Downloaded data"), folders.datasets()),
        (say("Your own recipes"), folders.recipes()),
        (say("These preferences"), folders.settings().parent),
    ):
        path = QLineEdit(str(where))
        path.setReadOnly(True)
        path.setCursorPosition(0)
        path.setAccessibleName(said)
        path.setToolTip(str(where))
        opener = TextButton(say("Open"), say("Show it in the file manager"), icon="folder")
        opener.setEnabled(where.is_dir())
        opener.clicked.connect(lambda _=False, where=where: QDesktopServices.openUrl(QUrl.fromLocalFile(str(where))))
        fields.addRow(said, in_row((path, 1), opener))
    return made
