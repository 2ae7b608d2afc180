"""One editor per kind of knob, all alike: `set_value` without a signal, `value`, and `edited(value)` on a change.

`edited` comes when a person commits. None takes the mouse wheel unless it has the focus: a form can be scrolled past.
"""

from __future__ import annotations

from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QWidget,
)

from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import Knob
from aestudio.qt import theme
from aestudio.qt.widgets.basics import FocusedWheel, TextButton, UndoneOutside
from aestudio.qt.widgets.elided import ElidedCombo
from aestudio.qt.widgets.layouts import in_row
from aestudio.qt.widgets.number_boxes import FloatBox, IntBox, float_text, numbers_text


def bare(kind: Any) -> Any:
    """An annotation without its Annotated wrapping and without `| None`."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        members = [bare(one) for one in get_args(kind) if one is not type(None)]
        if len(members) == 1 or (members and all(one is members[0] for one in members)):
            return members[0]
    return kind


def _annotated(field: FieldInfo) -> Any:
    """The type of a field together with its bounds."""
    return Annotated[field.annotation, field]


class Switch(QCheckBox):
    """Yes or no."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.toggled.connect(self._commit)

    def value(self) -> bool:
        return self.isChecked()

    def _commit(self, on: bool) -> None:
        self.edited.emit(on)

    def set_value(self, value: Any) -> None:
        with QSignalBlocker(self):
            self.setChecked(bool(value))


CHROME = 60
"""Pixels of a chooser beside its title: the frame, the padding and the arrow."""


class Choice(FocusedWheel, ElidedCombo):
    """One of a few values, under their own names or under titles."""

    edited = Signal(object)

    def __init__(self, values: dict[Any, str]) -> None:
        super().__init__()
        for value, title in values.items():
            self.addItem(title, value)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setMaxVisibleItems(20)
        self.ensurePolished()  # in the style sheet's font
        widest = max((self.fontMetrics().horizontalAdvance(title) for title in values.values()), default=0)
        self.view().setMinimumWidth(widest + 40)
        self.wanted_width = widest + CHROME
        """Pixels in which every title is seen whole."""
        self.currentIndexChanged.connect(self._chosen)

    def value(self) -> Any:
        return self.currentData()

    def set_value(self, value: Any) -> None:
        values = [self.itemData(index) for index in range(self.count())]
        if value in values:
            with QSignalBlocker(self):
                self.setCurrentIndex(values.index(value))

    def _chosen(self, _index: int) -> None:
        self.edited.emit(self.currentData())


class TextBox(UndoneOutside, QLineEdit):
    """Words, or numbers separated by commas; red and silent while what is written does not fit the knob."""

    edited = Signal(object)

    def __init__(self, knob: Knob, owner: type[BaseModel]) -> None:
        super().__init__()
        self._knob = knob
        self._many = get_origin(bare(knob.type)) in (tuple, list)
        field = owner.model_fields[knob.name]
        self._adapter: TypeAdapter[Any] = TypeAdapter(_annotated(field))
        self._value: Any = None
        self._mistake = ""
        self.textEdited.connect(self._judge)
        self.editingFinished.connect(self._commit)

    def value(self) -> Any:
        """The last value that fitted."""
        return self._value

    def mistake(self) -> str:
        """What is wrong with the text as it is, or nothing."""
        return self._mistake

    def set_value(self, value: Any) -> None:
        value = tuple(value) if isinstance(value, list) else value
        if value == self._value and not self._mistake:
            return
        if value == self._value and self.hasFocus():
            return  # somebody is still typing
        self._value = value
        self.setText(self._written(value))
        self._judge()

    def _written(self, value: Any) -> str:
        if value is None:
            return ""
        if self._many:
            return numbers_text(value)
        return str(value)

    def _read(self) -> Any:
        """Raises: ValueError with a sentence where the text does not fit."""
        text = self.text().strip()
        given: Any = [part.strip() for part in text.split(",") if part.strip()] if self._many else text
        if not text and type(None) in get_args(self._knob.type):
            given = None
        try:
            value = self._adapter.validate_python(given)
        except ValidationError as error:
            raise ValueError(self._sentence(error)) from error
        numbers = [one for one in value if isinstance(one, int | float)] if self._many else []
        low, high = self._knob.low, self._knob.high
        for one in numbers:
            if (low is not None and one < low) or (high is not None and one > high):
                raise ValueError(say("{value} is outside {range}.", value=one, range=range_text(self._knob)))
        return value

    def _sentence(self, error: ValidationError) -> str:
        first = error.errors(include_url=False)[0]
        own = first.get("ctx", {}).get("error") if first["type"] == "value_error" else None
        said, given = own or first["msg"], first["input"]
        if self._many and first["type"] == "int_parsing":
            return say("“{given}” is not a whole number; write them like 256, 64.", given=given)
        if self._many and first["loc"]:
            return say("{problem}: “{given}”.", problem=said, given=given)
        return say("{problem}.", problem=said)

    def _judge(self) -> None:
        try:
            self._read()
            mistake = ""
        except ValueError as error:
            mistake = str(error)
        if bool(mistake) != bool(self._mistake):
            self.setProperty("invalid", bool(mistake))
            theme.polish(self)
        self._mistake = mistake
        if mistake:
            self.setToolTip(mistake)
        else:
            self.setToolTip(tooltip(self._knob))

    def _commit(self) -> None:
        self._judge()
        if self._mistake:
            return
        value = self._read()
        if value != self._value:
            self._value = value
            self.edited.emit(value)
        self.setText(self._written(value))


