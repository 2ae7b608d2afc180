"""The dashed lines of a plot: levels across and marks upright, with their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from aestudio.qt import theme
from aestudio.qt.widgets.lines import Axes, Mark
from aestudio.qt.widgets.mark_name import MarkName
from aestudio.qt.widgets.plots import pen

LEVEL_LABEL: dict[str, Any] = {"position": 0.02, "anchors": [(0, 1), (0, 1)]}
"""At the left, where curves that come down to a level are far above it."""
ON_TOP = 1e6
"""Where they lie: their names are to be read over the curves."""


class Rules:
    """Of one plot. A name of a mark has a ground to be read on where `mark_fill` says so, one of a level always."""

    def __init__(self, plot: Any, *, mark_fill: bool) -> None:
        self._plot, self._mark_fill = plot, mark_fill
        self._items: list[Any] = []

    def show(self, levels: Sequence[tuple[str, float]], marks: Sequence[Mark], axes: Axes) -> None:
        """These and no others; what a logarithmic axis does not have is left out."""
        for item in self._items:
            self._plot.removeItem(item)
        self._items = []
        look = theme.current()
        for upright, named in ((False, [Mark(*level) for level in levels]), (True, marks)):
            log = axes.log_x if upright else axes.log_y
            for name, value, row in named:
                if not np.isfinite(value) or (log and value <= 0):
                    continue
                rule = pg.InfiniteLine(
                    pos=np.log10(value) if log else value,
                    angle=90 if upright else 0,
                    pen=pen(look.muted, 1, Qt.PenStyle.DashLine),
                )
                filled = look.surface if self._mark_fill or not upright else None
                if upright:
                    rule.label = MarkName(rule, name, row, color=look.muted, fill=filled)
                else:
                    rule.label = pg.InfLineLabel(rule, name, color=look.muted, fill=filled, **LEVEL_LABEL)
                rule.setZValue(ON_TOP)
                self._plot.addItem(rule, ignoreBounds=True)
                self._items.append(rule)
