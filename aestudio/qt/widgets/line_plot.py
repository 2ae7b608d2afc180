"""A plot of a few lines over each other, each with a name and a colour: axes, legend, reading off, zoom."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from aestudio.qt import theme
from aestudio.qt.widgets.basics import Chip, FlowLayout, clear
from aestudio.qt.widgets.plots import pen, plot_view, quiet_axes
from aestudio.qt.widgets.readout import Readout

Doubles = NDArray[np.float64]
DECADES = 6
"""A logarithmic axis shows at most so many: what is smaller is as good as nothing."""

FLAT, ROOM = 1e-6, 0.1
"""Lines that differ by less than the one, of their value, are drawn with the other above and below."""


@dataclass(frozen=True, eq=False)
class Line:
    """y over x, [n] each; values that are not finite, and on a logarithmic axis not positive, are left out."""

    name: str
    x: Doubles
    y: Doubles
    colour: str
    dots: bool = False
    """A dot at every point."""
    dashed: bool = False
    error: Doubles | None = field(default=None)
    """Of each point, drawn as a bar up and down."""
    right: bool = False
    """Measured on the axis at the right side."""


@dataclass(frozen=True)
class Axes:
    """What the sides are called, and which are logarithmic; `right` is empty where there is no axis at the right."""

    bottom: str
    left: str
    right: str = ""
    log_x: bool = False
    log_y: bool = False


class LinePlot(QWidget):
    """Shows Lines; a legend entry hides its line, the wheel zooms, dragging pans, a double click shows all again."""

    def __init__(self, name: str, axes: Axes, parent: QWidget | None = None, *, counted: str = "") -> None:
        """`name` is the accessible name; `counted` the side whose numbers are whole: `left`, `bottom` or neither."""
        super().__init__(parent)
        self.axes = axes
        self._lines: list[Line] = []
        self._levels: list[tuple[str, float]] = []
        self.marks: list[tuple[str, float]] = []
        self._hidden: set[str] = set()
        self._whole = True
        self._view = plot_view(name, counted)
        policy = self._view.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._view.setSizePolicy(policy)
        self._plot = self._view.getPlotItem()
        self.beside = pg.ViewBox(enableMenu=False)
        self._view.scene().addItem(self.beside)
        self.beside.setXLink(self._plot.vb)
        self.beside.setZValue(10)
        self._plot.getAxis("right").linkToView(self.beside)
        self._plot.vb.sigResized.connect(self._align)
        self._plot.vb.sigRangeChangedManually.connect(self._zoom)
        self._view.scene().sigMouseMoved.connect(self._hover)
        self._view.viewport().installEventFilter(self)
        self.readout = Readout(self._view)
        self.legend_host = QWidget()
        self.legend_host.hide()
        self._legend = FlowLayout(self.legend_host, spacing=2)
        self._chips: dict[str, Chip] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.legend_host)
        column.addWidget(self._view, 1)
        self._draw()

    def set_axes(self, axes: Axes) -> None:
        """Other names or other scales."""
        if axes != self.axes:
            self.axes, self._whole = axes, True
            self._draw()

    def show_lines(
        self,
        lines: Sequence[Line],
        levels: Sequence[tuple[str, float]] = (),
        marks: Sequence[tuple[str, float]] = (),
    ) -> None:
        """Draws these; a view that the person has zoomed stays while the names do.

        `levels` are dashed lines across at a y with a name, `marks` dashed lines upright at an x.
        """
        if {line.name for line in lines} != {line.name for line in self._lines}:
            self._whole = True
            self._hidden &= {line.name for line in lines}
        self._lines, self._levels, self.marks = list(lines), list(levels), list(marks)
        self._draw()

    def lines(self) -> list[Line]:
        """What is drawn: those that are not hidden."""
        return [line for line in self._lines if line.name not in self._hidden]

    def chip(self, name: str) -> Chip:
        """A line's entry in the legend."""
        return self._chips[name]

    @Slot()
    def reset_view(self) -> None:
        """Shows everything."""
        self._whole = True
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
            where = where or f"{self.axes.bottom} {xs[nearest]:.4g}"
            name = html.escape(line.name)
            swatch = f"<span style='color:{line.colour}'>■</span>"
            rows.append(f"<tr><td>{swatch} {name}&nbsp;&nbsp;</td><td align=right>{ys[nearest]:.4g}</td></tr>")
        head = f"<tr><td colspan=2><b>{html.escape(where)}</b></td></tr>"
        return f"<table cellspacing=0 cellpadding=1>{head}{''.join(rows)}</table>" if rows else ""

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _points(self, line: Line) -> tuple[Doubles, Doubles, NDArray[np.bool_]]:
        """In the units of the view, and which of the points those are."""
        log_y = self.axes.log_y and not line.right
        fine = np.isfinite(line.x) & np.isfinite(line.y)
        if self.axes.log_x:
            fine &= line.x > 0
        if log_y:
            fine &= line.y > 0
        x, y = line.x[fine], line.y[fine]
        return np.log10(x) if self.axes.log_x else x, np.log10(y) if log_y else y, fine

    def _has_bars(self, line: Line) -> bool:
        """Errors are drawn on a linear axis only."""
        return line.error is not None and (line.right or not self.axes.log_y)

    def _reach(self, line: Line) -> tuple[Doubles, Doubles, Doubles]:
        """x of each point, and how far down and up it reaches with its bar, in the units of the view."""
        x, y, fine = self._points(line)
        bar = np.nan_to_num(line.error[fine]) if line.error is not None and self._has_bars(line) else np.zeros(len(y))
        return x, y - bar, y + bar

    def _draw(self) -> None:
        look, axes = theme.current(), self.axes
        self._rebuild_legend()
        self._view.setVisible(bool(self._lines))  # axes of nothing have numbers that mean nothing
        self._plot.clear()
        self.beside.clear()
        quiet_axes(self._plot)
        self._plot.getAxis("bottom").setLogMode(x=axes.log_x, y=False)
        self._plot.getAxis("left").setLogMode(x=False, y=axes.log_y)
        self._plot.showAxis("right", bool(axes.right))
        for side, text in (("bottom", axes.bottom), ("left", axes.left), ("right", axes.right)):
            if text:
                self._plot.setLabel(side, text, color=look.muted)
        right = self._plot.getAxis("right")
        right.setStyle(showValues=True, tickLength=-4)
        right.setPen(pen(look.line))
        right.setTextPen(pen(look.muted))
        for value, name, upright in (
            *((value, name, False) for name, value in self._levels),
            *((value, name, True) for name, value in self.marks),
        ):
            self._add_rule(value, name, upright=upright)
        for line in reversed(self.lines()):  # the first lies on top
            self._add_line(line)
        self.readout.attach()
        if self._whole:
            self._fit()

    def _add_line(self, line: Line) -> None:
        look = theme.current()
        x, y, fine = self._points(line)
        box = self.beside if line.right else self._plot
        if line.error is not None and self._has_bars(line):
            bars = pg.ErrorBarItem(x=x, y=y, height=2 * line.error[fine], pen=pen(look.tint(line.colour, 0.6)))
            box.addItem(bars)
        style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
        curve = pg.PlotCurveItem(x, y, pen=pen(line.colour, 1, style), antialias=True)
        box.addItem(curve)
        if line.dots:
            dots = pg.ScatterPlotItem(x, y, size=6, pen=pen(look.surface), brush=QColor(line.colour), antialias=True)
            box.addItem(dots)

    def _add_rule(self, value: float, name: str, *, upright: bool) -> None:
        look, log = theme.current(), self.axes.log_x if upright else self.axes.log_y
        if not np.isfinite(value) or (log and value <= 0):
            return
        rule = pg.InfiniteLine(
            pos=np.log10(value) if log else value,
            angle=90 if upright else 0,
            pen=pen(look.muted, 1, Qt.PenStyle.DashLine),
            label=name,
            labelOpts={
                "color": look.muted,
                "fill": look.surface,
                "position": 0.92 if upright else 0.7,
                "anchors": [(0, 1), (1, 1)] if upright else [(0, 1), (0, 1)],  # on the side where there is room
            },
        )
        self._plot.addItem(rule, ignoreBounds=True)

    def _fit(self) -> None:
        """The view that shows every line that is not hidden, and the levels."""
        for box, right in ((self._plot.vb, False), (self.beside, True)):
            reaches = [self._reach(line) for line in self.lines() if line.right == right]
            if not any(len(x) for x, _, _ in reaches):
                continue
            xs, lows, highs = (np.concatenate(each) for each in zip(*reaches, strict=True))
            low, high = float(lows.min()), float(highs.max())
            if not right:
                levels = [
                    np.log10(v) if self.axes.log_y else v for _, v in self._levels if v > 0 or not self.axes.log_y
                ]
                low, high = min([low, *levels]), max([high, *levels])
                if self.axes.log_y:
                    low = max(low, high - DECADES)
            if high - low < max(1e-9, FLAT * abs(high)):  # nothing but noise would be read off, with many digits
                room = ROOM if self.axes.log_y and not right else ROOM * abs(high) or 1.0
                low, high = low - room, high + room
            up = high - low
            box.setYRange(low - 0.06 * up, high + 0.08 * up, padding=0)
            if not right or not any(not line.right for line in self.lines()):
                across = max(float(xs.max() - xs.min()), 1e-9)
                self._plot.vb.setXRange(xs.min() - 0.02 * across, xs.max() + 0.03 * across, padding=0)

    def _rebuild_legend(self) -> None:
        names = [line.name for line in self._lines]
        if names != list(self._chips):
            clear(self._legend)
            self._chips = {}
            for line in self._lines:
                chip = Chip(line.name, line.colour)
                chip.setChecked(line.name not in self._hidden)
                chip.toggled.connect(self._toggle)
                self._legend.addWidget(chip)
                self._chips[line.name] = chip
            self.legend_host.setVisible(len(names) > 1)
        for line in self._lines:
            self._chips[line.name].set_colour(line.colour)

    @Slot()
    def _toggle(self) -> None:
        self._hidden = {name for name, chip in self._chips.items() if not chip.isChecked()}
        self._draw()

    # -- what people do ------------------------------------------------------------------------------------------------

    @Slot()
    def _align(self) -> None:
        self.beside.setGeometry(self._plot.vb.sceneBoundingRect())
        self.beside.linkedViewChanged(self._plot.vb, self.beside.XAxis)

    @Slot()
    def _zoom(self, *_mask: object) -> None:
        self._whole = False

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.readout.leave()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset_view()
        return bool(super().eventFilter(watched, event))

    def _hover(self, position: QPointF) -> None:
        at = self._plot.vb.mapSceneToView(position).x()
        inside = self._plot.vb.sceneBoundingRect().contains(position)
        said = self.reading(10.0**at if self.axes.log_x else at) if inside else ""
        if said:
            self.readout.point(position, at, said)
        else:
            self.readout.leave()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 140)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event):
            self._draw()
