"""One run in words: the person's note, and the facts."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from aestudio.core.ground.texts import Text, known, listed, say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.widgets.basics import label
from aestudio.studio.runs.words import NONE, date, duration, images, score, steps_done, variant

PAUSE_MS = 1000
"""A note is saved when nothing was typed for so long."""
NOTE_LINES = 4


class NoteBox(QPlainTextEdit):
    """A note that saves itself: after a pause, and whenever the person goes elsewhere."""

    written = Signal(int, str)
    """A run's number and its note, as the person left it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runNote")
        self.setAccessibleName(say("Note"))
        self.setPlaceholderText(say("Write down what you want to remember of this run; it is saved by itself"))
        self.setTabChangesFocus(True)
        self.setFixedHeight(NOTE_LINES * self.fontMetrics().lineSpacing() + 20)
        self._number: int | None = None
        self._saved = ""
        self.pause = QTimer(self)
        self.pause.setSingleShot(True)
        self.pause.setInterval(PAUSE_MS)
        self.pause.timeout.connect(self.save)
        self.textChanged.connect(self.pause.start)

    def show_note(self, run: Summary | None) -> None:
        """A run's note; what is being typed into the same run's stays."""
        number = None if run is None else run.id
        note = "" if run is None else run.note
        if number != self._number:
            self.save()
            self._number = number
        elif self.toPlainText() != self._saved or note == self._saved:
            return
        self._saved = note
        self.setPlainText(note)
        self.pause.stop()

    @Slot()
    def save(self) -> None:
        """Says what was written, where that is not said yet."""
        self.pause.stop()
        text = self.toPlainText()
        if self._number is not None and text != self._saved:
            self._saved = text
            self.written.emit(self._number, text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.save()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.save()


class RunAbout(QScrollArea):
    """The note and the facts of one run, in two columns that can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runAbout")
        self.setAccessibleName(say("About the run"))
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.note = NoteBox()
        self._values: dict[Text, QLabel] = {}
        body = QWidget()
        body.setProperty("role", "plain")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, theme.GRID, theme.GRID, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(label(say("Note"), "heading"))
        column.addWidget(self.note)
        column.addSpacing(theme.GRID // 2)
        column.addWidget(label(say("Facts"), "heading"))
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(2 * theme.GRID)
        self._form.setVerticalSpacing(5)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addLayout(self._form)
        column.addStretch(1)
        self.setWidget(body)

    def show_run(self, run: Summary | None, parent_title: str = "") -> None:
        """`parent_title` is that of the run that it was trained again from."""
        self.note.show_note(run)
        if run is not None:
            for name, said in facts(run, parent_title).items():
                self._value(name).setText(said or NONE)

    def fact(self, name: str) -> str:
        """What is written beside a name, which is the English one."""
        value = self._values.get(Text(name))
        return "" if value is None else value.text()

    def _value(self, name: Text) -> QLabel:
        if name not in self._values:
            value = label("", wrap=True)
            value.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            value.setAccessibleName(str(name))
            self._values[name] = value
            self._form.addRow(label(str(name), "muted"), value)
        return self._values[name]


def facts(run: Summary, parent_title: str = "") -> dict[Text, str]:
    """What is known of a run, in words by name; the same names for every run."""
    again = f"#{run.parent} {parent_title}".strip() if run.parent is not None else ""
    checkpoint = ""
    if run.checkpoint_step is not None:
        checkpoint = say("step {step:,}, {size:,.1f} MiB", step=run.checkpoint_step, size=run.checkpoint_bytes / 2**20)
    return {
        Text("Number"): f"#{run.id}",
        Text("Held-out PSNR"): score(run, None, "") if run.psnr is None else say("{psnr:.2f} dB", psnr=run.psnr),
        Text("Held-out objective"): score(run, run.objective, ".6g"),
        Text("Trained for"): steps_done(run),
        Text("Weights of epoch"): "" if run.kept_epoch is None else f"{run.kept_epoch:,}",
        Text("Time spent"): duration(run.seconds),
        Text("Last trained"): date(run.updated),
        Text("Started"): date(run.created),
        Text("Data"): str(listed([Text(run.data), images(run.shape)])),
        Text("Data fingerprint"): run.fingerprint[:12],
        Text("Network"): say(run.network),
        Text("Variant"): str(variant(run)),
        Text("Parameters"): f"{run.parameters:,}",
        Text("Seed"): f"{run.seed:,}",
        Text("Device"): str(known(run.device)),
        Text("Machine"): run.machine,
        Text("Checkpoint"): checkpoint,
        Text("Trained again from"): again,
    }
