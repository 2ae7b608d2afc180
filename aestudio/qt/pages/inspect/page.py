"""Inspect, the second page: what a model has learned, looked into with instruments while it trains and after."""

from __future__ import annotations

from aestudio.qt.measured_page import MeasuredPage
from aestudio.qt.pages.inspect import Inspect
from aestudio.qt.pages.inspect.panels import panels
from aestudio.qt.panel import Panel


class InspectPage(Inspect, MeasuredPage):
    """Instruments for a hidden layer, and its vital numbers above them."""

    has_vitals = True

    def kinds(self) -> list[type[Panel]]:
        return panels()
