"""The code as sliders: move a unit and see what the decoder makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from aestudio.core.ground.texts import DOT, Text, listed, say
from aestudio.core.latent.aggregate import Aggregate
from aestudio.core.latent.principal import principal
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.qt.widgets.basics import hint, label
from aestudio.qt.widgets.decoded_code import DecodedCode
from aestudio.qt.widgets.drawn_from import DrawnFrom
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.slider_tools import SliderTools
from aestudio.qt.widgets.traversals import Traversals
from aestudio.qt.widgets.unit_row import UnitRow, UnitRows
from aestudio.qt.widgets.unit_slider import UnitSlider, finest, longest, ranges, within_reach
from aestudio.studio.code_order import MOST, CodeOrder
from aestudio.studio.code_values import CodeValues
from aestudio.studio.held_code import HeldCode

EMPTY = Text("Sliders for the units of the code appear here once there is a model to decode them")
OUT_OF_REACH = Text("Some codes are too large for a slider, or no numbers at all; train again with a lower rate.")
REST = 1.0
"""Seconds, while a training goes on, after which directions are found anew."""


class LatentSliders(QWidget):
    """A slider for each of the up to 64 units of the code that vary most, the most varying first.

    A unit that a person moved stays where it was put, whatever sample or training step comes, until Reset;
    while any is held, the order stays and ranges only widen.
    """

    actions_changed = Signal()
    code_changed = Signal(np.ndarray)
    """The whole code [K], float32, in its own order, whenever a person changes it."""
    unit_moved = Signal(int, float)
    """A unit and the value that a person has put it at."""
    was_reset = Signal()
    """Everything is back at the sample's own code."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("latentSliders")
        self.setAccessibleName(say("Code sliders"))
        self.low = self.high = np.zeros(0, np.float32)
        self.held = HeldCode()
        self.order = CodeOrder()
        self._values = CodeValues(np.zeros((0, 0), np.float32))
        """What says how far sliders go, and in which order they stand."""
        self._late: CodeValues | None = None
        """What came while one was pulled."""
        self._shape: tuple[int, ...] = ()
        self._aimed = 0.0
        """When directions were found."""
        self._longest_number, self._finest = "", 1.0
        self.rows: list[UnitRow] = []
        self._build()
        self.minis = Traversals(self)

    # -- what comes in -------------------------------------------------------------------------------------------------

    def set_statistics(self, codes: Floats, told: Floats | None = None, sample: int | None = None) -> None:
        """The codes [M, K] of many images: they give each unit's range, and the order, unless `told` does: what each
        number tells in nats [K]. `sample` is the one of them to show, as `set_code` does.
        """
        codes = np.asarray(codes, np.float32)
        if not within_reach(codes):
            self.clear()
            self.hint.setText(str(OUT_OF_REACH))
        elif len(codes) and codes.shape[1]:
            if codes.shape[1] != len(self.held):
                self._begin(codes)
            last = self._late or self._values
            many = last.many if codes is last.shown else None  # which are shown again
            self._take_statistics(CodeValues(codes, told, many))
            if sample is not None:
                self.held.take(codes[sample])
            self._aim(REST)
            self._show_all()
            self.minis.refresh()

    def set_aggregate(self, many: Aggregate) -> None:
        """The codes of many images of training, by the same weights as those that came last: now they say how far each
        slider goes, which quantiles it goes through, and the order. Nothing changes where some are out of reach.
        """
        last = self._late or self._values
        if many.codes.shape[1:] == last.shown.shape[1:] and within_reach(many.codes) and within_reach(many.values):
            self._take_statistics(replace(last, many=many))
            self._arranged()

    def _take_statistics(self, values: CodeValues) -> None:
        low, high = ranges(self.held.of.of(values.reach))
        if len(low) != len(self.low):
            pass  # whatever was held is of other units
        elif any(row.slider.isSliderDown() for row in self.rows):
            self._late = values
            return
        elif self.held.moved:
            low, high = np.minimum(low, self.low), np.maximum(high, self.high)
        self.low, self.high, self._values, self._late = low, high, values, None
        self.random.set_codes(values.codes)
        self.order.take(*values.worth(self.held.of))
        self.unused.setText(str(self.order.said_of_unused()))
        self.unused.setVisible(bool(self.order.unused))
        if not self.held.moved and self.order.is_stale():
            self.order.sort()

    def set_shape(self, shape: tuple[int, ...]) -> None:
        """Of the codes that come next: [C, H, W] are named by channel, row and column."""
        self._shape = shape

    def _begin(self, codes: Floats) -> None:
        """The codes of another network."""
        self.held.begin(codes, self._shape, maps=self.maps.isChecked())
        self._aimed = 0.0
        self.maps.setVisible(self.held.numbers.mapped)
        self._forget()

    def _forget(self) -> None:
        """Other units: none is pinned or sought any more."""
        self.low = np.zeros(0, np.float32)
        self._late = None
        self.order.forget()
        self.minis.forget()
        self.animate.setChecked(False)
        with QSignalBlocker(self.search):
            self.search.clear()

    def set_code(self, code: Floats, force: bool = False) -> None:
        """Another sample's code [K]: the sliders follow, except (without `force`) those that a person moved."""
        code = np.asarray(code, np.float32).ravel()
        if len(code) != len(self.held) or not within_reach(code):
            return
        if force:
            self.held.reset()
        self.held.take(code)
        self._aim()
        self._show_all()
        self.minis.refresh()

    def _aim(self, rest: float = 0.0) -> None:
        """Finds directions at the sample's code, unless something is held or it was done within `rest` seconds."""
        held = bool(self.held.moved) or any(row.slider.isSliderDown() for row in self.rows)
        if held or not self.directions.isChecked() or perf_counter() - self._aimed < rest:
            return
        found = principal(self.minis.decode, self._values.shown, self.held.sample)
        if found is not None:
            self.held.turn_to_directions(found)
            self._aimed = perf_counter()
            if len(found.ways) != len(self.low):
                self.order.forget()
            self._take_statistics(self._values)
            self.order.sort()

    def set_decoded(self, image: Floats | None, among: Floats | None = None) -> None:
        """What the decoder makes of the code [C, H, W]; two numbers are a point, drawn among those of others."""
        self._made.show_decoded(image, among)

    # -- what can be asked and done ------------------------------------------------------------------------------------

    def values(self) -> Floats:
        """The whole code as it is now [K]."""
        return self.held.copy()

    def with_unit(self, unit: int, high: bool) -> Floats:
        """The code as it is now [K] with a unit at one end of its slider."""
        return self.held.with_unit(unit, float((self.high if high else self.low)[unit]))

    def units(self) -> Sequence[int]:
        """The units that have a slider, from the top down."""
        return tuple(self.order.units)

    def moved(self) -> frozenset[int]:
        """The units that a person moved away from the sample."""
        return frozenset(self.held.moved)

    def slider(self, unit: int) -> UnitSlider:
        """The slider of a unit."""
        return self.rows[self.order.units.index(unit)].slider

    def move(self, unit: int, value: float) -> None:  # type: ignore[override]
        """Put a unit at a value, as a person would."""
        self.held.move(unit, value)
        self._changed()

    def reset(self) -> None:
        """Back to the sample's own code."""
        self.held.reset()
        self._changed()
        self.was_reset.emit()

    def follow(self, unit: int, value: float) -> None:
        """A unit was put at a value beside these; where there is no such unit, or sliders are for directions, nothing
        happens. It is kept at the top where it had no slider.
        """
        if unit >= len(self.low) or self.held.of is not self.held.numbers:
            return
        if unit not in self.order.units:
            self.pin(unit)
        self.move(unit, value)

    def reset_too(self) -> None:
        """Those beside these were reset."""
        if self.held.moved:
            self.reset()

    def randomise(self) -> None:
        """A code that none of the images has."""
        self.random.draw()

    def put(self, code: Floats) -> None:
        """A code that was drawn."""
        if self.order.units and code.shape == (len(self.held),):
            self.held.draw(code, self.order.units)
            self._changed()

    def clear(self) -> None:
        """Back to the empty sentence."""
        self.high = np.zeros(0, np.float32)
        self.held.clear()
        self._values = CodeValues(np.zeros((0, 0), np.float32))
        self._forget()
        self._show_moved()
        self.set_decoded(None)
        self.hint.setText(str(EMPTY))
        self._stack.setCurrentIndex(0)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._summary = label("", "caption", wrap=True)
        self.resetting = Action(
            "reset", "&Reset the code sliders", self.reset, ("Ctrl+R",), "View", 22, icon="reset",
            tip="Back to the sample's own code", possible=lambda: bool(self.held.moved),
        )  # fmt: skip
        self.reset_button = ActionButton(self.resetting, say("Reset"))
        self.random = DrawnFrom()
        self.random.drawn.connect(self.put)
        self._made = DecodedCode(self.reset_button, self.random, self._summary)
        self.decoded, self.point = self._made.image, self._made.point
        tools = SliderTools(lambda: [row.slider for row in self.rows[: len(self.order.units)]])
        self.search, self.maps, self.animate, self.quantiles = tools.search, tools.maps, tools.animate, tools.quantiles
        self.directions, self.unused = tools.directions, tools.unused
        self.search.textChanged.connect(self._arrange)
        self.unused.toggled.connect(self._arrange)
        self.maps.toggled.connect(self._divide_maps)
        self.directions.toggled.connect(self._turn_directions)
        self.quantiles.toggled.connect(self._show_all)
        self._area = UnitRows(MOST)
        filled = QWidget()
        self._area.verticalScrollBar().valueChanged.connect(lambda: self.minis.refresh())
        in_column(self._made, tools, (self._area, 1), host=filled)
        self._stack = QStackedLayout(self)
        self.hint = hint(str(EMPTY))
        self._stack.addWidget(self.hint)
        self._stack.addWidget(filled)

    def _add_row(self) -> None:
        place = len(self.rows)
        self.minis.add_row()
        row = UnitRow(self._area.grid, place, self.minis.rows[place])
        row.name.clicked.connect(lambda on: self.pin(self.order.units[place], on))
        row.slider.valueChanged.connect(lambda _tick: self._slid(place))
        row.slider.sliderReleased.connect(self._take_late)
        self.rows.append(row)

    def _show_all(self) -> None:
        """Put every row at what is held, without a signal."""
        shown = self.order.units
        while len(self.rows) < len(shown):
            self._add_row()
        of, own, now = self.held.of, self.held.sample_values, self.held.values
        if shown:
            self._finest = finest((self.high - self.low)[shown])
        longest_number = self._longest() if shown else ""
        if longest_number != self._longest_number:
            self._longest_number = longest_number
            self.updateGeometry()
        by_quantiles = bool(shown) and self.quantiles.isChecked()
        through = self._values.quantiles(of, shown) if by_quantiles else None
        for row in self.rows[len(shown) :]:
            row.show_row(False)
        for place, unit in enumerate(shown):
            row = self.rows[place]
            row.show_row(True)
            row.value.longest = longest_number
            row.value.updateGeometry()
            row.show_unit(of.name(unit), of.words(unit), pinned=self.order.is_pinned(unit))
            values = None if through is None else through[:, place]
            row.show_span(float(self.low[unit]), float(self.high[unit]), float(own[unit]), values, self._finest)
            if not row.slider.isSliderDown():
                row.slider.show_number(float(now[unit]))
            row.show_number(float(now[unit]), self._finest, moved=unit in self.held.moved)
        self._summary.setText(str(listed([self.order.said(), *self._values.said()], DOT)))
        self._summary.setToolTip(say("The mark on each slider is the sample's own value"))
        self._show_moved()
        self._stack.setCurrentIndex(1 if len(self.low) else 0)

    def pin(self, unit: int, on: bool = True) -> None:
        """Keeps a unit at the top, or no longer."""
        self.order.pin(unit, on)
        self._arranged()

    def _arrange(self) -> None:
        self.order.folds = not self.unused.isChecked()
        self.order.seek(self.held.of.matching(self.search.text(), MOST) if self.search.text().strip() else None)
        self._arranged()

    def _arranged(self) -> None:
        self._show_all()
        self.minis.refresh()

    def _divide_maps(self, maps: bool) -> None:
        """Sliders for whole maps, or for single numbers."""
        if self.held.numbers.mapped and len(self.held):
            self.held.divide(maps=maps)
            self._divide()

    def _turn_directions(self, on: bool) -> None:
        self.maps.setEnabled(not on)
        if len(self.held):
            self._divide()

    def _divide(self) -> None:
        """Other sliders for the same code: nothing is held any more."""
        self.held.turn_to_numbers()
        values = self._late or self._values
        self._forget()
        self._take_statistics(values)
        self._aim()
        self._arranged()
        self.code_changed.emit(self.held.copy())

    def _longest(self) -> str:
        """The number that takes most room of those that any of the sliders can come to."""
        ends = np.concatenate([self.low[self.order.units], self.high[self.order.units]])
        return longest(ends, self._finest, self.fontMetrics())

    def _slid(self, row: int) -> None:
        unit = self.order.units[row]
        number = self.rows[row].slider.number()
        self.held.move(unit, number)
        self.animate.last = self.rows[row].slider
        self.rows[row].show_number(number, self._finest, moved=True)
        self._show_moved()
        self.code_changed.emit(self.held.copy())
        if self.held.of is self.held.numbers:  # a direction is none of another model
            self.unit_moved.emit(unit, number)

    def _take_late(self) -> None:
        if self._late is not None:
            self._take_statistics(self._late)
            self._arranged()

    def _show_moved(self) -> None:
        if self.reset_button.isEnabled() != self.resetting.can():
            self.reset_button.refresh()
            self.actions_changed.emit()

    def _changed(self) -> None:
        self._show_all()
        self.code_changed.emit(self.held.copy())

    def sizeHint(self) -> QSize:
        return QSize(320, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(theme.px(200), self._area.least_width()), 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._made.make_room(self.width(), self.height())
