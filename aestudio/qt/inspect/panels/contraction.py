"""Contraction: how much closer together the encoder brings two images, against how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, Slot
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget
from torch import Tensor

from aestudio.core.ground.reports import Report
from aestudio.core.model.trained import Model
from aestudio.core.probes.contraction import ContractionCurve, contraction_curve
from aestudio.qt import theme
from aestudio.qt.inspect.examined import Examined
from aestudio.qt.inspect.image_count import ImageCount
from aestudio.qt.inspect.overlays import Overlaid, Overlays
from aestudio.qt.inspect.panel import Measure, Panel
from aestudio.qt.widgets.basics import FlowLayout, label
from aestudio.qt.widgets.line_plot import Axes, Line, LinePlot

MINE = "this model"


@dataclass(frozen=True, eq=False)
class ContractionFound:
    """Of the model and of the runs beside it, at the same images."""

    curve: ContractionCurve
    images: int
    others: Sequence[Overlaid]


class ContractionPanel(Panel):
    """The ratio of distances in the code and in the image against the distance."""

    title: ClassVar[str] = "Contraction"
    tip: ClassVar[str] = "How much closer the encoder brings two images, near and far: ‖f(x₁) − f(x₀)‖ / ‖x₁ − x₀‖"
    rank: ClassVar[int] = 3

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("contractionPanel")
        self._found: ContractionFound | None = None
        self.count = ImageCount()
        self.normalise = QCheckBox("Relative to nearby points")
        self.normalise.setToolTip("Divide each curve by its first value, so that shapes compare whatever the scale")
        self.overlays = Overlays()
        self.plot = LinePlot("Contraction ratio by distance", self._axes())
        self.plot.setObjectName("contractionPlot")
        self.caption = label("", "caption", wrap=True)
        self.caption.setObjectName("contractionCaption")
        choices = QWidget()
        bar = FlowLayout(choices, spacing=theme.GRID)
        for widget in (label("Images", "muted"), self.count, self.normalise, self.overlays):
            bar.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(choices)
        column.addWidget(self.overlays.said)
        column.addWidget(self.plot, 1)
        column.addWidget(self.caption)
        self.count.changed.connect(self._want)
        self.overlays.changed.connect(self._want)
        self.normalise.toggled.connect(self._rescale)

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        count, chosen = self.count.count, self.overlays.chosen()

        def probe(model: Model, images: Tensor, report: Report) -> ContractionCurve:
            return contraction_curve(model, images, report=report)

        def taken(subject: Examined, report: Report) -> ContractionFound:
            images = subject.images(count)
            mine = probe(subject.model, images, report)
            return ContractionFound(mine, len(images), chosen.measured(images, "contraction", probe, report))

        return taken

    def show_found(self, found: ContractionFound, subject: Examined) -> None:
        self._found = ContractionFound(found.curve, found.images, self.overlays.usable(found.others))
        self._draw()

    def forget(self) -> None:
        self._found = None
        self.plot.show_lines([])
        self.caption.setText("")

    def set_library(self, folder: Path | None) -> None:
        self.overlays.set_library(folder)

    # -- showing -------------------------------------------------------------------------------------------------------

    def _axes(self) -> Axes:
        ratio = "ratio over that of nearby points" if self.normalise.isChecked() else "‖f(x₁) − f(x₀)‖ / r"
        return Axes("distance r = ‖x₁ − x₀‖", ratio, log_x=True)

    def _draw(self) -> None:
        if self._found is None:
            return
        curve = self._found.curve
        lines = [self._line(MINE, curve, theme.current().series[0])]
        lines += [self._line(one.choice.name, one.found, one.choice.colour) for one in self._found.others]
        marks = [("largest distance between two images", curve.farthest)] if curve.farthest > 0 else []
        self.plot.show_lines(lines, marks=marks)
        peak = int(curve.ratio.argmax())
        self.caption.setText(
            f"{self._found.images} held-out images x₀, each with x₁ at random on spheres around it; bars are standard "
            f"errors. Nearby points come {_by(curve.ratio[0])}; the largest ratio is {curve.ratio[peak]:.3g}, "
            f"at r = {curve.radii[peak]:.3g}."
        )

    def _line(self, name: str, curve: ContractionCurve, colour: str) -> Line:
        by = float(curve.ratio[0]) if self.normalise.isChecked() and curve.ratio[0] > 0 else 1.0
        x, y, error = (each.astype(np.float64) for each in (curve.radii, curve.ratio, curve.error))
        return Line(name, x, y / by, colour, dots=True, error=error / by)

    @Slot()
    def _rescale(self) -> None:
        self.plot.set_axes(self._axes())
        self._draw()

    @Slot()
    def _want(self) -> None:
        self.wanted.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event):
            self._draw()


def _by(ratio: float) -> str:
    if ratio <= 0:
        return "to the very same code"
    return f"{1 / ratio:.3g} times closer together" if ratio < 1 else f"{ratio:.3g} times farther apart"
