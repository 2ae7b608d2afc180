"""PCA twin: a linear autoencoder beside the principal components of its own data."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import ProbeError, RunError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.core.probes.pca import PCA, pca
from aestudio.core.run.events import Floats
from aestudio.core.theory.twin import Twin, affine_maps, twin
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import StatCard
from aestudio.qt.widgets.layouts import holder, in_column, in_row, splitter
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line
from aestudio.qt.widgets.linked_panes import LinkedPanes
from aestudio.studio.inspect.examined import Examined

ORIGINAL, MODEL, COMPONENTS = "original", "model", "components"
PICTURES = 16
"""Held-out images of which both reconstructions are shown."""


@dataclass(frozen=True, eq=False)
class Beside:
    """What was found of one snapshot; images [N, C, H, W]."""

    twin: Twin
    original: Floats
    by_model: Floats
    by_pca: Floats


class TwinPanel(Panel):
    """Errors against the floor, angles between the subspaces, and what both make of the same images."""

    title: ClassVar[str] = "PCA twin"
    tip: ClassVar[str] = "A linear autoencoder finds the subspace of the principal components: how close it has come"
    rank: ClassVar[int] = 0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._components: tuple[Dataset, PCA] | None = None
        """Of the data set that they were last found of: they stay the same while a model trains."""
        self._history: list[tuple[int, Twin]] = []
        self._scored: dict[int, float] = {}
        """Of the steps at which the training itself has measured it."""
        self._pixels = 1
        self._code_size = 0
        self.cards = {
            "ratio": StatCard(
                say("Error / floor"), say("Held-out error over that of PCA with as many components; 1 is the best")
            ),
            "error": StatCard(
                say("Held-out error"), say("Mean squared error per pixel of the autoencoder, images in [0, 1]")
            ),
            "floor": StatCard(
                say("PCA floor"), say("The held-out error of principal component analysis with the same code size")
            ),
            "projectors": StatCard(
                "‖P − P̂‖", say("Frobenius norm of the difference of the projectors on both subspaces")
            ),
            "angle": StatCard(
                say("Largest angle"), say("Between the decoder's subspace and the first principal directions")
            ),
        }
        self.errors = LinePlot(say("Held-out error over steps"), _error_axes(), counted="bottom")
        self.angles = LinePlot(say("Principal angles"), Axes(say("direction"), say("angle, degrees")))
        self.values = LinePlot(
            say("Squared singular values of the decoder"), Axes(say("direction"), say("squared singular value"))
        )
        self.pictures = LinkedPanes({ORIGINAL: say("Original"), MODEL: say("Autoencoder"), COMPONENTS: say("PCA")})
        self._lay_out()
        display().changed.connect(self._change_unit)

    def _lay_out(self) -> None:
        plots = in_row(*((plot, 1) for plot in (self.errors, self.angles, self.values)), spacing=2 * theme.GRID)
        down = splitter(Qt.Orientation.Vertical, self.pictures, holder(plots), sizes=(300, 300))
        in_column(in_row(*((card, 1) for card in self.cards.values()), 0), (down, 1), host=self)

    @classmethod
    def suits(cls, subject: Examined) -> bool:
        try:
            affine_maps(subject.model)
        except RunError:
            return False
        return True

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        known = self._components

        def taken(subject: Examined, report: Report) -> tuple[Dataset, PCA, Beside]:
            dataset = subject.dataset
            if dataset is None:
                raise ProbeError(
                    "The images that this model was trained on are not there, so they have no PCA to show."
                )
            components = known[1] if known is not None and known[0] is dataset else pca(dataset, report=report)
            found = twin(components, subject.model)
            images = subject.images(PICTURES)
            by_model = subject.model.decode(subject.model.encode(images))
            by_pca = components.reconstruct(images, found.code_size)
            return dataset, components, Beside(found, images.numpy(), by_model.numpy(), by_pca.numpy())

        return taken

    def show_found(self, found: tuple[Dataset, PCA, Beside], subject: Examined) -> None:
        dataset, components, beside = found
        self._components = (dataset, components)
        one = beside.twin
        if one.code_size != self._code_size or (self._history and subject.step < self._history[-1][0]):
            self._history, self._code_size = [], one.code_size
        if not self._history or subject.step > self._history[-1][0]:
            self._history.append((subject.step, one))
        self._scored = {step: error for step, error in subject.errors if 0 < step <= subject.step}
        self._pixels = prod(subject.shape)
        per_pixel = say("Mean squared error per pixel of all held-out images")
        self.pictures.show_images(ORIGINAL, beside.original)
        self.pictures.show_images(MODEL, beside.by_model, say("Error {error:.5f}", error=one.held_out_mse), per_pixel)
        self.pictures.show_images(
            COMPONENTS, beside.by_pca, say("Error {error:.5f}", error=one.held_out_floor), per_pixel
        )
        self._show_numbers(one)
        self._draw()

    def forget(self) -> None:
        self._history = []
        for card in self.cards.values():
            card.show_value("–")
        self.pictures.clear()

    # -- showing -------------------------------------------------------------------------------------------------------

    def _show_numbers(self, one: Twin) -> None:
        k = say("of k = {size}", size=one.code_size)
        self.cards["ratio"].show_value(f"{one.ratio:.4f}" if one.ratio < 100 else f"{one.ratio:.3g}", "×")
        self.cards["error"].show_value(f"{one.held_out_mse:.6f}")
        self.cards["floor"].show_value(f"{one.held_out_floor:.6f}", k)
        self.cards["projectors"].show_value(f"{one.projector_difference:.4f}")
        self.cards["angle"].show_value(f"{one.angles[-1]:.2f}°")

    @Slot()
    def _change_unit(self) -> None:
        self.errors.set_axes(_error_axes())
        self.restyle()

    def restyle(self) -> None:
        if self._history:
            self._draw()

    def _draw(self) -> None:
        look, (_, one) = theme.current(), self._history[-1]
        measured = self._scored | {step: each.held_out_mse for step, each in self._history}
        factor = display().of_pixel(self._pixels)
        steps = np.array(sorted(measured), float)
        error = np.array([measured[step] for step in sorted(measured)]) * factor
        floor = [(say("PCA floor"), one.held_out_floor * factor)]
        self.errors.show_lines([Line(say("held-out error"), steps, error, look.series[0], dots=len(steps) < 50)], floor)
        order = np.arange(1, one.code_size + 1, dtype=float)
        angles = np.array(one.angles)
        self.angles.show_lines([Line(say("angle"), order, angles, look.series[1], dots=True)])
        lines = [Line(say("autoencoder"), order, np.array(one.squared_singular_values), look.series[0], dots=True)]
        if one.law is not None:
            lines.append(Line("1 − λ/σ²", order, np.array(one.law), look.series[1], dashed=True))
        self.values.show_lines(lines)


def _error_axes() -> Axes:
    return Axes(say("step"), display().error_unit, log_y=True)
