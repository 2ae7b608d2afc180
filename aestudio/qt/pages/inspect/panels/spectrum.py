"""Jacobian spectrum: how many directions of the image the code follows, and how far."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, get_args

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget
from torch import Tensor

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import DOT, Text, listed, plural, say
from aestudio.core.model.trained import Model
from aestudio.core.probes.encoder import encoder
from aestudio.core.probes.jacobian import Method, Spectrum, leading_spectrum, spectrum
from aestudio.core.run.events import Floats
from aestudio.qt.pages.inspect.overlay_panel import OverlayPanel
from aestudio.qt.pages.inspect.overlays import Probe
from aestudio.qt.widgets.basics import Segmented, label
from aestudio.qt.widgets.layouts import count_box
from aestudio.qt.widgets.lines import Axes, Line

LEADING = 32
"""Singular values of an estimate, unless the person says otherwise."""
NOTHING = 1e-6
"""Singular values smaller than this, of the largest, are rounding."""
METHODS: dict[Method, Text] = dict(
    zip(get_args(Method), (Text("Closed form"), Text("Exact"), Text("Estimated by randomised SVD")), strict=True)
)
Found = tuple[Spectrum, int]
"""A spectrum, and how many singular values there are: min(H, D)."""


class SpectrumPanel(OverlayPanel):
    """Mean singular values against their rank."""

    title: ClassVar[str] = "Jacobian spectrum"
    tip: ClassVar[str] = "Singular values of ∂h/∂x: a contractive encoder follows few directions of the image"
    rank: ClassVar[int] = 2

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(say("Mean singular values by rank"), parent, counted="bottom")
        self.way = Segmented(
            [
                (say("All"), say("Every singular value, exactly; refused where that would take minutes")),
                (say("Leading"), say("Only the largest, by randomised SVD: quick for any size of image")),
            ],
            say("Singular values"),
        )
        self.leading = count_box(
            1,
            512,
            LEADING,
            say("How many leading singular values"),
            say("How many of the largest singular values are estimated"),
            76,
        )
        self.log_y, self.log_x = QCheckBox(say("Log values")), QCheckBox(say("Log rank"))
        self.log_y.setChecked(True)
        self.log_y.setToolTip(say("Singular values on a logarithmic axis"))
        self.log_x.setToolTip(say("Ranks on a logarithmic axis"))
        self.way.changed.connect(self._change_way)
        self.leading.valueChanged.connect(self.want)
        for box in (self.log_x, self.log_y):
            box.toggled.connect(self.rescale)
        words = label(say("Images"), "muted"), label(say("Singular values"), "muted")
        self.lay_out(words[0], self.count, words[1], self.way, self.leading, self.log_y, self.log_x)
        self.leading.hide()

    def probe(self) -> tuple[Hashable, Probe]:
        k = self._k()

        def probe(model: Model, images: Tensor, report: Report) -> Found:
            f = encoder(model, images)
            found = spectrum(model, images, report) if k is None else leading_spectrum(model, images, k, report=report)
            return found, min(f.inputs, f.units)

        return k, probe

    def axes(self) -> Axes:
        return Axes(say("rank"), say("mean singular value"), log_x=self.log_x.isChecked(), log_y=self.log_y.isChecked())

    def line(self, name: str, found: Found, colour: str) -> Line:
        mean = found[0].mean.astype(float)
        rank = np.arange(1, len(mean) + 1, dtype=float)
        if self.log_y.isChecked():  # rounding is no spectrum, and a line must not fall out of the plot
            mean = np.where(mean > NOTHING * mean[0], mean, np.nan)
        return Line(name, rank, mean, colour, dots=len(mean) <= 64)

    def said(self, mine: Found, images: int) -> str:
        """How it was measured, and how many directions matter."""
        found, whole = mine
        large = int((found.mean > found.mean[0] / 10).sum())
        all_of_them = len(found.mean) == whole
        sure = all_of_them or large < len(found.mean)
        words = [
            plural(
                "{method} over {count} held-out image",
                "{method} over {count} held-out images",
                images,
                method=METHODS[found.method],
            ),
            plural("{count} value", "{count} values", whole)
            if all_of_them
            else plural(
                "the first {first} of {count} value",
                "the first {first} of {count} values",
                whole,
                first=len(found.mean),
            ),
            plural(
                "{count} above a tenth of the largest, {largest:.3g}",
                "{count} above a tenth of the largest, {largest:.3g}",
                large,
                largest=found.mean[0],
            )
            if sure
            else plural(
                "at least {count} above a tenth of the largest, {largest:.3g}",
                "at least {count} above a tenth of the largest, {largest:.3g}",
                large,
                largest=found.mean[0],
            ),
        ]
        if nothing := int((found.mean <= NOTHING * found.mean[0]).sum()):
            words.append(plural("{count} near 0", "{count} near 0", nothing))
        if all_of_them:
            words.append(Text("effective rank {rank:.1f}", rank=effective_rank(found.mean.astype(np.float64))))
        return str(listed(words, DOT))

    def remedy(self) -> str:
        return say("Estimate the leading {count}", count=self.leading.value()) if self._k() is None else ""

    def apply_remedy(self) -> None:
        self.way.choose(1)

    def _k(self) -> int | None:
        return self.leading.value() if self.way.index() == 1 else None

    @Slot()
    def _change_way(self) -> None:
        self.leading.setVisible(self.way.index() == 1)
        self.want()


def effective_rank(values: Floats) -> float:
    """exp of the entropy of the values taken as probabilities: n for n equal ones, 1 where one outweighs all others.

    Source: Roy, Vetterli (2007), The effective rank.
    """
    if not values.sum() > 0:
        return 0.0
    share = values[values > 0] / values.sum()
    return float(np.exp(-(share * np.log(share)).sum()))
