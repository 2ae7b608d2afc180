"""Jacobian spectrum: how many directions of the image the code follows, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, Slot
from PySide6.QtWidgets import QCheckBox, QSpinBox, QVBoxLayout, QWidget
from torch import Tensor

from aestudio.core.ground.reports import Report
from aestudio.core.model.trained import Model
from aestudio.core.probes.encoder import encoder
from aestudio.core.probes.jacobian import Spectrum, leading_spectrum, spectrum
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.inspect.examined import Examined
from aestudio.qt.inspect.image_count import ImageCount
from aestudio.qt.inspect.overlays import Overlaid, Overlays
from aestudio.qt.inspect.panel import Measure, Panel
from aestudio.qt.widgets.basics import FlowLayout, Segmented, label, pad
from aestudio.qt.widgets.line_plot import Axes, Line, LinePlot

LEADING = 32
"""Singular values of an estimate, unless the person says otherwise."""
MINE = "this model"
METHODS = {"closed form": "Closed form", "exact": "Exact", "estimate": "Estimated by randomised SVD"}


@dataclass(frozen=True, eq=False)
class SpectrumFound:
    """Of the model and of the runs beside it, at the same images."""

    spectrum: Spectrum
    images: int
    whole: int
    """How many singular values there are: min(H, D)."""
    others: Sequence[Overlaid]


class SpectrumPanel(Panel):
    """Mean singular values against their rank."""

    title: ClassVar[str] = "Jacobian spectrum"
    tip: ClassVar[str] = "Singular values of ∂h/∂x: a contractive encoder follows few directions of the image"
    rank: ClassVar[int] = 2

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("spectrumPanel")
        self._found: SpectrumFound | None = None
        self.count = ImageCount()
        self.way = Segmented(
            [
                ("All", "Every singular value, exactly; refused where that would take minutes"),
                ("Leading", "Only the largest, by randomised SVD: quick for any size of image"),
            ],
            "Singular values",
        )
        self.leading = QSpinBox()
        self.leading.setRange(1, 512)
        self.leading.setValue(LEADING)
        self.leading.setKeyboardTracking(False)
        self.leading.setMinimumWidth(76)
        self.leading.setAccessibleName("How many leading singular values")
        self.leading.setToolTip("How many of the largest singular values are estimated")
        pad(self.leading)
        self.log_y = QCheckBox("Log values")
        self.log_y.setChecked(True)
        self.log_y.setToolTip("Singular values on a logarithmic axis")
        self.log_x = QCheckBox("Log rank")
        self.log_x.setToolTip("Ranks on a logarithmic axis")
        self.overlays = Overlays()
        self.plot = LinePlot("Mean singular values by rank", self._axes(), counted="bottom")
        self.plot.setObjectName("spectrumPlot")
        self.caption = label("", "caption", wrap=True)
        self.caption.setObjectName("spectrumCaption")
        self._lay_out()
        self.count.changed.connect(self._want)
        self.way.changed.connect(self._change_way)
        self.leading.valueChanged.connect(self._want)
        self.overlays.changed.connect(self._want)
        self.log_x.toggled.connect(self._scale)
        self.log_y.toggled.connect(self._scale)
        self._show_way()

    def _lay_out(self) -> None:
        choices = QWidget()
        bar = FlowLayout(choices, spacing=theme.GRID)
        for words, widgets in (
            ("Images", (self.count,)),
            ("Singular values", (self.way, self.leading, self.log_y, self.log_x, self.overlays)),
        ):
            bar.addWidget(label(words, "muted"))
            for widget in widgets:
                bar.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(choices)
        column.addWidget(self.overlays.said)
        column.addWidget(self.plot, 1)
        column.addWidget(self.caption)

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        count, k = self.count.count, self._k()
        chosen = self.overlays.chosen()

        def probe(model: Model, images: Tensor, report: Report) -> Spectrum:
            if k is not None:
                return leading_spectrum(model, images, k, report=report)
            return spectrum(model, images, report)

        def taken(subject: Examined, report: Report) -> SpectrumFound:
            images = subject.images(count)
            mine = probe(subject.model, images, report)
            f = encoder(subject.model, images)
            return SpectrumFound(mine, len(images), min(f.inputs, f.units), chosen.measured(images, k, probe, report))

        return taken

    def show_found(self, found: SpectrumFound, subject: Examined) -> None:
        self._found = SpectrumFound(found.spectrum, found.images, found.whole, self.overlays.usable(found.others))
        self._draw()

    def forget(self) -> None:
        self._found = None
        self.plot.show_lines([])
        self.caption.setText("")

    def remedy(self) -> str:
        return f"Estimate the leading {self.leading.value()}" if self._k() is None else ""

    def apply_remedy(self) -> None:
        self.way.choose(1)

    def set_library(self, folder: Path | None) -> None:
        self.overlays.set_library(folder)

    def _k(self) -> int | None:
        return self.leading.value() if self.way.index() == 1 else None

    # -- showing -------------------------------------------------------------------------------------------------------

    def _axes(self) -> Axes:
        return Axes("rank", "mean singular value", log_x=self.log_x.isChecked(), log_y=self.log_y.isChecked())

    def _draw(self) -> None:
        if self._found is None:
            return
        mean = self._found.spectrum.mean
        lines = [_line(MINE, mean, theme.current().series[0])]
        lines += [_line(one.choice.name, one.found.mean, one.choice.colour) for one in self._found.others]
        self.plot.show_lines(lines)
        self.caption.setText(_said(self._found))

    @Slot()
    def _scale(self) -> None:
        self.plot.set_axes(self._axes())

    @Slot()
    def _want(self) -> None:
        self.wanted.emit()

    @Slot()
    def _change_way(self) -> None:
        self._show_way()
        self.wanted.emit()

    def _show_way(self) -> None:
        self.leading.setVisible(self.way.index() == 1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event):
            self._draw()


def _line(name: str, values: Floats, colour: str) -> Line:
    return Line(name, np.arange(1, len(values) + 1, dtype=float), values.astype(float), colour, dots=len(values) <= 64)


def effective_rank(values: Floats) -> float:
    """exp of the entropy of the values taken as probabilities: n for n equal ones, 1 where one outweighs all others.

    Source: Roy, Vetterli (2007), The effective rank.
    """
    if not values.sum() > 0:
        return 0.0
    share = values[values > 0] / values.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def _said(found: SpectrumFound) -> str:
    """How it was measured, and how many directions matter."""
    mean = found.spectrum.mean
    large = int((mean > mean[0] / 10).sum())
    all_of_them = len(mean) == found.whole
    words = [f"{METHODS[found.spectrum.method]} over {found.images} held-out images"]
    words.append(f"{found.whole} values" if all_of_them else f"the first {len(mean)} of {found.whole} values")
    sure = "" if all_of_them or large < len(mean) else "at least "
    words.append(f"{sure}{large} above a tenth of the largest, {mean[0]:.3g}")
    if all_of_them:
        words.append(f"effective rank {effective_rank(mean.astype(np.float64)):.1f}")
    return " · ".join(words)
