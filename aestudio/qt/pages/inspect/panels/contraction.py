"""Contraction: how much closer together the encoder brings two images, against how far apart they are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QCheckBox, QWidget
from torch import Tensor

from aestudio.core.ground.reports import Report
from aestudio.core.model.trained import Model
from aestudio.core.probes.contraction import ContractionCurve, contraction_curve
from aestudio.qt.pages.inspect.overlay_panel import OverlayPanel
from aestudio.qt.pages.inspect.overlays import Probe
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.lines import Axes, Line


class ContractionPanel(OverlayPanel):
    """The ratio of distances in the code and in the image against the distance."""

    title: ClassVar[str] = "Contraction"
    tip: ClassVar[str] = "How much closer the encoder brings two images, near and far: ‖f(x₁) − f(x₀)‖ / ‖x₁ − x₀‖"
    rank: ClassVar[int] = 3

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Contraction ratio by distance", parent)
        self.normalise = QCheckBox("Relative to nearby points")
        self.normalise.setToolTip("Divide each curve by its first value, so that shapes compare whatever the scale")
        self.normalise.toggled.connect(self.rescale)
        self.lay_out(label("Images", "muted"), self.count, self.normalise)

    def probe(self) -> tuple[Hashable, Probe]:
        def probe(model: Model, images: Tensor, report: Report) -> ContractionCurve:
            return contraction_curve(model, images, report=report)

        return "contraction", probe

    def axes(self) -> Axes:
        ratio = "ratio over that of nearby points" if self.normalise.isChecked() else "‖f(x₁) − f(x₀)‖ / r"
        return Axes("distance r = ‖x₁ − x₀‖", ratio, log_x=True)

    def line(self, name: str, found: ContractionCurve, colour: str) -> Line:
        by = float(found.ratio[0]) if self.normalise.isChecked() and found.ratio[0] > 0 else 1.0
        x, y, error = (each.astype(np.float64) for each in (found.radii, found.ratio, found.error))
        return Line(name, x, y / by, colour, dots=True, error=error / by)

    def marks(self, mine: ContractionCurve) -> list[tuple[str, float]]:
        return [("largest distance between two images", mine.farthest)] if mine.farthest > 0 else []

    def said(self, mine: ContractionCurve, images: int) -> str:
        peak = int(mine.ratio.argmax())
        return (
            f"{images} held-out images x₀, each with x₁ at random on spheres around it; bars are standard "
            f"errors. Nearby points come {_by(mine.ratio[0])}; the largest ratio is {mine.ratio[peak]:.3g}, "
            f"at r = {mine.radii[peak]:.3g}."
        )


def _by(ratio: float) -> str:
    if ratio <= 0:
        return "to the very same code"
    return f"{1 / ratio:.3g} times closer together" if ratio < 1 else f"{ratio:.3g} times farther apart"
