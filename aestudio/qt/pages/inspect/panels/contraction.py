"""Contraction: how much closer together the encoder brings two images, against how far apart they are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QCheckBox, QWidget
from torch import Tensor

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.model.trained import Model
from aestudio.core.probes.contraction import ContractionCurve, contraction_curve
from aestudio.qt.pages.inspect.overlay_panel import OverlayPanel
from aestudio.qt.pages.inspect.overlays import Probe
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.lines import Axes, Line, Mark


class ContractionPanel(OverlayPanel):
    """The ratio of distances in the code and in the image against the distance."""

    title: ClassVar[str] = "Contraction"
    tip: ClassVar[str] = "How much closer the encoder brings two images, near and far: ‖f(x₁) − f(x₀)‖ / ‖x₁ − x₀‖"
    rank: ClassVar[int] = 3

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(say("Contraction ratio by distance"), parent)
        self.normalise = QCheckBox(say("Relative to nearby points"))
        self.normalise.setToolTip(
            say("Divide each curve by its first value, so that shapes compare whatever the scale")
        )
        self.normalise.toggled.connect(self.rescale)
        self.lay_out(label(say("Images"), "muted"), self.count, self.normalise)

    def probe(self) -> tuple[Hashable, Probe]:
        def probe(model: Model, images: Tensor, report: Report) -> ContractionCurve:
            return contraction_curve(model, images, report=report)

        return "contraction", probe

    def axes(self) -> Axes:
        ratio = say("ratio over that of nearby points") if self.normalise.isChecked() else "‖f(x₁) − f(x₀)‖ / r"
        return Axes(say("distance r = ‖x₁ − x₀‖"), ratio, log_x=True)

    def line(self, name: str, found: ContractionCurve, colour: str) -> Line:
        by = float(found.ratio[0]) if self.normalise.isChecked() and found.ratio[0] > 0 else 1.0
        x, y, error = (each.astype(np.float64) for each in (found.radii, found.ratio, found.error))
        return Line(name, x, y / by, colour, dots=True, error=error / by)

    def marks(self, mine: ContractionCurve) -> list[Mark]:
        return [Mark(say("largest distance between two images"), mine.farthest)] if mine.farthest > 0 else []

    def said(self, mine: ContractionCurve, images: int) -> str:
        peak = int(mine.ratio.argmax())
        return str(
            plural(
                "{count} held-out image x₀, with x₁ at random on spheres around it; bars are standard errors. Nearby "
                "points come {how}; the largest ratio is {ratio:.3g}, at r = {radius:.3g}.",
                "{count} held-out images x₀, each with x₁ at random on spheres around it; bars are standard errors. "
                "Nearby points come {how}; the largest ratio is {ratio:.3g}, at r = {radius:.3g}.",
                images,
                how=_by(mine.ratio[0]),
                ratio=mine.ratio[peak],
                radius=mine.radii[peak],
            )
        )


def _by(ratio: float) -> Text:
    if ratio <= 0:
        return Text("to the very same code")
    if ratio < 1:
        return Text("{times:.3g} times closer together", times=1 / ratio)
    return Text("{times:.3g} times farther apart", times=ratio)
