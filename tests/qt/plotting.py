"""Hands and eyes of the tests of plots: what pyqtgraph shows inside a widget, and the pointer over it."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget


def view(widget: QWidget) -> Any:
    """The PlotWidget inside."""
    found = widget.findChild(pg.PlotWidget)
    assert found is not None
    return found


def plotted(widget: QWidget) -> Any:
    """The PlotItem inside: axes, items and its view box `vb`."""
    return view(widget).getPlotItem()


def hover(widget: QWidget, position: QPointF) -> None:
    """The pointer is over a place of the scene."""
    view(widget).scene().sigMouseMoved.emit(position)


def zoomed(widget: QWidget) -> None:
    """A person has turned the wheel or dragged."""
    plotted(widget).vb.sigRangeChangedManually.emit([True, True])
