"""Map: every image at its place in the space of codes, and what the decoder makes of the place under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.latent.codes import Codes, codes_of, nearest
from aestudio.core.latent.plane import Plane, Window, window_of
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.pages.latent.map_view import MapView
from aestudio.qt.pages.latent.plane_choice import PlaneChoice, data_of, plane_of
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import Segmented, label
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.studio.inspect.examined import Examined

LABELS, ERRORS, SPLITS = range(3)
PRIOR_CIRCLES = (1.0, 2.0)
"""Standard deviations of a standard normal prior."""
WORST = 98
"""The percentile of errors that has the strongest colour."""


@dataclass(frozen=True, eq=False)
class Mapped:
    """Of one snapshot."""

    codes: Codes
    plane: Plane
    places: Floats
    window: Window
    dataset: Dataset
    of_units: bool


class MapPanel(Panel):
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
        self.decoded = Mosaic(say("Point at a place of the map"))
        self.decoded.setAccessibleName(say("The place, decoded"))
        self.nearest = Mosaic("")
        self.nearest.setAccessibleName(say("The image with the nearest code"))
        self.place = label("", "caption", wrap=True)
        self.legend = label("", "caption", wrap=True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        beside = in_column(
            label(say("Decoded here"), "heading"),
            (self.decoded, 1),
            label(say("Nearest image"), "heading"),
            (self.nearest, 1),
            self.place,
        )
        body = QHBoxLayout()
        body.setSpacing(2 * theme.GRID)
        body.addWidget(self.view, 3)
        body.addLayout(beside, 1)
        self.setLayout(self.frame((self.plane, self.colour, self.thumbnails), (body, 1), self.legend))
        self.plane.changed.connect(self.want)
        self.colour.changed.connect(self._draw)
        self.thumbnails.toggled.connect(self._draw)
        self.view.pointed.connect(self._point)

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        units = self.plane.units

        def taken(subject: Examined, report: Report) -> Mapped:
            dataset = data_of(subject)
            codes = codes_of(subject.model, dataset, report=report)
            plane = plane_of(codes.codes, units)
            places = plane.places(codes.codes)
            return Mapped(codes, plane, places, window_of(places), dataset, units is not None)

        return taken

    def show_found(self, found: Mapped, subject: Examined) -> None:
        self._found, self._subject = found, subject
        self._draw()
        if self.view.place() is not None:
            self._point(*(self.view.place() or (0.0, 0.0)))

    def forget(self) -> None:
        self._found = self._subject = None
        self.view.show_map(None, np.zeros((0, 3), np.uint8), Window(0, 0, 1))
        self.decoded.set_images(None)
        self.nearest.set_images(None)
        self.place.setText("")
        self.legend.setText("")
        self.caption.setText("")

    # -- showing -------------------------------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        found, subject = self._found, self._subject
        if found is None or subject is None:
            return
        prior = found.of_units and subject.model.samples(1) is not None
        self.view.show_map(found.places, self._colours(found), found.window, PRIOR_CIRCLES if prior else ())
        self.view.show_thumbnails(self._images if self.thumbnails.isChecked() else None)
        self.caption.setText(str(listed(self._said(found, prior=prior), SPACE)))
        self.legend.setText(str(listed(self._named(found), SPACE)))

    def restyle(self) -> None:
        self._draw()

    def _named(self, found: Mapped) -> list[str]:
        """Colours and what they mean, in HTML."""
        labels, names = found.codes.labels, found.codes.names
        if self.colour.index() == ERRORS:
            return []
        if self.colour.index() == SPLITS:
            words = [say("held out"), say("of training")]
        elif labels is None:
            return []
        else:
            words = [names[kind] if names else str(kind) for kind in range(int(labels.max()) + 1)]
        dots = zip(many_colours(len(words)), words, strict=True)
        return [f'<span style="color:{colour}">●</span>&nbsp;{escape(word)}' for colour, word in dots]

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

    def _colours(self, found: Mapped) -> NDArray[np.uint8]:
        """Of each image [N, 3]."""
        look, codes = theme.current(), found.codes
        if self.colour.index() == ERRORS:
            top = max(float(np.percentile(codes.errors, WORST)), 1e-12)
            share = np.clip(codes.errors / top, 0, 1)[:, None]
            low, high = _rgb(look.tint(look.accent, 0.25)), _rgb(look.bad)
            shaded: NDArray[np.uint8] = (low + share * (high - low)).astype(np.uint8)
            return shaded
        kinds = np.zeros(len(found.places), np.int64)
        if self.colour.index() == LABELS and codes.labels is not None:
            kinds = codes.labels
        elif self.colour.index() == SPLITS:
            kinds = (np.arange(len(kinds)) >= codes.held_out).astype(np.int64)
        table = np.array([_rgb(colour) for colour in many_colours(int(kinds.max()) + 1)]).astype(np.uint8)
        coloured: NDArray[np.uint8] = table[kinds]
        return coloured

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
        self.decoded.set_images(subject.model.decode(torch.from_numpy(code)).float().numpy())
        near = nearest(found.codes, code[0])
        self.nearest.set_images(found.codes.image(found.dataset, near)[None])
        labels, names = found.codes.labels, found.codes.names
        said = [Text("Place {x:.3g}, {y:.3g}.", x=x, y=y)]
        if labels is not None:
            label = names[labels[near]] if names else str(labels[near])
            said.append(Text("The nearest image is labelled {label}.", label=label))
        if near < found.codes.held_out:
            said.append(Text("It was never trained on."))
        self.place.setText(str(listed(said, SPACE)))


def many_colours(count: int) -> list[str]:
    """Colours that tell so many kinds apart: the theme's own, then evenly spaced hues."""
    own = list(theme.current().series)
    if count <= len(own):
        return own[:count]
    return [QColor.fromHslF(number / count, 0.65, 0.5).name() for number in range(count)]


def _rgb(colour: str) -> NDArray[np.float64]:
    made = QColor(colour)
    return np.array([made.red(), made.green(), made.blue()], np.float64)