class PathBox(QWidget):
    """A file or folder, typed or browsed for. A knob whose name speaks of a folder browses for one."""

    edited = Signal(object)

    def __init__(self, knob: Knob, owner: type[BaseModel]) -> None:
        super().__init__()
        self._folder = any(word in f"{knob.name} {knob.label}".lower() for word in ("folder", "directory"))
        self._label = say(knob.label)
        self.text = TextBox(knob, owner)
        self.text.setClearButtonEnabled(True)
        self.browse = TextButton(say("Browse…"), say("Choose “{label}”", label=self._label))
        self.setFocusProxy(self.text)
        in_row((self.text, 1), self.browse, host=self, spacing=theme.GRID // 2)
        self.text.edited.connect(self.edited)
        self.browse.clicked.connect(self._browse)

    def value(self) -> Any:
        return self.text.value()

    def set_value(self, value: Any) -> None:
        self.text.set_value(value)

    def _browse(self) -> None:
        here = str(self.text.value() or Path.home())
        if self._folder:
            chosen = QFileDialog.getExistingDirectory(self, self._label, here)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, self._label, here)
        if chosen:
            self.text.setText(chosen)
            self.text.editingFinished.emit()


Editor = IntBox | FloatBox | Switch | Choice | TextBox | PathBox


def editor(knob: Knob, owner: type[BaseModel]) -> Editor:
    """The editor for a knob of a slot class, holding the knob's default."""
    kind = bare(knob.type)
    made: Editor
    if values := knob.choices:
        made = Choice({value: say(str(value)) for value in values})
    elif kind is bool:
        made = Switch()
    elif kind is int:
        made = IntBox(knob)
    elif kind is float:
        made = FloatBox(knob)
    elif isinstance(kind, type) and issubclass(kind, Path):
        made = PathBox(knob, owner)
    else:
        made = TextBox(knob, owner)
    if knob.default is not None:
        made.set_value(knob.default)
    made.setObjectName(knob.name)
    made.setToolTip(tooltip(knob))
    made.setAccessibleName(str(knob.title))
    made.setAccessibleDescription(tooltip(knob))
    return made


def range_text(knob: Knob) -> str:
    """The allowed range in words, or nothing."""
    if knob.low is not None and knob.high is not None:
        return say("{low} – {high}", low=float_text(knob.low), high=float_text(knob.high))
    if knob.low is not None:
        return say("at least {low}", low=float_text(knob.low))
    return say("at most {high}", high=float_text(knob.high)) if knob.high is not None else ""


def tooltip(knob: Knob) -> str:
    """What the knob does, what changes where it is raised, its range, and whether it may be changed while training."""
    span, unit = range_text(knob), Text(knob.unit)
    ranged = say("Range: {range} {unit}" if knob.unit else "Range: {range}", range=span, unit=unit) if span else ""
    live = say("Can be changed while training.") if knob.live else ""
    raised = say("Raise it: {change}", change=Text(knob.raised)) if knob.raised else ""
    return "\n".join(line for line in (say(knob.tip), raised, ranged, live) if line)
