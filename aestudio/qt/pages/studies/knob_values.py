"""Which setting a sweep turns and over which values: a list of every number of the run, and a line of values."""

from __future__ import annotations

import re
from math import inf, prod

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import knobs
from aestudio.core.run.run import SLOTS, Run
from aestudio.core.theory.knobs import CODE_SIZE, Number, code_size_path, number_knob, spread, with_number
from aestudio.qt.widgets.number_boxes import numbers_text

COUNT = 6
WIDE = 128
"""The largest code size that is offered unasked; larger ones can be typed."""
AROUND = 10.0
"""Offered values reach from the setting's own one divided by this to it multiplied."""


class KnobValues(QWidget):
    """Offers values that suit the knob; a person may type others, separated by commas or spaces."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = Run()
        self._pixels = WIDE
        self.knob = QComboBox()
        self.knob.setAccessibleName(say("Setting"))
        self.knob.setToolTip(say("What differs from run to run: any setting that is a number"))
        self.knob.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.values = QLineEdit()
        self.values.setAccessibleName(say("Values"))
        self.values.setToolTip(say("One run is trained with each of these values; separate them by commas"))
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(say("Setting"), self.knob)
        form.addRow(say("Values"), self.values)
        self.knob.currentIndexChanged.connect(self._offer)
        self.values.textChanged.connect(self.changed)

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
            self.knob.addItem(_title(run, path), path)
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
        found: list[Number] = []
        for text in re.split(r"[\s,;]+", self.values.text().strip(" ,;")):
            try:
                value = float(text)
            except ValueError:
                if not text:
                    raise RunError("Write some values.") from None
                raise RunError("{text!r} is not a number; write values separated by commas.", text=text) from None
            found.append(int(value) if value.is_integer() else value)
            with_number(self._run, self.path(), found[-1])
        return tuple(dict.fromkeys(found))

    @Slot()
    def _offer(self) -> None:
        self.values.setText(numbers_text(f"{value:g}" for value in usual(self._run, self.path(), self._pixels)))
        self.changed.emit()


def numbers(run: Run) -> list[str]:
    """The paths of all settings of a run that are numbers: the code size first, those of the data left out."""
    found = []
    try:
        code_size_path(run)
        found.append(CODE_SIZE)
    except RunError:
        pass
    slots = {path: slot for path, slot in run.slots().items() if path != "data"}
    special_first = sorted(slots, key=lambda path: path in SLOTS)
    for head, owner in (*((f"{path}.", slots[path]) for path in special_first), ("", run)):
        for name in knobs(owner):
            try:
                number_knob(run, head + name)
            except RunError:
                continue
            if not (found[:1] == [CODE_SIZE] and head + name == code_size_path(run)):
                found.append(head + name)
    return found


def usual(run: Run, path: str, pixels: int) -> tuple[Number, ...]:
    """Values that suit a setting: around its own one, or over its range where that is 0."""
    knob = number_knob(run, path)
    low, high = knob.low, knob.high
    if path == CODE_SIZE:
        least: Number = max(2, run.code.least_units)
        return spread(run, path, COUNT, least, max(2 * least, min(WIDE, pixels // 2)), logarithmic=True)
    own = run.value(path)
    own = own[-1] if isinstance(own, tuple) else own
    if not own > 0:
        try:
            return spread(run, path, COUNT, logarithmic=knob.log and bool(low))
        except RunError:
            return (own,)
    least, most = (low if low is not None else -inf), (high if high is not None else inf)
    rounded = (
        float(f"{value:.3g}") if knob.type is float else round(value)
        for value in np.geomspace(own / AROUND, own * AROUND, COUNT - 1).tolist()
    )
    return tuple(dict.fromkeys(min(max(value, least), most) for value in rounded))


def _title(run: Run, path: str) -> str:
    if path == CODE_SIZE:
        return say("Code size")
    head, _, _name = path.rpartition(".")
    label = Text(number_knob(run, path).label)
    return say("{owner}: {knob}", owner=Text(run.slots()[head].title), knob=label) if head else str(label)
