"""The name of a dashed line that stands upright in a plot."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg


class MarkName(pg.InfLineLabel):  # type: ignore[misc]
    """Stands at the right of its line, or at the left, or over it, wherever it is not cut off. Rows lie below each
    other, whatever the height of the plot.
    """

    def __init__(self, line: pg.InfiniteLine, name: str, row: int, **look: Any) -> None:
        self._row = row
        super().__init__(line, name, anchors=[(0, 0.5), (0, 0.5)], **look)

    def updatePosition(self) -> None:
        box = self.line.getViewBox()
        if not isinstance(box, pg.ViewBox) or not box.height():  # in no plot yet
            return
        width, height = self.boundingRect().width(), row_height(self)
        self.orthoPos = 1 - (self._row + 0.5) * height / box.height()
        super().updatePosition()
        left = box.mapFromView(self.line.pos()).x()
        right = box.width() - left
        if width > right:
            self.setAnchor((1, 0.5) if width <= left else (1 - right / width, 0.5))


def row_height(item: pg.TextItem) -> float:
    """Of a line of its text, in pixels."""
    return float(pg.QtGui.QFontMetricsF(item.textItem.font()).height())
