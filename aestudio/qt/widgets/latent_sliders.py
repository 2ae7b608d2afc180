"""The code as sliders: move a unit and see what the decoder makes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSlider,
    QStackedLayout,
    QStyle,
    QWidget,
)

from aestudio.core.ground.texts import plural, say
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.qt.widgets.basics import FocusedWheel, TextButton, hint, label
from aestudio.qt.widgets.image_pane import ImagePane
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.scatter_pane import ScatterPane, planar

Floats = NDArray[np.float32]

MOST_ROWS = 64
TICKS = 1000
STALE = 0.7
"""Rows are sorted anew once a unit's spread is less than this part of that of one below it."""
HANDLE = 14
"""Width of a slider's handle in the style sheet, borders included."""
BEYOND = 0.1
"""How far a slider reaches beyond the values that were seen, as a part of their span."""
DECODED, LEAST_DECODED = 260, 128
"""Greatest and least width of the decoded image."""


def ranges(codes: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest value of each unit's slider [K] for codes [M, K].

    They reach a little beyond the codes, but not beyond what the activation can give as far as the whole layer shows:
    not below 0 where no code is, not above 1 where all lie in [0, 1], not out of [-1, 1] where none does.
    """
    least, greatest = codes.min(0), codes.max(0)
    span = greatest - least
    flat = span < 1e-6
    low = np.where(flat, least - 0.5, least - BEYOND * span)
    high = np.where(flat, greatest + 0.5, greatest + BEYOND * span)
    lowest, highest = float(least.min()), float(greatest.max())
    if lowest >= -1 and highest <= 1:
        high = np.minimum(high, 1)
        low = np.maximum(low, -1)
    if lowest >= 0:
        low = np.maximum(low, 0)
    return low.astype(np.float32), high.astype(np.float32)


def written(value: float, span: float) -> str:
    """A value to about three digits of the span it lies in, and never “-0”."""
    digits = min(max(2 - math.floor(math.log10(span)), 0), 6) if span > 0 and math.isfinite(span) else 2
    return f"{round(value, digits) + 0.0:.{digits}f}"


def drawn(codes: Floats, generator: np.random.Generator) -> Floats:
    """A code [K] whose units are independent, each with the value that it has for one of the images, from codes [M, K].

    Where codes hold exact zeros, it has as many other units as a randomly chosen image, each as likely as it is often
    active: a code that top-k could give.
    """
    count, size = codes.shape
    active = codes != 0
    if active.all():
        independent: Floats = codes[generator.integers(count, size=size), np.arange(size)]
        return independent
    code, often = np.zeros(size, np.float32), active.mean(0)
    wanted = min(int(active[generator.integers(count)].sum()), int((often > 0).sum()))
    if not wanted:
        return code
    for unit in generator.choice(size, wanted, replace=False, p=often / often.sum()):
        code[unit] = generator.choice(codes[active[:, unit], unit])
    return code


class UnitSlider(FocusedWheel, QSlider):
    """A slider over a unit's range, with a mark where the sample's own value lies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.low, self.high = 0.0, 1.0
        self._own = 0.0
        self.setRange(0, TICKS)
        self.setProperty("role", "plain")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(theme.px(72))

    def set_span(self, low: float, high: float, own: float) -> None:
        """The unit's range and the sample's own value."""
        if (low, high, own) != (self.low, self.high, self._own):
            self.low, self.high, self._own = low, high, own
            self.update()

    def show_number(self, number: float) -> None:
        """Put the handle at a value of the unit, without a signal."""
        with QSignalBlocker(self):
            self.setValue(self._tick(number))

    def number(self) -> float:
        """The value of the unit where the handle is."""
        return self.low + (self.high - self.low) * self.value() / TICKS

    def _tick(self, number: float) -> int:
        return round(min(max((number - self.low) / (self.high - self.low), 0.0), 1.0) * TICKS)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.current().muted), 2))
        room = self.width() - HANDLE
        x = QStyle.sliderPositionFromValue(0, TICKS, self._tick(self._own), room) + HANDLE // 2
        middle = self.height() // 2
        painter.drawLine(x, middle - 6, x, middle + 6)
        painter.end()
        super().paintEvent(event)


