"""Panels that draw one curve of the model and one of each run beside it, all at the same images."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text
from aestudio.qt import theme
from aestudio.qt.pages.inspect.image_count import ImageCount
from aestudio.qt.pages.inspect.overlays import Overlaid, Overlays, Probe
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line, Mark
from aestudio.studio.inspect.examined import Examined

MINE = Text("this model")


@dataclass(frozen=True, eq=False)
class Beside:
    """What a probe found of the model and of the runs beside it, at the same images."""

    mine: Any
    images: int
    others: Sequence[Overlaid]


class OverlayPanel(Panel):
    """Says with which probe, how a curve is drawn, and what is to be said of the model's own."""

    is_base = True

    def __init__(self, plot: str, parent: QWidget | None = None, *, counted: str = "") -> None:
        """`plot` is the plot's accessible name, `counted` the side of it whose numbers are whole."""
        super().__init__(parent)
        self._found: Beside | None = None
        self.count = ImageCount()
        self.overlays = Overlays()
        self.plot = LinePlot(plot, Axes("", ""), counted=counted)
        self.count.changed.connect(self.want)
        self.overlays.changed.connect(self.want)

    def lay_out(self, *choices: QWidget) -> None:
        """The frame, with these among the choices."""
        self.setLayout(self.frame((*choices, self.overlays), self.overlays.said, (self.plot, 1)))
        self.rescale()

    def probe(self) -> tuple[Hashable, Probe]:
        """The probe with the options as they are now, and what tells it from others."""
        raise NotImplementedError

    def axes(self) -> Axes:
        """As the choices want them."""
        raise NotImplementedError

    def line(self, name: str, found: Any, colour: str) -> Line:
        """How what the probe found is drawn."""
        raise NotImplementedError

    def marks(self, mine: Any) -> list[Mark]:
        """Upright lines with a name."""
        return []

    def said(self, mine: Any, images: int) -> str:
        """The caption."""
        raise NotImplementedError

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        count, chosen, (wish, probe) = self.count.count, self.overlays.chosen(), self.probe()

        def taken(subject: Examined, report: Report) -> Beside:
            images = subject.images(count)
            mine = probe(subject.model, images, report)
            return Beside(mine, len(images), chosen.measured(images, wish, probe, report))

        return taken

    def show_found(self, found: Beside, subject: Examined) -> None:
        self._found = replace(found, others=self.overlays.usable(found.others))
        self.restyle()

    def forget(self) -> None:
        self._found = None
        self.plot.show_lines([])
        self.caption.setText("")

    def set_library(self, folder: Path | None) -> None:
        self.overlays.set_library(folder)

    # -- showing -------------------------------------------------------------------------------------------------------

    @Slot()
    def rescale(self) -> None:
        """Other axes, or other units on them."""
        self.plot.set_axes(self.axes())
        self.restyle()

    def restyle(self) -> None:
        if self._found is None:
            return
        mine = self._found.mine
        lines = [self.line(str(MINE), mine, theme.current().series[0])]
        lines += [self.line(one.choice.name, one.found, one.choice.colour) for one in self._found.others]
        self.plot.show_lines(lines, marks=self.marks(mine))
        self.caption.setText(self.said(mine, self._found.images))
