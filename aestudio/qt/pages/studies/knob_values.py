"""Which setting a sweep turns and over which values: a list of every number of the run, and a line of values."""

from __future__ import annotations

from math import prod

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import say
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import Number
from aestudio.qt.widgets.number_boxes import numbers_text
from aestudio.studio.studies.knob_values import WIDE, numbers, read_values, title_of, usual


class KnobValues(QObject):
    """Offers values that suit the knob; a person may type others, separated by commas or spaces."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = Run()
        self._pixels = WIDE
        self.knob = QComboBox()
        self.knob.setAccessibleName(say("Setting"))
        self.knob.setToolTip(say("What differs from run to run: any setting that is a number"))
        self.knob.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.values = QLineEdit()
        self.values.setAccessibleName(say("Values"))
        self.values.setToolTip(say("The network is trained with each of these values; write commas between them"))
        self.knob.currentIndexChanged.connect(self._offer)
        self.values.textChanged.connect(self.changed)

    def add_to(self, form: QFormLayout) -> None:
        form.addRow(say("Setting"), self.knob)
        form.addRow(say("Values"), self.values)

    def set_run(self, run: Run, dataset: Dataset | None) -> None:
        """The run whose numbers are offered; a chosen setting and typed values stay where the run has that setting."""
        pixels = prod(dataset.shape) if dataset is not None else self._pixels
        paths = numbers(run)
        same = paths == numbers(self._run) and self.knob.count() > 0
        self._run, self._pixels = run, pixels
        if same:
            return
        before = self.path() if self.knob.count() else ""
        self.knob.blockSignals(True)
        self.knob.clear()
        for path in paths:
            self.knob.addItem(title_of(run, path), path)
        self.knob.setCurrentIndex(max(0, self.knob.findData(before)))
        self.knob.blockSignals(False)
        self._offer()

    def path(self) -> str:
        """Of the setting that is chosen."""
        return str(self.knob.currentData())

    def choose(self, path: str) -> None:
        """Another setting, with values that suit it."""
        self.knob.setCurrentIndex(self.knob.findData(path))

    def chosen(self) -> tuple[Number, ...]:
        """Raises: RunError where there is none, or where the run does not take one of them."""
        return read_values(self.values.text(), self._run, self.path())

    @Slot()
    def _offer(self) -> None:
        self.values.setText(numbers_text(f"{value:g}" for value in usual(self._run, self.path(), self._pixels)))
        self.changed.emit()
