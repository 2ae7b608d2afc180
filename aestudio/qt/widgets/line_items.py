"""What a plot draws of its lines: error bars, the curve and dots of each, and nothing that is the same as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from aestudio.qt import theme
from aestudio.qt.widgets.lines import Axes, Line
from aestudio.qt.widgets.plots import pen

PARTS = ("bars", "curve", "dots")
"""From the bottom up."""
Key = tuple[int, str, bool]
"""The place of a line, from the bottom up, the part of it, and whether it belongs to the axis at the right."""


@dataclass(eq=False)
class _Drawn:
    """An item of the plot, and the line that it shows."""

    item: Any
    line: Line | None = None


class LineItems:
    """An item for each part of each line, which shows another line where the lines become others."""

    def __init__(self, plot: Any, beside: Any) -> None:
        """`beside` holds the lines of the axis at the right."""
        self._plot, self._beside = plot, beside
        self._items: dict[Key, _Drawn] = {}

    def draw(self, lines: Sequence[Line], axes: Axes) -> None:
        """These and no others; the first lies on top."""
        used = set()
        for place, line in enumerate(reversed(lines)):
            for part, wanted in zip(PARTS, (line.error is not None, line.stroke, line.dots), strict=True):
                if wanted:
                    used.add(key := (place, part, line.right))
                    self._put(key, line, axes)
        for key in set(self._items) - used:
            self._box(key[2]).removeItem(self._items.pop(key).item)

    def curve(self, line: Line) -> Any:
        """The curve that is drawn of a line."""
        return next(one.item for (_, part, _), one in self._items.items() if part == "curve" and one.line is line)

    def forget(self) -> None:
        """All look otherwise: each is drawn anew the next time."""
        for one in self._items.values():
            one.line = None

    def _box(self, right: bool) -> Any:
        return self._beside if right else self._plot

    def _put(self, key: Key, line: Line, axes: Axes) -> None:
        """One part of a line into its item; what is the same as before costs nothing."""
        place, part, right = key
        if key not in self._items:
            made = {"bars": pg.ErrorBarItem, "curve": pg.PlotCurveItem, "dots": pg.ScatterPlotItem}[part]()
            self._box(right).addItem(made, ignoreBounds=True)
            self._items[key] = _Drawn(made)
        drawn = self._items[key]
        item, before, drawn.line = drawn.item, drawn.line, line
        if before is None or before.level != line.level:
            item.setZValue(1000 * line.level + len(PARTS) * place + PARTS.index(part))
        if before is None or not before.looks_like(line):
            _fill(item, part, line, axes)


def _fill(item: Any, part: str, line: Line, axes: Axes) -> None:
    look = theme.current()
    x, y, fine = line.points(axes)
    if part == "bars" and line.error is not None:
        up, down = line.bars(axes)
        item.setData(x=x, y=y, top=up, bottom=down, pen=pen(look.tint(line.colour, 0.6)))
    elif part == "dots":
        item.setData(x, y, size=line.size, pen=pen(look.surface), brush=QColor(line.colour), antialias=True)
    else:
        joined = line.joined if line.joined is None else line.joined[fine]
        stroke = pen(line.colour, line.width, Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine)
        if line.dashes:
            stroke.setDashPattern(line.dashes)
        item.setSegmentedLineMode("on" if line.drawn == "segments" else "auto")
        item.setData(
            x,
            y,
            pen=stroke,
            connect="all" if joined is None or joined.all() else joined,
            antialias=line.drawn == "smooth",
            skipFiniteCheck=True,
        )
