"""What is written at the ends of lines in a plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg

from aestudio.qt.widgets.lines import Axes, Line


class EndLabels:
    """The `label` of each line that has one, at the last of its points that is seen."""

    def __init__(self, plot: Any) -> None:
        self._plot = plot
        self._items: list[pg.TextItem] = []
        self._lines: Sequence[Line] = ()
        self._axes = Axes("", "")
        plot.vb.sigRangeChanged.connect(lambda *_: self._place())

    def show(self, lines: Sequence[Line], axes: Axes) -> None:
        """Those of these lines."""
        self._lines, self._axes = [line for line in lines if line.label], axes
        while len(self._items) < len(self._lines):
            made = pg.TextItem(anchor=(1, 1))
            made.setZValue(1e6)
            self._plot.addItem(made, ignoreBounds=True)
            self._items.append(made)
        while len(self._items) > len(self._lines):
            self._plot.removeItem(self._items.pop())
        for item, line in zip(self._items, self._lines, strict=True):
            item.setText(line.label, color=line.colour)
        self._place()

    def _place(self) -> None:
        if not self._items:
            return
        (left, right), (bottom, top) = self._plot.vb.viewRange()
        for item, line in zip(self._items, self._lines, strict=True):
            x, y, _fine = line.points(self._axes)
            seen = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
            item.setVisible(len(seen) > 0)
            if len(seen):
                item.setPos(x[seen[-1]], y[seen[-1]])
