"""Tangents: how an image may change so that its code changes most, drawn as images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.probes.filters import varying
from aestudio.core.probes.tangents import Tangents, tangents
from aestudio.core.run.events import Floats
from aestudio.core.run.symbols import SUBSCRIPTS
from aestudio.qt import theme
from aestudio.qt.colouring import about_zero, signed
from aestudio.qt.pages.inspect.gallery import Gallery
from aestudio.qt.pages.inspect.walk import Walk
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.colour_bar import LARGEST, ColourBar
from aestudio.qt.widgets.layouts import count_box, holder, in_column, in_row, splitter
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.studio.inspect.examined import Examined

SAMPLES = 60
"""Held-out images to choose from."""
MOST, USUAL = 32, 8
"""Tangents."""


@dataclass(frozen=True, eq=False)
class TangentsFound:
    """The tangents at one of the samples [N, C, H, W]."""

    samples: Floats
    sample: int
    tangents: Tangents
    asked: int
    """How many were asked for; there are fewer where the code or the image has fewer dimensions."""
    varying: Floats
    """1 where pixels vary among the images, else 0, [C, H, W]: the others are left out of the pictures."""

    @property
    def image(self) -> Floats:
        image: Floats = self.samples[self.sample]
        return image

    @property
    def far(self) -> float:
        """From the image to the mean of the samples."""
        return float(np.linalg.norm(self.image - self.samples.mean(0)))


class TangentsPanel(Panel):
    """Samples to choose from, the tangents at the one that is chosen, and a walk along one of them."""

    title: ClassVar[str] = "Tangents"
    tip: ClassVar[str] = "How an image may change so that its code changes most: the leading directions of the Jacobian"
    rank: ClassVar[int] = 4

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: tuple[TangentsFound, Examined] | None = None
        self._sample = 0
        self.samples = Mosaic(say("Held-out images appear here"))
        self.samples.setObjectName("tangentSamples")
        self.samples.setAccessibleName(say("Held-out images to choose from"))
        self.samples.setToolTip(say("Click or arrow keys choose the image whose tangents are shown; the wheel zooms"))
        self.caption = label("", "caption")
        tip = say("How many leading tangents are shown, 1 to {most}", most=MOST)
        self.count = count_box(1, MOST, USUAL, say("Number of tangents"), tip, 68)
        self.method = label("", "caption")
        self.method.setObjectName("tangentMethod")
        self.gallery = Gallery(say("Tangent directions"), say("Tangent directions appear here"), choosing=True)
        self.gallery.setObjectName("tangentGallery")
        self.gallery.setToolTip(
            say(
                "Right singular vectors of the encoder’s Jacobian ∂h/∂x at the image, blue below zero and red above, "
                "each scaled by itself; σ says by how much the code moves along it. Click or arrow keys choose one."
            )
        )
        self.bar = ColourBar(
            about_zero, *LARGEST, say("Blue lowers a pixel, red raises it; each picture has its own scale")
        )
        self.walk = Walk()
        self._lay_out()
        self.samples.sample_clicked.connect(self.choose)
        self.samples.selection_moved.connect(self.choose)
        self.count.valueChanged.connect(self.want)
        self.gallery.chosen.connect(self._show_walk)

    def _lay_out(self) -> None:
        heading = label(say("Held-out images"), "heading")
        heading.setMinimumHeight(self.count.sizeHint().height())
        left = in_column(heading, (self.samples, 1), self.caption)
        bar = in_row(label(say("Leading tangents"), "heading"), self.count, (self.method, 1), self.bar)
        right = in_column(bar, (self.gallery, 3), (self.walk, 2))
        across = splitter(
            Qt.Orientation.Horizontal,
            holder(left),
            holder(right),
            sizes=(380, 740),
            shares=(1, 2),
            gap=2 * theme.GRID,
        )
        in_row(across, host=self)

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        k, wanted = self.count.value(), self._sample

        def taken(subject: Examined, report: Report) -> TangentsFound:
            report(say("Finding tangents"), None)
            samples = subject.images(SAMPLES)
            sample = min(wanted, len(samples) - 1)
            found = tangents(subject.model, samples[sample : sample + 1], k)
            seen = varying(subject.images())
            return TangentsFound(samples.numpy(), sample, found, k, seen)

        return taken

    def show_found(self, found: TangentsFound, subject: Examined) -> None:
        self._found, self._sample = (found, subject), found.sample
        self.samples.set_images(found.samples)
        self.samples.select(found.sample)
        self.caption.setText(say("Image {number} of {count}", number=found.sample + 1, count=len(found.samples)))
        self._describe(found)
        self.restyle()

    def forget(self) -> None:
        self._found, self._sample = None, 0
        self.samples.set_images(None)
        self.gallery.show_images(None)
        self.caption.setText("")
        self.method.setText("")
        self.walk.forget()

    # -- showing -------------------------------------------------------------------------------------------------------

    @Slot(int)
    def choose(self, sample: int) -> None:
        """Shows the tangents at another image."""
        self._sample = sample
        self.samples.select(sample)
        self.wanted.emit()

    def sample(self) -> int:
        """Which image was chosen."""
        return self._sample

    def _describe(self, found: TangentsFound) -> None:
        how = Text("exact, from the whole Jacobian" if found.tangents.exact else "estimated, by a randomised SVD")
        fewer = len(found.tangents.values)
        few = plural("there is {count}, {how}", "there are {count}, {how}", fewer, how=how)
        self.method.setText(str(how if fewer == found.asked else few))

    def restyle(self) -> None:
        if self._found is None:
            return
        found = self._found[0].tangents
        words = [f"{_sigma(place)} = {value:.3g}" for place, value in enumerate(found.values)]
        self.gallery.show_images(signed(found.directions * self._found[0].varying), words)
        self._show_walk()

    @Slot()
    def _show_walk(self) -> None:
        if self._found is None:
            return
        found, subject = self._found
        place = self.gallery.choice()
        name = Text("tangent {number}", number=place + 1)
        self.walk.show_walk(subject.model, found.image, found.tangents.directions[place], name, found.far)


def _sigma(place: int) -> str:
    return "σ" + str(place + 1).translate(SUBSCRIPTS)
