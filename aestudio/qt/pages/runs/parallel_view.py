"""Parallel coordinates: a line for each run across the axes; parts of axes say which runs are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import DOT, listed
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.widgets.painted import PADDING, Painted, arrows
from aestudio.qt.widgets.sharing import Rows
from aestudio.studio.runs.parallel import Axis, Range, within

NARROW = 62
"""Pixels that an axis has at least; of more axes than fit, those at the left stay, and the scores."""
REACH = 14
"""Pixels beside an axis at which a drag takes a part of it."""
NEAR = 7
"""Pixels from a line at which the pointer means it."""
STEP, FIRST = 0.1, (0.8, 1.0)
"""How far a key moves a part of an axis, and where it begins."""
TICK = 5

State = tuple[int, Range | None]
"""The axis of the keyboard, and the part of it."""


class ParallelView(Painted):
    """A drag along an axis takes a part of it, a click there gives it free, a double click gives all free; a click on
    a line means its run. With keys: Left and Right go to another axis, Up and Down move the part, + and - resize it.
    """

    changed = Signal()
    """Other runs lie in the parts of the axes."""
    read = Signal(str)
    """What is under the pointer: a run, the name of an axis, a value that is cut off; empty where there is nothing."""
    asked = Signal(list)
    """list[int]: places in the list of the runs that were meant."""

    def __init__(self, empty: str, parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(empty, parent, name=name)
        self._all: list[Axis] = []
        self._names: list[str] = []
        self.parts: dict[str, Range] = {}
        """Of which axes, by their paths, which parts were taken."""
        self.current = 0
        self.marked: int | None = None
        """The run under the pointer."""
        self._read = ""
        self.setMouseTracking(True)
        self.sharing.give(self._numbers)
        self.own = (
            *arrows(self._beside, self._take),
            Action("widenPart", "Look at more of the axis", lambda: self._resize(STEP), ("+",), possible=self._taken),
            Action("narrowPart", "Look at less of the axis", lambda: self._resize(-STEP), ("-",), possible=self._taken),
            Action("freePart", "Look at the whole axis", self._free, ("Del",), possible=self._taken),
            Action(
                "chooseWithin", "Choose the runs that are left", self.ask, ("Enter", "Return"),
                possible=lambda: bool(self.parts) and any(self.left()),
            ),
        )  # fmt: skip

    def show_axes(self, axes: Sequence[Axis], names: Sequence[str]) -> None:
        """These axes of the runs of these names; parts of axes that are still there stay."""
        self._all, self._names = list(axes), list(names)
        self.parts = {path: part for path, part in self.parts.items() if any(one.path == path for one in axes)}
        self._stay()
        self.marked, self._read = None, ""
        self.changed.emit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stay()

    def _stay(self) -> None:
        """The axis of the keyboard is one that there is room for."""
        self.current = min(self.current, max(0, len(self.axes()) - 1))

    def axes(self) -> list[Axis]:
        """Those that there is room for."""
        room = max(2, int((self.width() - 2 * PADDING) // theme.px(NARROW)))
        if len(self._all) <= room:
            return self._all
        return [*self._all[: room - 1], self._all[-1]]

    def left(self) -> list[bool]:
        """Of each run, whether it lies in all parts that were taken."""
        return within(self._all, self.parts, len(self._names))

    def ask(self) -> None:
        """Means the runs that are left."""
        self.asked.emit([place for place, there in enumerate(self.left()) if there])

    def is_filled(self) -> bool:
        return bool(self._all) and len(self._names) > 1

    # -- where things lie ----------------------------------------------------------------------------------------------

    def _room(self) -> QRectF:
        line = self.fontMetrics().height()
        side = theme.px(NARROW) / 2 + PADDING
        return QRectF(self.rect()).adjusted(side, 2 * line + 2 * PADDING, -side, -line - PADDING)

    def x_of(self, axis: int) -> float:
        """Where an axis stands."""
        room, count = self._room(), len(self.axes())
        return room.left() + room.width() * (axis / (count - 1) if count > 1 else 0.5)

    def y_of(self, place: float) -> float:
        """Where a place of any axis is, 1 at the top."""
        room = self._room()
        return room.bottom() - place * room.height()

    def _place_at(self, y: float) -> float:
        room = self._room()
        return min(1.0, max(0.0, (room.bottom() - y) / max(1.0, room.height())))

    def _axis_at(self, x: float) -> int | None:
        near = min(range(len(self.axes())), key=lambda axis: abs(self.x_of(axis) - x))
        return near if abs(self.x_of(near) - x) <= REACH else None

    def _run_at(self, at: QPointF) -> int | None:
        """The run whose line is nearest."""
        found, best = None, float(NEAR)
        shown = self.axes()
        for left in range(len(shown) - 1):
            x, right = self.x_of(left), self.x_of(left + 1)
            if not x <= at.x() <= right:
                continue
            part = (at.x() - x) / (right - x)
            for run, there in enumerate(self.left()):
                one, other = shown[left].places[run], shown[left + 1].places[run]
                if there and one is not None and other is not None:
                    away = abs(self.y_of(one + part * (other - one)) - at.y())
                    if away < best:
                        found, best = run, away
        return found

    # -- mouse ---------------------------------------------------------------------------------------------------------

    def press(self, at: QPointF) -> tuple[int, float] | None:
        axis = self._axis_at(at.x())
        return None if axis is None else (axis, self._place_at(at.y()))

    def drag(self, held: tuple[int, float] | None, at: QPointF, moved: QPointF) -> None:
        if held is not None:
            axis, start = held
            now = self._place_at(at.y())
            self._take((axis, (min(start, now), max(start, now))))

    def click(self, at: QPointF) -> None:
        axis = self._axis_at(at.x())
        if axis is not None and self.axes()[axis].path in self.parts:
            self.current = axis
            self._free()
        elif (run := self._run_at(at)) is not None:
            self.asked.emit([run])
        elif axis is not None:
            self._take((axis, None))

    def hover(self, at: QPointF) -> None:
        run = self._run_at(at) if self.is_filled() else None
        if run != self.marked:
            self.marked = run
            self.update()
        said = self._cut_at(at) or (self._name_at(at) if run is None else self._names[run])
        if said != self._read:
            self._read = said
            self.read.emit(said)

    def _name_at(self, at: QPointF) -> str:
        """The axis whose name is there, which may be cut off, and its path; empty elsewhere."""
        if not self.is_filled() or at.y() >= self._room().top():
            return ""
        upper = at.y() < PADDING + self.fontMetrics().height()
        shown = self.axes()
        axis = shown[min(range(upper, len(shown), 2), key=lambda one: abs(self.x_of(one) - at.x()))]
        return str(listed(dict.fromkeys([axis.name, axis.path]), DOT))

    def _cut_at(self, at: QPointF) -> str:
        """The whole of a value that is cut off there; empty elsewhere."""
        written = (one for axis in range(len(self.axes())) for one in self._values(axis)) if self.is_filled() else ()
        return next((whole for box, shown, whole in written if shown != whole and box.contains(at)), "")

    def show_all(self) -> None:
        """Gives all axes free."""
        if self.parts:
            self.parts = {}
            self._tell()

    # -- keys ----------------------------------------------------------------------------------------------------------

    def _beside(self, right: int, down: int) -> State | None:
        if not self.is_filled():
            return None
        if right:
            there = self.current + right
            shown = self.axes()
            return (there, self.parts.get(shown[there].path)) if 0 <= there < len(shown) else None
        part = self._part()
        if part is None:
            return self.current, FIRST if down < 0 else (0.0, 1 - FIRST[0])
        by = max(-part[0], min(1 - part[1], -down * STEP))
        return (self.current, (part[0] + by, part[1] + by)) if abs(by) > 1e-9 else None

    def _take(self, state: State) -> None:
        self.current, part = state
        if part is not None:
            self.parts[self.axes()[self.current].path] = part
        self._tell()

    def _part(self) -> Range | None:
        shown = self.axes()
        return self.parts.get(shown[self.current].path) if shown else None

    def _taken(self) -> bool:
        return self.is_filled() and self._part() is not None

    def _resize(self, by: float) -> None:
        part = self._part()
        if part is not None:
            low, high = max(0.0, part[0] - by / 2), min(1.0, part[1] + by / 2)
            middle = (part[0] + part[1]) / 2
            self._take((self.current, (min(low, middle), max(high, middle))))

    def _free(self) -> None:
        self.parts.pop(self.axes()[self.current].path, None)
        self._tell()

    def _tell(self) -> None:
        self.changed.emit()
        self.update()

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw_ground(painter, QRectF(self.rect()).adjusted(PADDING, PADDING, -PADDING, -PADDING))
        if not self.is_filled():
            return
        left = self.left()
        for run in sorted(range(len(left)), key=lambda run: (left[run], run == self.marked)):
            self._draw_run(painter, run, there=left[run])
        for axis in range(len(self.axes())):
            self._draw_axis(painter, axis)

    def _draw_run(self, painter: QPainter, run: int, *, there: bool) -> None:
        look, shown = theme.current(), self.axes()
        colour = QColor(self._colour(run) if there else look.line)
        colour.setAlphaF(1.0 if run == self.marked else 0.75 if there else 0.45)
        painter.setPen(QPen(colour, 3 if run == self.marked else 1.5 if there else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = QPolygonF()
        for at, axis in enumerate(shown):
            place = axis.places[run]
            if place is not None:
                line.append(QPointF(self.x_of(at), self.y_of(place)))
        painter.drawPolyline(line)

    def _colour(self, run: int) -> str:
        """By the last axis, from low to high."""
        look, place = theme.current(), self._all[-1].places[run]
        return look.muted if place is None else theme.mix(look.series[1], look.series[0], place)

    def _draw_axis(self, painter: QPainter, at: int) -> None:
        look, axis, x, room = theme.current(), self.axes()[at], self.x_of(at), self._room()
        here = at == self.current and self.hasFocus()
        painter.setPen(QPen(QColor(look.accent if here else look.muted), 2 if here else 1))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        if (part := self.parts.get(axis.path)) is not None:
            tint = QColor(look.accent)
            painter.setPen(QPen(tint, 1))
            tint.setAlphaF(0.3)
            painter.setBrush(tint)
            top, bottom = self.y_of(part[1]), self.y_of(part[0])
            painter.drawRect(QRectF(x - TICK, top - 1, 2 * TICK, max(3.0, bottom - top + 2)))
        self._draw_words(painter, at, x)

    def _draw_words(self, painter: QPainter, at: int, x: float) -> None:
        """The axis's name above it, every second a line higher, and its values beside it."""
        look, axis, room, metrics = theme.current(), self.axes()[at], self._room(), self.fontMetrics()
        apart = room.width() / max(1, len(self.axes()) - 1)
        wide = min(2 * apart - PADDING, 2 * min(x, self.width() - x) - PADDING)
        high = metrics.height()
        above = QRectF(x - wide / 2, PADDING + (0 if at % 2 else high), wide, high)
        painter.setPen(QColor(look.accent if at == self.current and self.hasFocus() else look.text))
        name = metrics.elidedText(axis.name, Qt.TextElideMode.ElideMiddle, int(wide))
        painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), name)
        painter.setPen(QColor(look.muted))
        for place, _ in axis.ticks:
            y = self.y_of(place)
            painter.drawLine(QPointF(x - TICK / 2, y), QPointF(x + TICK / 2, y))
        ground = QColor(look.surface)
        ground.setAlphaF(0.8)
        painter.setPen(QColor(look.text))
        for box, said, _ in self._values(at):
            painter.fillRect(box, ground)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), said)

    def _values(self, at: int) -> Iterator[tuple[QRectF, str, str]]:
        """What is written beside an axis: where, as much as there is room for, and the whole."""
        x, metrics, axes = self.x_of(at), self.fontMetrics(), len(self.axes())
        apart, high = self._room().width() / max(1, axes - 1), metrics.height()
        # The last one has its values at the left, where the one before has its own.
        space = (apart if at < axes - 2 else apart / 2) - TICK - 4
        below = float("-inf")
        for place, whole in sorted(self.axes()[at].ticks, reverse=True):
            y = self.y_of(place)
            if y - high / 2 < below:
                continue  # the one above is in its way
            said = metrics.elidedText(whole, Qt.TextElideMode.ElideRight, int(space))
            wide = metrics.horizontalAdvance(said) + 2
            yield QRectF(x - TICK - wide if at == axes - 1 else x + TICK, y - high / 2, wide, high), said, whole
            below = y + high / 2

    def _numbers(self) -> Rows:
        heading = ["", *(axis.name for axis in self._all)]
        return [heading, *([name, *(axis.said[at] for axis in self._all)] for at, name in enumerate(self._names))]

    def sizeHint(self) -> QSize:
        return QSize(theme.px(420), theme.px(320))
