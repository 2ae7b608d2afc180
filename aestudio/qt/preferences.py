"""Preferences: the language, how trainings are kept and how much room they may take, and what is seen first."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.ground import texts
from aestudio.core.ground.errors import LibraryError, RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.library.catalogue import Library
from aestudio.core.training.every import Every
from aestudio.qt import theme
from aestudio.qt.widgets.basics import TextButton, label

GIB = 2**30


ENGLISH = Text("English")


def own_name(code: str) -> str:
    """What those who speak a language call it; its code where Qt does not know it."""
    if code == texts.ENGLISH:
        return str(ENGLISH)  # Qt says which English
    locale = QLocale(code)
    return locale.nativeLanguageName() if locale.language() != QLocale.Language.C else code


class Preferences(QDialog):
    """Takes effect with OK: the language at once, the rest with the next training."""

    every_changed = Signal(str)
    """How often checkpoints are taken, as the person wrote it."""
    greets_changed = Signal(bool)
    """Whether the start page is shown when the program starts."""
    language_changed = Signal(str)
    """Its code; empty for that of the system."""
    failed = Signal(str)

    def __init__(
        self, every: Every, library: Library | None, language: str = "", parent: QWidget | None = None
    ) -> None:
        """`language` is the one that was chosen here before."""
        super().__init__(parent)
        self.setObjectName("preferences")
        self.setWindowTitle(say("Preferences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(460))
        self._library = library

        self.language = QComboBox()
        self.language.setObjectName("languageChooser")
        self.language.setAccessibleName(say("Language"))
        self.language.addItem(say("As the system"), "")
        for code in texts.languages():
            self.language.addItem(own_name(code), code)
        self.language.setCurrentIndex(max(0, self.language.findData(language)))
        self._before = self.language.currentData()

        self.every = QLineEdit(every.text())
        self.every.setObjectName("checkpointEvery")
        self.every.setAccessibleName(say("Checkpoint every"))
        self.every.setToolTip(say("30s, 5min, 2 epochs or never. One is always taken when a training stops."))
        self.every.textChanged.connect(self._check)
        self.problem = label("", "error", wrap=True)
        self.budget = QDoubleSpinBox()
        self.budget.setObjectName("checkpointBudget")
        self.budget.setAccessibleName(say("Room for checkpoints"))
        self.budget.setRange(0.1, 10_000)
        self.budget.setDecimals(1)
        self.budget.setSuffix(say(" GiB"))
        self.budget.setToolTip(
            say("When it is used up, checkpoints of runs that need them least go first. Models stay.")
        )
        used = label("", "caption")
        self.where = TextButton(say("Open the library's folder"), say("Show it in the file manager"), icon="folder")
        self.where.clicked.connect(self._open_folder)
        for widget in (self.budget, self.where):
            widget.setEnabled(library is not None)
        if library is not None:
            try:
                self.budget.setValue(library.budget / GIB)
                taken = library.checkpoint_bytes() / GIB
                used.setText(say("{taken:.2f} GiB used now · {folder}", taken=taken, folder=library.folder))
                used.setToolTip(str(library.folder))
            except LibraryError as error:
                used.setText(str(error))
        used.setWordWrap(True)

        self.greets = QCheckBox(say("Show the start page when the program starts"))
        self.greets.setObjectName("greets")

        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        fields = QFormLayout()
        fields.setVerticalSpacing(10)
        fields.addRow(say("Checkpoint every"), self.every)
        fields.addRow("", self.problem)
        fields.addRow(say("Room for checkpoints"), self.budget)
        fields.addRow("", used)
        row = QHBoxLayout()
        row.addWidget(self.where)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        spoken = QFormLayout()
        spoken.addRow(say("Language"), self.language)
        column.addLayout(spoken)
        column.addWidget(label(say("How trainings are kept"), "heading"))
        column.addLayout(fields)
        column.addLayout(row)
        column.addWidget(label(say("When the program starts"), "heading"))
        column.addWidget(self.greets)
        column.addWidget(self.buttons)
        self._check()

    @Slot()
    def _check(self) -> None:
        problem = ""
        try:
            Every.from_text(self.every.text())
        except RunError as error:
            problem = str(error)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not problem)

    @Slot()
    def _accept(self) -> None:
        self.every_changed.emit(self.every.text().strip())
        self.greets_changed.emit(self.greets.isChecked())
        if self.language.currentData() != self._before:
            self.language_changed.emit(self.language.currentData())
        if self._library is not None:
            try:
                self._library.budget = round(self.budget.value() * GIB)
                self._library.make_room()
            except LibraryError as error:
                self.failed.emit(str(error))
        self.accept()

    @Slot()
    def _open_folder(self) -> None:
        if self._library is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._library.folder)))