class LatentSliders(QWidget):
    """A slider for each of the up to 64 units of the code that vary most, the most varying first.

    A unit that a person moved stays where it was put, whatever sample or training step comes, until Reset;
    while any is held, the order stays and ranges only widen.
    """

    actions_changed = Signal()
    code_changed = Signal(np.ndarray)
    """The whole code [K], float32, in its own order, whenever a person changes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("latentSliders")
        self.setAccessibleName(say("Code sliders"))
        empty = np.zeros(0, np.float32)
        self.low, self.high, self._spread = empty, empty, empty
        self._codes = np.zeros((0, 0), np.float32)
        """Of many images, [M, K]."""
        self._sample, self._code = empty, empty
        self._moved: set[int] = set()
        self._order: list[int] = []
        self.rows: list[tuple[QLabel, UnitSlider, QLabel]] = []
        self._build()

    # -- what comes in -------------------------------------------------------------------------------------------------

    def set_statistics(self, codes: Floats) -> None:
        """The codes [M, K] of many images: they give each unit's range, and the order."""
        codes = np.asarray(codes, np.float32)
        if not len(codes) or not codes.shape[1]:
            return
        mean, spread = codes.mean(0), codes.std(0)
        low, high = ranges(codes)
        if len(low) != len(self.low):
            self._sample, self._code = mean.copy(), mean.copy()
            self._moved = set()
            self._order = []
        elif any(slider.isSliderDown() for _name, slider, _value in self.rows):
            return
        elif self._moved:
            low, high = np.minimum(low, self.low), np.maximum(high, self.high)
        self.low, self.high, self._spread, self._codes = low, high, spread, codes
        if not self._moved and self._is_stale():
            self._order = [int(unit) for unit in np.argsort(-spread, kind="stable")[:MOST_ROWS]]
        self._show_all()

    def set_code(self, code: Floats, force: bool = False) -> None:
        """Another sample's code [K]: the sliders follow, except (without `force`) those that a person moved."""
        code = np.asarray(code, np.float32).ravel()
        if len(code) != len(self.low):
            return
        if force:
            self._moved = set()
        held = {unit: self._code[unit] for unit in self._moved}
        self._sample, self._code = code.copy(), code.copy()
        for unit, value in held.items():
            self._code[unit] = value
        self._show_all()

    def set_decoded(self, image: Floats | None, among: Floats | None = None) -> None:
        """What the decoder makes of the code [C, H, W]; two numbers are a point, drawn among those of others."""
        images = None if image is None else image[None]
        is_point = planar(images)
        self.decoded.setVisible(not is_point)
        self.point.setVisible(is_point)
        self.decoded.set_images(None if is_point else images)
        if images is None or not is_point:
            self.point.canvas.set_points(None)
            return
        x, y = images.ravel().tolist()
        cloud = among.reshape(-1, 2) if among is not None and planar(among) else None
        self.point.canvas.set_points(images.reshape(-1, 2), cloud)
        self.point.canvas.setAccessibleDescription(say("x {x:.3f}, y {y:.3f}", x=x, y=y))

    # -- what can be asked and done ------------------------------------------------------------------------------------

    def values(self) -> Floats:
        """The whole code as it is now [K]."""
        return self._code.copy()

    def units(self) -> Sequence[int]:
        """The units that have a slider, from the top down."""
        return tuple(self._order)

    def moved(self) -> frozenset[int]:
        """The units that a person moved away from the sample."""
        return frozenset(self._moved)

    def slider(self, unit: int) -> UnitSlider:
        """The slider of a unit."""
        return self.rows[self._order.index(unit)][1]

    def move(self, unit: int, value: float) -> None:  # type: ignore[override]
        """Put a unit at a value, as a person would."""
        self._code[unit] = value
        self._moved.add(unit)
        self._changed()

    def reset(self) -> None:
        """Back to the sample's own code."""
        self._moved = set()
        self._code = self._sample.copy()
        self._changed()

    def randomise(self) -> None:
        """A code that none of the images has, and as sparse as theirs."""
        if not self._order:
            return
        self._code = drawn(self._codes, np.random.default_rng())
        self._moved = set(self._order)
        self._changed()

    def clear(self) -> None:
        """Back to the empty sentence."""
        self.low = self.high = self._sample = self._code = np.zeros(0, np.float32)
        self._moved, self._order = set(), []
        self._show_moved()
        self.set_decoded(None)
        self._stack.setCurrentIndex(0)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.decoded = ImagePane(say("Decoded"), say("Move a slider to decode its code"))
        self.decoded.set_caption_visible(False)
        self.point = ScatterPane(say("Decoded"), say("Move a slider to decode its code"))
        self.point.caption.hide()
        self.point.canvas.setToolTip(say("The wheel zooms, dragging pans, a double click or Esc resets"))
        self.point.hide()
        self._summary = label("", "caption", wrap=True)
        self.resetting = Action(
            "reset", "&Reset the code sliders", self.reset, ("Ctrl+R",), "View", 22, icon="reset",
            tip="Back to the sample's own code", possible=lambda: bool(self._moved),
        )  # fmt: skip
        self.reset_button = ActionButton(self.resetting, say("Reset"))
        self._random = TextButton(
            say("Randomise"),
            say("Each unit takes its value in another image; as many are zero as in one of them"),
            icon="dice",
        )
        self._random.clicked.connect(self.randomise)
        self._buttons = buttons = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.reset_button, 1)
        buttons.addWidget(self._random, 1)
        side = in_column(buttons, self._summary, 1)
        self._top = top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        top.setSpacing(theme.GRID)
        for pane in (self.decoded, self.point):
            top.addWidget(pane, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        top.addLayout(side, 1)
        rows = QWidget()
        rows.setProperty("role", "plain")
        self._grid = QGridLayout(rows)
        self._grid.setContentsMargins(0, 0, theme.GRID, 0)
        self._grid.setHorizontalSpacing(theme.GRID)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._grid.setRowStretch(MOST_ROWS, 1)
        area = QScrollArea()
        area.setWidget(rows)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(say("Units of the code"))
        filled = QWidget()
        in_column(top, (area, 1), host=filled)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(
            hint(say("Sliders for the units of the code appear here once there is a model to decode them"))
        )
        self._stack.addWidget(filled)

    def _add_row(self) -> None:
        row = len(self.rows)
        name, slider, value = label("", "caption"), UnitSlider(), label("", "caption")
        name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setMinimumWidth(self.fontMetrics().horizontalAdvance("-0.000"))
        slider.valueChanged.connect(lambda _tick, row=row: self._slid(row))
        for column, widget in enumerate((name, slider, value)):
            self._grid.addWidget(widget, row, column)
        self.rows.append((name, slider, value))

    def _show_all(self) -> None:
        """Put every row at what is held, without a signal."""
        while len(self.rows) < len(self._order):
            self._add_row()
        for row, (name, slider, value) in enumerate(self.rows):
            shown = row < len(self._order)
            for widget in (name, slider, value):
                widget.setVisible(shown)
            if not shown:
                continue
            unit = self._order[row]
            name.setText(str(unit))
            low, high = float(self.low[unit]), float(self.high[unit])
            slider.set_span(low, high, float(self._sample[unit]))
            if not slider.isSliderDown():
                slider.show_number(float(self._code[unit]))
            slider.setAccessibleName(say("Unit {unit}", unit=unit))
            least, most, own = (written(one, high - low) for one in (low, high, float(self._sample[unit])))
            slider.setToolTip(
                say("Unit {unit}: {low} to {high}; this sample has {own}", unit=unit, low=least, high=most, own=own)
            )
            self._show_number(row)
        count = len(self.low)
        self._summary.setText(
            str(
                plural(
                    "{shown} of {count} unit, most varying first",
                    "{shown} of {count} units, most varying first",
                    count,
                    shown=len(self._order),
                )
                if count > len(self._order)
                else plural("{count} unit, most varying first", "{count} units, most varying first", count)
            )
        )
        self._summary.setToolTip(say("The mark on each slider is the sample's own value"))
        self._show_moved()
        self._stack.setCurrentIndex(1 if self._order else 0)

    def _is_stale(self) -> bool:
        """Whether some unit varies much more than one above it: small changes do not shuffle the rows."""
        if not self._order:
            return True
        shown = self._spread[self._order]
        left_out = np.delete(self._spread, self._order)
        later = np.maximum.accumulate(np.append(shown, left_out.max(initial=0))[::-1])[::-1]
        return bool((shown < STALE * later[1:]).any())

    def _show_number(self, row: int) -> None:
        name, _slider, value = self.rows[row]
        unit = self._order[row]
        value.setText(written(float(self._code[unit]), float(self.high[unit] - self.low[unit])))
        for one in (name, value):
            role = "strong" if unit in self._moved else "caption"
            if one.property("role") != role:
                one.setProperty("role", role)
                theme.polish(one)

    def _slid(self, row: int) -> None:
        unit = self._order[row]
        self._code[unit] = self.rows[row][1].number()
        self._moved.add(unit)
        self._show_number(row)
        self._show_moved()
        self.code_changed.emit(self._code.copy())

    def _show_moved(self) -> None:
        if self.reset_button.isEnabled() != self.resetting.can():
            self.reset_button.refresh()
            self.actions_changed.emit()

    def _changed(self) -> None:
        self._show_all()
        self.code_changed.emit(self._code.copy())

    def sizeHint(self) -> QSize:
        return QSize(320, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """The decoded image as large as the column allows, with the buttons beside or below it."""
        gap, button = theme.GRID, self._random.sizeHint().width()
        beside = self.width() >= DECODED + gap + button
        room = min(self.width(), int(0.4 * self.height()))
        side = min(DECODED, max(LEAST_DECODED, room))
        for pane in (self.decoded, self.point):
            pane.setFixedSize(side, side + self.fontMetrics().height() + 4)
        directions = QBoxLayout.Direction
        self._top.setDirection(directions.LeftToRight if beside else directions.TopToBottom)
        in_a_row = not beside and self.width() >= self.reset_button.sizeHint().width() + gap + button
        self._buttons.setDirection(directions.LeftToRight if in_a_row else directions.TopToBottom)
