"""Map: every image at its place in the space of codes, and what the decoder makes of the place under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.latent.codes import Codes, nearest
from aestudio.core.latent.plane import Plane, Window, window_of
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.pages.latent.beside import Beside
from aestudio.qt.pages.latent.kept import LatentPanel
from aestudio.qt.pages.latent.map_colours import LABELS, coloured, named
from aestudio.qt.pages.latent.map_view import MapView
from aestudio.qt.pages.latent.plane_choice import PlaneChoice, plane_of
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.basics import Segmented, label
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import data_of, encoded

PRIOR_CIRCLES = (1.0, 2.0)
"""Standard deviations of a standard normal prior."""


@dataclass(frozen=True, eq=False)
class Mapped:
    """Of one snapshot."""

    codes: Codes
    plane: Plane
    places: Floats
    window: Window
    dataset: Dataset
    of_units: bool


class MapPanel(LatentPanel):
    """A map with the place under the pointer beside it, decoded, and the image whose code is the nearest."""

    title: ClassVar[str] = "Map"
    tip: ClassVar[str] = "Every image at its place in the space of codes; point at a place to see it decoded"
    rank: ClassVar[int] = 0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Mapped | None = None
        self._subject: Examined | None = None
        self.plane = PlaneChoice()
        self.colour = Segmented(
            [
                (say("Label"), say("Each kind of image has a colour of its own, where the images have labels")),
                (say("Error"), say("The redder, the worse the image is reconstructed")),
                (say("Held out"), say("Images that were never trained on, and those that were")),
            ],
            say("Colour"),
        )
        self.thumbnails = QCheckBox(say("Thumbnails"))
        self.thumbnails.setToolTip(say("Images in place of dots; zoom in to see more of them"))
        self.view = MapView(say("Map of codes"), say("Codes of images appear here"))
        self.lasso = QCheckBox(say("Lasso"))
        self.lasso.setToolTip(
            say("Dragging selects the images inside the line that is drawn; with Shift it always does")
        )
        self.beside = Beside()
        self.legend = label("", "caption", wrap=True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        body = QHBoxLayout()
        body.setSpacing(2 * theme.GRID)
        body.addWidget(self.view, 3)
        body.addWidget(self.beside, 1)
        self.setLayout(self.frame((self.plane, self.colour, self.thumbnails, self.lasso), (body, 1), self.legend))
        self.plane.changed.connect(self.want)
        self.colour.changed.connect(self._draw)
        self.thumbnails.toggled.connect(self._draw)
        self.view.pointed.connect(self._point)
        self.lasso.toggled.connect(self._turn_lasso)
        self.view.selected.connect(self._select)
        self.beside.none_wanted.connect(self._select_none)
        self.beside.kept.connect(self._keep)

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        wish = self.plane.chosen(self.kept)

        def taken(subject: Examined, report: Report) -> Mapped:
            dataset = data_of(subject)
            codes = encoded(subject, report=report)
            plane = plane_of(codes.codes, wish)
            places = plane.places(codes.codes)
            return Mapped(codes, plane, places, window_of(places), dataset, wish.units is not None)

        return taken

    def show_found(self, found: Mapped, subject: Examined) -> None:
        self._found, self._subject = found, subject
        self._draw()
        self.beside.show_selection(self.view.selection(), found.codes, found.dataset)
        if self.view.place() is not None:
            self._point(*(self.view.place() or (0.0, 0.0)))

    def forget(self) -> None:
        self._found = self._subject = None
        self.view.show_map(None, np.zeros((0, 3), np.uint8), Window(0, 0, 1))
        self.beside.forget()
        self.legend.setText("")
        self.caption.setText("")

    # -- showing -------------------------------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        found, subject = self._found, self._subject
        if found is None or subject is None:
            return
        prior = found.of_units and subject.model.samples(1) is not None
        self.view.show_map(
            found.places, coloured(found.codes, self.colour.index()), found.window, PRIOR_CIRCLES if prior else ()
        )
        self.view.show_thumbnails(self._images if self.thumbnails.isChecked() else None)
        self.caption.setText(str(listed(self._said(found, prior=prior), SPACE)))
        self.legend.setText(str(listed(named(found.codes, self.colour.index()), SPACE)))

    def restyle(self) -> None:
        self._draw()

    def _said(self, found: Mapped, *, prior: bool) -> list[Text]:
        count = len(found.places)
        said = [
            Text(
                "{held_out:,} held-out images and {trained:,} of training.",
                held_out=found.codes.held_out,
                trained=count - found.codes.held_out,
            )
        ]
        if self.colour.index() == LABELS and found.codes.labels is None:
            said.append(Text("These images have no labels."))
        if prior:
            said.append(Text("Dashed: one and two standard deviations of the prior."))
        return said

    def _images(self, which: Sequence[int]) -> Floats:
        assert self._found is not None
        found: Floats = np.stack([self._found.codes.image(self._found.dataset, index) for index in which])
        return found

    @Slot(float, float)
    def _point(self, x: float, y: float) -> None:
        found, subject = self._found, self._subject
        if found is None or subject is None:
            return
        code = found.plane.codes(np.array([[x, y]], np.float32))
        decoded = subject.model.decode(torch.from_numpy(code)).float().numpy()
        self.beside.show_place((x, y), decoded, nearest(found.codes, code[0]), found.codes, found.dataset)

    # -- selecting -----------------------------------------------------------------------------------------------------

    @Slot(bool)
    def _turn_lasso(self, on: bool) -> None:
        self.view.lasso = on

    @Slot(np.ndarray)
    def _select(self, chosen: NDArray[np.int64]) -> None:
        if self._found is not None:
            self.beside.show_selection(chosen, self._found.codes, self._found.dataset)
        if len(chosen):
            self.beside.shown.choose(1)

    @Slot()
    def _select_none(self) -> None:
        self.view.select(np.zeros(0, np.int64))

    @Slot(str)
    def _keep(self, letter: str) -> None:
        chosen = self.beside.chosen()
        self.kept.keep(letter, chosen)
        self.told.emit(
            str(
                plural(
                    "Kept as {letter}: {count:,} image. Arithmetic uses it.",
                    "Kept as {letter}: {count:,} images. Arithmetic uses them.",
                    len(chosen),
                    letter=letter,
                )
            )
        )
