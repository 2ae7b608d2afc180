"""The plot of lines over each other, a few points or a long training: axes, legend, reading off, zoom."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from aestudio.core.ground.texts import meant, say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import Chip, hint, label
from aestudio.qt.widgets.end_labels import EndLabels
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.legend import Legend, LegendEntry
from aestudio.qt.widgets.line_items import LineItems
from aestudio.qt.widgets.lines import Axes, Line, Mark
from aestudio.qt.widgets.plot_views import Fit, Range, everything
from aestudio.qt.widgets.plots import PlotHost, pen, quiet_axes
from aestudio.qt.widgets.readout import Readout, table
from aestudio.qt.widgets.rules import Rules
from aestudio.qt.widgets.sharing import Rows
from aestudio.studio.plot_arrays import Curve

DRAW_MS = 40
"""Between two redraws while a person zooms."""
SIDES = ("bottom", "left", "right")
BEYOND = 1.5
"""Values so many times as high as the view are said to be out of it."""


class LinePlot(PlotHost):
    """Shows Lines; a legend entry hides its line, the wheel zooms, dragging pans, a double click shows all again."""

    zoomed = Signal(bool)
    """Whether a person looks at a part only."""
    moved = Signal()
    """Another part is seen, or at another size: what is thinned to pixels is to be shown anew."""

    def __init__(
        self,
        name: str,
        axes: Axes,
        parent: QWidget | None = None,
        *,
        counted: str = "",
        fit: Fit = everything,
        read: Callable[[float], tuple[float, str]] | None = None,
        keeps_view: bool = False,
        mark_fill: bool = True,
        legend_from: int = 2,
        note: str = "",
        empty: str = "",
    ) -> None:
        """`name` is the accessible name; `counted` the side whose numbers are whole: `left`, `bottom` or neither.

        `fit` is the view while nobody has zoomed; `read` gives what is said of an x of the axis, and where it is.
        With `keeps_view` a zoomed view stays when other lines come. The legend is there from `legend_from` entries
        on, and `note` at its end; `empty` stands in the place of a plot of nothing.
        """
        super().__init__(name, counted, parent)
        self._take_axes(axes)
        self._lines: list[Line] = []
        self._levels: list[tuple[str, float]] = []
        self.marks: list[Mark] = []
        self._entries: list[LegendEntry] | None = None
        self._fit_to, self._read, self._keeps_view = fit, read, keeps_view
        self._whole, self._named = True, True
        self._held: Range | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(DRAW_MS)
        self._soon.timeout.connect(self.moved)
        policy = self._view.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._view.setSizePolicy(policy)
        self.beside = pg.ViewBox(enableMenu=False)
        self._view.scene().addItem(self.beside)
        self.beside.setXLink(self._plot.vb)
        self.beside.setZValue(10)
        self._plot.getAxis("right").linkToView(self.beside)
        self._items = LineItems(self._plot, self.beside)
        self._rules = Rules(self._plot, mark_fill=mark_fill)
        self._plot.vb.sigResized.connect(self._align)
        self._plot.vb.sigRangeChangedManually.connect(self._zoom)
        self.readout = Readout(self._view)
        self.beyond = label("", "caption")
        """Says what is out of view, while nobody has zoomed."""
        self.beyond.setObjectName("plotBeyond")
        self.beyond.setParent(self._view)
        self.beyond.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.beyond.hide()
        self._labels = EndLabels(self._plot)
        self.legend = Legend(legend_from, note)
        self.legend.toggled.connect(self._toggle)
        self.said = hint(empty)
        stack = QStackedLayout()
        stack.setStackingMode(QStackedLayout.StackingMode.StackAll)
        in_column(self.legend, (stack, 1), host=self, spacing=theme.GRID // 2)
        stack.addWidget(self.said)  # not before the layout has a place: what it shows would be a window of its own
        stack.addWidget(self._view)
        self.restyle()

    def set_axes(self, axes: Axes) -> None:
        """Other names or other scales."""
        if axes != self.axes:
            self._take_axes(axes)
            self.show_whole()
            self.restyle()

    def _take_axes(self, axes: Axes) -> None:
        """What they are called is known as texts now: another language may call two of them the same."""
        self.axes = axes
        self._names = {side: meant(name) or name for side in SIDES if (name := getattr(axes, side))}

    def name_axis(self, named: bool) -> None:
        """Whether there is room for the name of the axis at the bottom."""
        self._named = named
        self._plot.getAxis("bottom").showLabel(named and bool(self.axes.bottom))

    def show_lines(
        self,
        lines: Sequence[Line],
        levels: Sequence[tuple[str, float]] = (),
        marks: Sequence[Mark] = (),
        entries: Sequence[LegendEntry] | None = None,
    ) -> None:
        """Draws these, the first on top; a view that the person has zoomed stays while the names do.

        `levels` are dashed lines across at a y with a name. `entries` is the legend where it is not that of several
        lines.
        """
        if not self._keeps_view and {line.entry for line in lines} != {line.entry for line in self._lines}:
            self.show_whole()
        anew = (list(levels), list(marks)) != (self._levels, self.marks)
        self._lines, self._levels, self.marks = list(lines), list(levels), list(marks)
        self._entries = None if entries is None else list(entries)
        if anew:
            self._rules.show(levels, marks, self.axes)
        self._draw()

    def lines(self) -> list[Line]:
        """What is drawn: those that are not hidden."""
        return [line for line in self._lines if line.entry not in self.legend.hidden]

    def levels(self) -> list[tuple[str, float]]:
        """The lines across."""
        return list(self._levels)

    def curves(self) -> dict[tuple[Any, str], Curve]:
        """What the view is fitted to, by legend entry and role, as it is drawn."""
        return {(line.entry, line.role): (line.x, line.y) for line in self.lines() if line.fitted and not line.behind}

    def item(self, line: Line) -> Any:
        """The curve that is drawn of a line."""
        return self._items.curve(line)

    def chip(self, key: Hashable) -> Chip:
        """A line's entry in the legend."""
        return self.legend.chip(key)

    def pixels(self) -> int:
        """How many points can be told apart."""
        return max(64, int(self._plot.vb.width()))

    def part(self) -> tuple[float, float]:
        """What is seen of the axis at the bottom; all of it where nobody has zoomed."""
        left, right = self._plot.vb.viewRange()[0]
        return (-np.inf, np.inf) if self._whole else (float(left), float(right))

    def view_range(self) -> Range:
        """Left, right, bottom and top of the view, powers of ten on a logarithmic axis."""
        (left, right), (bottom, top) = self._plot.vb.viewRange()
        return float(left), float(right), float(bottom), float(top)

    @property
    def is_whole(self) -> bool:
        """Whether nobody has zoomed."""
        return self._whole

    def show_whole(self) -> None:
        """What is shown next is shown as a whole."""
        self._whole, self._held = True, None
        self.zoomed.emit(False)

    def look_at(self, part: Range) -> None:
        """As if a person had zoomed there, see `view_range`."""
        self._plot.vb.setRange(xRange=part[:2], yRange=part[2:], padding=0, disableAutoRange=False)
        self._zoom()

    def set_fit(self, fit: Fit) -> None:
        """The view while nobody has zoomed is another one."""
        self._fit_to, self._held = fit, None
        self._draw()

    @Slot()
    def reset_view(self) -> None:
        self.show_whole()
        self.moved.emit()
        self._fit()

    def reading(self, x: float) -> str:
        """What each line has nearest to a place of the axis, as rich text."""
        rows, where = [], ""
        for line in self.lines():
            fine = np.isfinite(line.x) & np.isfinite(line.y)
            if not fine.any():
                continue
            xs, ys = line.x[fine], line.y[fine]
            away = np.abs(np.log(xs / x)) if self.axes.log_x and x > 0 else np.abs(xs - x)
            nearest = int(np.argmin(away))
            where = where or say("{axis} {value:.4g}", axis=self._names.get("bottom", ""), value=xs[nearest])
            rows.append((line.colour, line.name, f"{ys[nearest]:.4g}"))
        return table(where, rows) if rows else ""

    def rows(self) -> Rows:
        """A row for every point that is drawn: the curve, what it is of it, x and y."""
        return [
            (say("curve"), say("of"), str(self._names.get("bottom", "x")), str(self._names.get("left", "y"))),
            *(
                (line.name, line.role, f"{x:.7g}", f"{y:.7g}")
                for line in self.lines()
                if line.stroke
                for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True)
            ),
        ]

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        own = {line.entry: LegendEntry(line.entry, line.name, line.colour) for line in self._lines}
        self.legend.show_entries(list(own.values()) if self._entries is None else self._entries)
        self._view.setVisible(bool(self._lines))  # axes of nothing have numbers that mean nothing
        self.said.setVisible(not self._lines)
        self._items.draw(self.lines(), self.axes)
        self._labels.show(self.lines(), self.axes)
        if self._whole:
            self._fit()

    def restyle(self) -> None:
        look, axes = theme.current(), self.axes
        quiet_axes(self._plot)
        self._plot.getAxis("bottom").setLogMode(x=axes.log_x, y=False)
        self._plot.getAxis("left").setLogMode(x=False, y=axes.log_y)
        self._plot.showAxis("right", bool(axes.right))
        self._name_axes()
        right = self._plot.getAxis("right")
        right.setStyle(showValues=True, tickLength=-4, hideOverlappingLabels=True)
        right.setPen(pen(look.line))
        right.setTextPen(pen(look.muted))
        self.readout.restyle()
        self._rules.show(self._levels, self.marks, axes)
        self._items.forget()
        self._draw()

    def _name_axes(self) -> None:
        """The names of the axes, cut off where an axis is shorter; the whole name is in the readout."""
        box = self._plot.vb
        lengths = {"bottom": box.width(), "left": box.height(), "right": box.height()}
        for side, length in lengths.items():
            if text := str(self._names.get(side, "")):
                axis = self._plot.getAxis(side)
                room = length - 2 * axis.label.document().documentMargin()
                shown = QFontMetricsF(axis.label.font()).elidedText(text, Qt.TextElideMode.ElideRight, room)
                axis.setLabel(shown, color=theme.current().muted)
                axis.resizeEvent()  # else it stands where a longer or shorter name stood
        self.name_axis(self._named)

    def _fit(self) -> None:
        """The view that shows every line that is not hidden, and the levels."""
        shown = [line for line in self.lines() if line.fitted and not line.behind]
        left, right = ([line.reach(self.axes) for line in shown if line.right == side] for side in (False, True))
        left, right = ([reach for reach in some if len(reach[0])] for some in (left, right))
        if left:
            log = self.axes.log_y
            levels = np.array([value for _, value in self._levels if value > 0 or not log], float)
            levels = np.log10(levels) if log else levels
            left.append((np.repeat(left[0][0][:1], len(levels)), levels, levels))
            found = self._fit_to(left if len(levels) else left[:-1], log, self._held)
            if found != self._held:
                self._held = found
                self._plot.vb.setRange(xRange=found[:2], yRange=found[2:], padding=0, disableAutoRange=False)
        if right:
            found = everything(right, False)
            self.beside.setYRange(*found[2:], padding=0)
            if not any(not line.right for line in shown):
                self._plot.vb.setXRange(*found[:2], padding=0)
        self._say_beyond()

    def _say_beyond(self) -> None:
        """What lies far above the view that everything else has."""
        _left, _right, bottom, top = self.view_range()
        seen = [line for line in self.lines() if not (line.right or line.behind)]
        highs = [float(line.reach(self.axes)[2].max(initial=bottom)) for line in seen]
        most = max(highs, default=bottom)
        shown = self._whole and most - bottom > BEYOND * (top - bottom)
        self.beyond.setVisible(shown)
        if shown:
            most = 10.0**most if self.axes.log_y else most
            self.beyond.setText(say("\u25b2 spikes up to {most:.3g} are cut off", most=most))
            self.beyond.adjustSize()
            self._place_beyond()

    def _place_beyond(self) -> None:
        """Above the names of marks where there is room, or below them."""
        taken = {mark.row for mark in self.marks}
        row = 1 + max(taken) if 0 in taken else 0
        box = self._plot.vb.sceneBoundingRect()
        self.beyond.move(int(box.right()) - self.beyond.width() - 4, int(box.top()) + row * self.beyond.height())

    # -- what people do ------------------------------------------------------------------------------------------------

    @Slot()
    def _toggle(self) -> None:
        self._held = None
        self._draw()

    @Slot()
    def _align(self) -> None:
        self._name_axes()
        self._place_beyond()
        self.beside.setGeometry(self._plot.vb.sceneBoundingRect())
        self.beside.linkedViewChanged(self._plot.vb, self.beside.XAxis)

    @Slot()
    def _zoom(self, *_mask: object) -> None:
        self._whole = False
        self.beyond.hide()
        self.zoomed.emit(True)
        self._soon.start()

    def point(self, position: QPointF, x: float, y: float) -> bool:
        at, said = self._read(x) if self._read else (x, self.reading(10.0**x if self.axes.log_x else x))
        if said:
            self.readout.point(position, at, said)
        return bool(said)

    def leave(self) -> None:
        self.readout.leave()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 140)
