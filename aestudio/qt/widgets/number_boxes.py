"""Editors of numbers: whole ones, and any in any notation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPoint, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QToolTip

from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import Knob
from aestudio.qt import theme
from aestudio.qt.widgets.basics import FocusedWheel, UndoneOutside, pad

INT_LIMIT = 2**31 - 1
FLOAT_LIMIT = 1e12


def numbers_text(values: Iterable[Any]) -> str:
    """As they are typed, in every language: `256, 64`."""
    return ", ".join(float_text(one) if isinstance(one, float) else str(one) for one in values)


class OutsideWarning(QObject):
    """Makes a box red while a number outside of its range stands in it, and says so beside it when Qt takes it back."""

    def __init__(self, box: IntBox | FloatBox) -> None:
        super().__init__(box)
        self._box, self._outside = box, ""
        box.lineEdit().textEdited.connect(self._judge)
        box.valueChanged.connect(lambda: self._mark(""))  # by a step, say
        box.editingFinished.connect(self._tell)

    @Slot(str)
    def _judge(self, text: str) -> None:
        try:
            inside = self._box.minimum() <= float(text.replace(",", ".")) <= self._box.maximum()
        except ValueError:  # no number, or none yet
            inside = True
        self._mark("" if inside else text.strip())

    @Slot()
    def _tell(self) -> None:
        if not self._outside:
            return
        box = self._box
        low, high, value = float_text(box.minimum()), float_text(box.maximum()), float_text(box.value())
        given = self._outside
        self._mark("")
        QToolTip.showText(
            box.mapToGlobal(QPoint(0, box.height())),
            say(
                "{given} is outside of {low} – {high}, so {value} stays.", given=given, low=low, high=high, value=value
            ),
            box,
        )

    def _mark(self, outside: str) -> None:
        if bool(outside) != bool(self._outside):
            self._box.setProperty("invalid", bool(outside))
            theme.polish(self._box)
        self._outside = outside


def _take_typed(box: IntBox | FloatBox) -> None:
    """What was typed is its number before a step is taken from it, or the number before where that was none."""
    if box.lineEdit().isModified():
        box.interpretText()


class IntBox(UndoneOutside, FocusedWheel, QSpinBox):
    """A whole number; steps grow with it, and double on a logarithmic knob."""

    edited = Signal(object)

    def __init__(self, knob: Knob) -> None:
        super().__init__()
        self._log = knob.log
        low = -INT_LIMIT if knob.low is None else math.ceil(knob.low)
        high = INT_LIMIT if knob.high is None else math.floor(knob.high)
        self.setRange(max(low, -INT_LIMIT), min(high, INT_LIMIT))
        if self.maximum() - self.minimum() > 1000:
            self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)
        pad(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._commit)
        self.editingFinished.connect(partial(self.lineEdit().setModified, False))
        OutsideWarning(self)

    def set_value(self, value: Any) -> None:
        if int(value) != self.value():
            with QSignalBlocker(self):
                self.setValue(int(value))

    def _commit(self, value: int) -> None:
        self.edited.emit(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state, _text, _position = super().validate(text, position)
        if state is QValidator.State.Invalid and text.strip().isdecimal():  # too large: to be said, not swallowed
            state = QValidator.State.Intermediate
        return state, text, position

    def stepBy(self, steps: int) -> None:
        _take_typed(self)
        if not self._log:
            super().stepBy(steps)
            return
        value = self.value()
        self.setValue(max(1, value * 2) if steps > 0 else value // 2)


def float_text(value: float) -> str:
    """A number as short as it can be written: 0.0001, 1e-5, 250."""
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return f"{value:.7g}"
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def nice(value: float) -> float:
    """The number of the form 1, 2 or 5 times a power of ten that is nearest below `value` or at it."""
    power = 10.0 ** math.floor(math.log10(value) + 1e-9)
    return next(m for m in (5, 2, 1) if m * power <= value * (1 + 1e-9)) * power


class FloatBox(UndoneOutside, FocusedWheel, QDoubleSpinBox):
    """A number, shown as short as possible and read in any notation; a logarithmic one steps 1, 2, 5, 10 …"""

    edited = Signal(object)

    def __init__(self, knob: Knob) -> None:
        super().__init__()
        self._log = knob.log
        low = -FLOAT_LIMIT if knob.low is None else float(knob.low)
        high = FLOAT_LIMIT if knob.high is None else float(knob.high)
        self._step = nice((high - low) / 50) if high - low < FLOAT_LIMIT else 0.1
        self.setDecimals(12)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        pad(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._commit)
        self.editingFinished.connect(partial(self.lineEdit().setModified, False))
        OutsideWarning(self)

    def set_value(self, value: Any) -> None:
        if not math.isclose(float(value), self.value(), rel_tol=1e-9, abs_tol=1e-12):
            with QSignalBlocker(self):
                self.setValue(float(value))

    def _commit(self, value: float) -> None:
        self.edited.emit(value)

    def textFromValue(self, value: float) -> str:
        return float_text(value)

    def valueFromText(self, text: str) -> float:
        try:
            return float(text.strip().replace(",", "."))
        except ValueError:
            return self.value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        plain = text.strip().replace(",", ".").lower()
        if any(letter not in "0123456789.e+-" for letter in plain):
            return QValidator.State.Invalid, text, position
        try:
            inside = self.minimum() <= float(plain) <= self.maximum()
        except ValueError:
            inside = False
        return (QValidator.State.Acceptable if inside else QValidator.State.Intermediate), text, position

    def stepBy(self, steps: int) -> None:
        _take_typed(self)
        value, end = self.value(), self.maximum() if steps > 0 else self.minimum()
        for _ in range(abs(steps)):
            if value == end:  # the steps of a logarithmic box would grow beyond every number
                break
            value = min(max(self._stepped(value, up=steps > 0), self.minimum()), self.maximum())
        self.setValue(value)
        self.selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self.value() < self.maximum():
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self.value() > self.minimum():
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def _stepped(self, value: float, *, up: bool) -> float:
        if not self._log:
            count = round(value / self._step, 6)
            return (math.floor(count) + 1 if up else math.ceil(count) - 1) * self._step
        least = 1e-6
        if value < least:
            return least if up else self.minimum()
        below = nice(value)
        lead = round(below / 10.0 ** math.floor(math.log10(below) + 1e-9))
        if up:
            return below * (2.5 if lead == 2 else 2)
        if below < value * (1 - 1e-9):
            return below
        lower = below / (2.5 if lead == 5 else 2)
        return lower if lower >= least * 0.999 else self.minimum()
