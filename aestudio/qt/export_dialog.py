"""Export: the model in another program's form, compared with it before the file is put in its place."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QProgressBar,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.export.exporting import check, export
from aestudio.core.export.format import Exported, Format, Snippet
from aestudio.core.export.pieces import Piece
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.model_file import ModelFile
from aestudio.core.parts.slots import knobs, options
from aestudio.qt import theme
from aestudio.qt.forms import SlotForm
from aestudio.qt.intake import file_name
from aestudio.qt.task import Task
from aestudio.qt.widgets.basics import TextButton, label

PART_WORDS: dict[Piece, Text] = {
    "autoencoder": Text("Autoencoder: image in, reconstruction out"),
    "encoder": Text("Encoder: image in, code out"),
    "decoder": Text("Decoder: code in, image out"),
}
FORM, RESULT = 0, 1


class ExportDialog(QDialog):
    """Asks for the format, the part and the place; exports in the background; then shows what was written and how to
    run it.
    """

    def __init__(self, model: ModelFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle(say("Export “{title}”", title=Text(model.run.title)))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 520)
        self._model = model
        self._formats = list(options(Format).values())
        self._folder = Path.home()
        self._exported: Exported | None = None
        self._task = Task(self, asked_for=True)
        self._task.said.connect(self._show_progress)
        self._task.ended.connect(self._end)

        self.formats = QListWidget()
        self.formats.setObjectName("exportFormats")
        self.formats.setAccessibleName(say("Formats"))
        self.formats.setFixedWidth(theme.px(200))
        for format in self._formats:
            item = QListWidgetItem(say(format.title))
            item.setData(Qt.ItemDataRole.UserRole, format.kind)
            item.setSizeHint(QSize(0, 34))
            self.formats.addItem(item)
        self.formats.currentRowChanged.connect(self._choose_format)

        self.about = label("", "muted", wrap=True)
        self.about.setMinimumHeight(theme.px(64))
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.part = QComboBox()
        self.part.setObjectName("exportPart")
        self.part.setAccessibleName(say("Part"))
        self.settings: SlotForm | None = None
        """Of a format that has some: with them the same can be said as on the command line."""
        self.place = QLineEdit()
        self.place.setObjectName("exportPlace")
        self.place.setAccessibleName(say("Where to"))
        self.place.textChanged.connect(self._check)
        self.browse = TextButton(say("Choose…"), say("Choose where it goes"), icon="folder")
        self.browse.clicked.connect(self._browse)
        self.problem = label("", "error", wrap=True)
        self.doing = label("", "caption")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(say("Export progress"))
        self.bar.setTextVisible(False)
        self.start = TextButton(
            say("Export"), say("Write it and compare it with the model"), role="primary", icon="download"
        )
        self.start.setObjectName("exportStart")
        self.start.setDefault(True)
        self.start.clicked.connect(self._start)
        self.cancel = TextButton(
            say("Close"), say("Close. An export that is still running is stopped, and no file is left of it")
        )
        self.cancel.setObjectName("exportCancel")
        self.cancel.clicked.connect(self._cancel)

        self.written = _Result()
        self.written.again.clicked.connect(self._ask_again)
        self.written.done.clicked.connect(self.close)
        self.written.show_folder.clicked.connect(self._show_in_folder)

        self.steps = QStackedWidget()
        self.steps.addWidget(self._form())
        self.steps.addWidget(self.written)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self.steps)
        self._show_idle()
        self.formats.setCurrentRow(0)

    def _form(self) -> QWidget:
        fields = QFormLayout()
        fields.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        fields.setVerticalSpacing(10)
        place = QHBoxLayout()
        place.setSpacing(theme.GRID)
        place.addWidget(self.place, 1)
        place.addWidget(self.browse)
        fields.addRow(say("Part"), self.part)
        fields.addRow(say("Where to"), place)
        self._settings_place = QVBoxLayout()
        right = QVBoxLayout()
        right.setSpacing(theme.GRID)
        right.addWidget(self.about)
        right.addLayout(fields)
        right.addLayout(self._settings_place)
        right.addWidget(self.problem)
        right.addStretch(1)
        right.addWidget(self.doing)
        right.addWidget(self.bar)
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(self.formats)
        across.addLayout(right, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start)
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addLayout(across, 1)
        column.addLayout(buttons)
        return form

    # -- what to export ---------------------------------------------------

    @property
    def working(self) -> bool:
        """Whether an export goes on."""
        return self._task.running

    def choose(self, kind: str) -> None:
        """Selects a format."""
        self.formats.setCurrentRow([format.kind for format in self._formats].index(kind))

    def format(self) -> Format:
        """The format that is selected, with what is chosen for it."""
        kind = self._formats[max(0, self.formats.currentRow())]
        own = self.settings is not None and self.settings.kind is kind
        return kind.model_validate(self.settings.values()) if own and self.settings is not None else kind()

    def path(self) -> Path:
        """Where the export goes."""
        return Path(os.path.expanduser(self.place.text()))

    @Slot(int)
    def _choose_format(self, _row: int) -> None:
        self._show_settings()
        format = self.format()
        self.about.setText(say(type(format).about))
        before = self.part.currentData()
        self.part.clear()
        for part in format.parts:
            self.part.addItem(str(PART_WORDS[part]), part)
        self.part.setCurrentIndex(max(0, self.part.findData(before)))
        self.part.setEnabled(len(format.parts) > 1)
        folder = self.path().parent if self.place.text() else self._folder
        self.place.setText(str(folder / f"{file_name(self._model.run.title)}{format.suffix}"))
        self._check()

    def _show_settings(self) -> None:
        kind = type(self.format())
        if self.settings is not None:
            if self.settings.kind is kind:
                return
            self._settings_place.removeWidget(self.settings)
            self.settings.deleteLater()
            self.settings = None
        if knobs(kind):
            self.settings = SlotForm(kind)
            self._settings_place.addWidget(self.settings)

    @Slot()
    def _check(self) -> None:
        """Says what would go wrong before it does."""
        problem = ""
        inputs = [self._model.place] if self._model.place else []
        if self.part.currentData() is not None:
            try:
                check(self.format(), self.part.currentData(), self.path(), inputs)
            except ExportError as error:
                problem = str(error)
        self._show_problem(problem)
        self.start.setEnabled(not problem and not self._task.running)

    def _show_problem(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    @Slot()
    def _browse(self) -> None:
        format = self.format()
        if format.content:
            name = QFileDialog.getExistingDirectory(self, say("Make the folder in"), str(self.path().parent))
            if name:
                self.place.setText(str(Path(name) / self.path().name))
            return
        kinds = say("{title} ({files})", title=Text(format.title), files=f"*{format.suffix}")
        # The dialog asks before a file is replaced, as everywhere on the desktop.
        name, _ = QFileDialog.getSaveFileName(self, say("Export the model"), str(self.path()), kinds)
        if name:
            path = Path(name)
            self.place.setText(str(path if path.suffix else path.with_suffix(format.suffix)))

    # -- doing it ---------------------------------------------------

    @Slot()
    def _start(self) -> None:
        model, format, path, part = self._model, self.format(), self.path(), self.part.currentData()
        self._show_problem("")
        for widget in (self.formats, self.part, self.place, self.browse, self.start):
            widget.setEnabled(False)
        if self.settings is not None:
            self.settings.setEnabled(False)
        self.cancel.setText(say("Cancel"))
        self.bar.show()
        self.doing.show()
        self._task.start(lambda report: export(model, format, path, part=part, report=report), say("The export"))

    @Slot(str, float)
    def _show_progress(self, doing: str, fraction: float) -> None:
        self.doing.setText(say("{doing}…", doing=doing) if doing else "")
        self.bar.setRange(0, 0 if fraction < 0 else 100)
        self.bar.setValue(round(100 * fraction))

    @Slot(object, str)
    def _end(self, exported: Exported | None, problem: str) -> None:
        self._show_idle()
        if exported is None:
            self._show_problem(problem)
            return
        self._exported = exported
        self.written.tell(exported)
        self.steps.setCurrentIndex(RESULT)

    def _show_idle(self) -> None:
        for widget in (self.formats, self.place, self.browse, self.start):
            widget.setEnabled(True)
        if self.settings is not None:
            self.settings.setEnabled(True)
        self.part.setEnabled(self.part.count() > 1)
        self.cancel.setText(say("Close"))
        self.bar.hide()
        self.doing.hide()

    @Slot()
    def _cancel(self) -> None:
        if self._task.running:
            self._task.cancel()
            self.doing.setText(say("Cancelling…"))
        else:
            self.close()

    # -- afterwards ---------------------------------------------------

    @Slot()
    def _ask_again(self) -> None:
        self.steps.setCurrentIndex(FORM)
        self._check()

    @Slot()
    def _show_in_folder(self) -> None:
        if self._exported is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._exported.path.parent)))

    def reject(self) -> None:  # Esc
        self._cancel()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._task.close(60):
            event.accept()
        else:
            event.ignore()


class _Result(QWidget):
    """What was written, how near it is to the model, and the lines that run it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label("", "title")
        self.path = label("", wrap=True)
        self.path.setObjectName("exportedPath")
        self.path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.parity = label("", wrap=True)
        self.parity.setObjectName("exportedParity")
        self.notes = label("", "muted", wrap=True)
        self.snippets = QTabWidget()
        self.snippets.setAccessibleName(say("How to run it"))
        self.copy = TextButton(say("Copy"), say("Copy these lines"))
        self.copy.clicked.connect(self._copy)
        self.show_folder = TextButton(say("Show in folder"), say("Open the folder that it is in"), icon="folder")
        self.show_folder.setObjectName("exportShowFolder")
        self.again = TextButton(say("Export in another form"), say("Back to the formats"))
        self.done = TextButton(say("Done"), say("Close"), role="primary")
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_folder)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(self.again)
        buttons.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        for widget in (self.title, self.path, self.parity, self.notes):
            column.addWidget(widget)
        column.addWidget(self.snippets, 1)
        column.addStretch(0)
        column.addLayout(buttons)

    def tell(self, exported: Exported) -> None:
        """Shows one export."""
        self.title.setText(say("Exported and compared"))
        self.path.setText(say("{path} · {size}", path=exported.path, size=_size(exported.bytes)))
        self.parity.setText(
            say("Read back and found equal to the model to the last bit.")
            if exported.parity is None
            else say("Largest difference from the model on real held-out images: {most:.2g}", most=exported.parity)
        )
        self.notes.setText("\n".join(exported.notes))
        self.notes.setVisible(bool(exported.notes))
        while self.snippets.count():
            page = self.snippets.widget(0)
            self.snippets.removeTab(0)
            if page is not None:
                page.deleteLater()
        for snippet in exported.snippets:
            self.snippets.addTab(_code(snippet), snippet.language)
        self.snippets.setVisible(bool(exported.snippets))
        self.copy.setVisible(bool(exported.snippets))

    @Slot()
    def _copy(self) -> None:
        page = self.snippets.currentWidget()
        if isinstance(page, QPlainTextEdit):
            QGuiApplication.clipboard().setText(page.toPlainText())


def _code(snippet: Snippet) -> QPlainTextEdit:
    page = QPlainTextEdit(snippet.code)
    page.setReadOnly(True)
    page.setAccessibleName(say("How to run it from {language}", language=snippet.language))
    page.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    page.setFont(theme.fixed())
    return page


def _size(count: int) -> str:
    if count >= 2**20:
        return say("{size:,.1f} MiB", size=count / 2**20)
    return say("{size:,.0f} KiB", size=count / 2**10)
