"""Grid: what the decoder makes of evenly spaced places of a plane in the space of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.core.latent.plane import Window, decoded, window_of
from aestudio.core.run.events import Floats
from aestudio.qt.pages.latent.kept import LatentPanel
from aestudio.qt.pages.latent.plane_choice import PlaneChoice, plane_of
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.layouts import count_box
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import encoded

ENOUGH = 5_000
"""Images of each split that say where on the plane codes lie."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Of one snapshot."""

    images: Floats
    """[G, G, C, H, W], the first row being the uppermost."""
    window: Window


class GridPanel(LatentPanel):
    """Decoded images on a plane, from edge to edge of where codes of images lie."""

    title: ClassVar[str] = "Grid"
    tip: ClassVar[str] = "A plane through the space of codes, decoded at evenly spaced places"
    rank: ClassVar[int] = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plane = PlaneChoice()
        self.count = count_box(
            3, 40, 15, say("Images in each row"), say("How many there are in each row and column"), 68
        )
        self.sheet = Mosaic(say("Decoded images appear here"))
        self.sheet.setAccessibleName(say("Grid of decoded images"))
        self.setLayout(self.frame((self.plane, self.count), (self.sheet, 1)))
        self.plane.changed.connect(self.want)
        self.count.valueChanged.connect(self.want)

    def measure(self) -> Measure:
        wish, count = self.plane.chosen(self.kept), self.count.value()

        def taken(subject: Examined, report: Report) -> Grid:
            codes = encoded(subject, ENOUGH, report)
            plane = plane_of(codes.codes, wish)
            window = window_of(plane.places(codes.codes))
            report(say("Decoding the grid"), None)
            return Grid(decoded(subject.model, plane, window, count), window)

        return taken

    def show_found(self, found: Grid, subject: Examined) -> None:
        count = self.sheet.columns = len(found.images)
        self.sheet.set_images(found.images.reshape(count * count, *found.images.shape[2:]))
        window = found.window
        self.caption.setText(
            say(
                "From {left:.3g} to {right:.3g} across and {low:.3g} to {high:.3g} upwards, which is where nearly all "
                "images have their codes.",
                left=window.x - window.half,
                right=window.x + window.half,
                low=window.y - window.half,
                high=window.y + window.half,
            )
        )

    def forget(self) -> None:
        self.sheet.set_images(None)
        self.caption.setText("")
