"""Reading a plot off: an upright line at the pointer, and beside it what the curves have there."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel

from aestudio.qt import theme
from aestudio.qt.widgets.plots import pen

AWAY = 16
"""Pixels between the pointer and the text."""


def table(head: str, rows: Iterable[tuple[str, str, str]]) -> str:
    """What is read off, as rich text: a heading, then colour, name and value of each curve."""
    said = "".join(
        f"<tr><td><span style='color:{colour}'>■</span> {html.escape(name)}&nbsp;&nbsp;</td>"
        f"<td align=right>{value}</td></tr>"
        for colour, name, value in rows
    )
    head = f"<tr><td colspan=2><b>{html.escape(head)}</b></td></tr>"
    return f"<table cellspacing=0 cellpadding=1>{head}{said}</table>"


class Readout(QLabel):
    """Lies over a plot's view, never outside its axes, and lets the mouse through."""

    def __init__(self, view: Any) -> None:
        """`view` is a PlotWidget."""
        super().__init__(view)
        self._plot = view.getPlotItem()
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self.setProperty("role", "readout")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.attach()
        self.leave()

    def attach(self) -> None:
        """Puts the line into the plot, as again after everything was cleared from it."""
        self._plot.addItem(self._cross, ignoreBounds=True)
        self.restyle()

    def restyle(self) -> None:
        """The theme is another one."""
        self._cross.setPen(pen(theme.current().muted))

    def leave(self) -> None:
        """Nothing is pointed at."""
        self._cross.setVisible(False)
        self.hide()

    def point(self, position: QPointF, x: float, text: str) -> None:
        """Shows the text beside the pointer, at `position` of the scene, and the line at x of the axis."""
        box = self._plot.vb.sceneBoundingRect()
        self._cross.setPos(x)
        self.setText(text)
        self.adjustSize()
        left = position.x() + AWAY
        if left + self.width() > box.right():
            left = position.x() - AWAY - self.width()
        lowest = box.bottom() - self.height() - 4
        top = min(max(position.y() - self.height() / 2, box.top() + 4), lowest)
        self.move(int(max(box.left(), left)), int(max(0, top)))
        self._cross.setVisible(True)
        self.show()
