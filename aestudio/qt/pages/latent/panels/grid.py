"""Grid: what the decoder makes of evenly spaced places of a plane in the space of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.core.latent.codes import MOST
from aestudio.core.latent.leaving import npz
from aestudio.core.latent.plane import Window, decoded, window_of
from aestudio.core.run.events import Floats
from aestudio.qt.pages.latent.kept import LatentPanel
from aestudio.qt.pages.latent.plane_choice import PlaneChoice, plane_of
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.layouts import count_box
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.qt.widgets.sharing import Rows
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import encoded

ENOUGH = 5_000
"""Images of each split that say where on the plane codes lie; a direction is one of all images."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Of one snapshot."""

    images: Floats
    """[G, G, C, H, W], the first row being the uppermost."""
    window: Window
    places: Floats
    """Of each, x and y, [G², 2]."""
    codes: Floats
    """[G², K]."""


class GridPanel(LatentPanel):
    """Decoded images on a plane, from edge to edge of where codes of images lie."""

    title: ClassVar[str] = "Grid"
    tip: ClassVar[str] = "A plane through the space of codes, decoded at evenly spaced places"
    rank: ClassVar[int] = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Grid | None = None
        self.plane = PlaneChoice()
        self.count = count_box(
            3, 40, 15, say("Images in each row"), say("How many there are in each row and column"), 68
        )
        self.sheet = Mosaic(say("Decoded images appear here"))
        self.sheet.setAccessibleName(say("Grid of decoded images"))
        self.sheet.sharing.files = {"npz": self._arrays}
        self.sheet.sharing.give(self._numbers)
        self.setLayout(self.frame((self.plane, self.count), (self.sheet, 1)))
        self.plane.changed.connect(self.want)
        self.count.valueChanged.connect(self.want)

    def measure(self) -> Measure:
        wish, count = self.plane.chosen(self.kept), self.count.value()

        def taken(subject: Examined, report: Report) -> Grid:
            codes = encoded(subject, MOST if wish.along else ENOUGH, report)
            plane = plane_of(codes, wish)
            window = window_of(plane.places(codes.codes))
            report(say("Decoding the grid"), None)
            places = window.grid(count)
            return Grid(decoded(subject.model, plane, window, count), window, places, plane.codes(places))

        return taken

    def show_found(self, found: Grid, subject: Examined) -> None:
        self._found = found
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
        self._found = None
        self.sheet.set_images(None)
        self.caption.setText("")

    def _numbers(self) -> Rows:
        """The place and the code of each."""
        if self._found is None:
            return ()
        heading = ["x", "y", *(f"code_{unit}" for unit in range(self._found.codes.shape[1]))]
        rows = np.concatenate([self._found.places, self._found.codes], 1).tolist()
        return [heading, *([f"{number:.6g}" for number in row] for row in rows)]

    def _arrays(self) -> bytes:
        found = self._found
        if found is None:
            return b""
        return npz(
            {"places": found.places, "codes": found.codes, "images": found.images.reshape(-1, *found.images.shape[2:])}
        )
