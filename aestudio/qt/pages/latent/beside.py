"""What stands beside the map: the place that is pointed at, or the images that are selected."""

from __future__ import annotations

import csv
import io

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.cells import plain_cells
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.latent.codes import Codes
from aestudio.core.latent.leaving import npz
from aestudio.core.run.events import Floats
from aestudio.qt.pages.latent.naming import label_name
from aestudio.qt.widgets.basics import Segmented, TextButton, label
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.qt.widgets.sharing import Rows

SEEN = 100
"""Selected images on the sheet; of more, evenly spaced ones."""
NAMED = 4
"""Labels that are counted, the most frequent first."""
LINES = 2
"""Of words below a place."""


class Beside(Yielding):
    """One of the two; a new selection comes to the front by itself."""

    kept = Signal(str)
    """The selection shall be kept under this letter."""
    none_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._codes: Codes | None = None
        self._chosen: NDArray[np.int64] = np.zeros(0, np.int64)
        self.shown = Segmented(
            [
                (say("Place"), say("What is pointed at, decoded, and the image with the nearest code")),
                (say("Selection"), say("The images inside the lasso")),
            ],
            say("Beside the map"),
        )
        self.decoded = Mosaic(say("Point at a place of the map"))
        self.decoded.setAccessibleName(say("The place, decoded"))
        self.nearest = Mosaic("")
        self.nearest.setAccessibleName(say("The image with the nearest code"))
        self.place = label("", "caption", wrap=True)
        self.place.setMinimumHeight(LINES * self.place.fontMetrics().lineSpacing())  # pictures keep their size
        self.sheet = Mosaic(say("Draw a lasso around images: drag with Shift, or pull with Shift and the arrow keys"))
        self.sheet.setAccessibleName(say("Selected images"))
        self.sheet.sharing.files = {"npz": self._arrays}
        self.sheet.sharing.give(self._numbers)
        self.counted = label("", "caption", wrap=True)
        self.as_a = TextButton(say("Keep as A"), say("For Arithmetic: what the direction leads to"))
        self.as_b = TextButton(say("Keep as B"), say("For Arithmetic: what the direction leads away from"))
        self.none = TextButton(say("Select nothing"), say("Lets go of the selection"))
        place = in_column(
            label(say("Decoded here"), "heading"),
            (self.decoded, 1),
            label(say("Nearest image"), "heading"),
            (self.nearest, 1),
            self.place,
        )
        selection = in_column((self.sheet, 1), self.counted, in_row(self.as_a, self.as_b), self.none)
        self._parts = (Yielding(), Yielding())  # a stacked layout would not go below their preferred heights
        for part, layout in zip(self._parts, (place, selection), strict=True):
            part.setLayout(layout)
        in_column(self.shown, *((part, 1) for part in self._parts), host=self)
        self.shown.changed.connect(self._turn)
        self._turn()
        self.as_a.clicked.connect(self._keep_a)
        self.as_b.clicked.connect(self._keep_b)
        self.none.clicked.connect(self.none_wanted)
        self._enable()

    @Slot()
    def _turn(self) -> None:
        for index, part in enumerate(self._parts):
            part.setVisible(index == self.shown.index())

    # -- a place -------------------------------------------------------------------------------------------------------

    def show_place(
        self, place: tuple[float, float], decoded: Floats, near: int, codes: Codes, dataset: Dataset
    ) -> None:
        """A place of the map, decoded [1, C, H, W], and the image whose code is the nearest."""
        self.decoded.set_images(decoded)
        self.nearest.set_images(codes.image(dataset, near)[None])
        said = [Text("Place {x:.3g}, {y:.3g}.", x=place[0], y=place[1])]
        if codes.labels is not None:
            said.append(
                Text("The nearest image is labelled {label}.", label=label_name(codes, int(codes.labels[near])))
            )
        if near < codes.held_out:
            said.append(Text("It was never trained on."))
        self.place.setText(str(listed(said, SPACE)))

    def leave(self) -> None:
        """No place is pointed at."""
        self.decoded.set_images(None)
        self.nearest.set_images(None)
        self.place.setText("")

    # -- a selection ---------------------------------------------------------------------------------------------------

    def show_selection(self, chosen: NDArray[np.int64], codes: Codes, dataset: Dataset) -> None:
        """The images of these codes, or that there are none."""
        self._codes, self._chosen = codes, chosen
        if not len(chosen):
            self.sheet.set_images(None)
            self.counted.setText("")
            self._enable()
            return
        some = chosen[np.unique(np.linspace(0, len(chosen) - 1, min(SEEN, len(chosen))).astype(np.int64))]
        self.sheet.set_images(codes.images(dataset, some.tolist()))
        self.counted.setText(str(listed(self._said(len(some)), SPACE)))
        self._enable()

    def chosen(self) -> NDArray[np.int64]:
        """The images that are shown as selected."""
        return self._chosen

    def forget(self) -> None:
        self._codes, self._chosen = None, np.zeros(0, np.int64)
        self.leave()
        self.sheet.set_images(None)
        self.counted.setText("")
        self._enable()

    def _said(self, shown: int) -> list[Text]:
        assert self._codes is not None
        count, labels = len(self._chosen), self._codes.labels
        said = [plural("{count:,} image.", "{count:,} images.", count)]
        if labels is not None:
            kinds, many = np.unique(labels[self._chosen], return_counts=True)
            order = np.argsort(-many, kind="stable")[:NAMED]
            each = [
                Text("{label} ({count:,})", label=label_name(self._codes, int(kinds[n])), count=many[n]) for n in order
            ]
            if rest := count - int(many[order].sum()):
                each.append(Text("others ({count:,})", count=rest))
            said.append(Text("By label: {labels}.", labels=listed(each)))
        if shown < count:
            said.append(plural("{count} of them is shown.", "{count} of them are shown, evenly chosen.", shown))
        return said

    def _enable(self) -> None:
        for button in (self.as_a, self.as_b, self.none):
            button.setEnabled(len(self._chosen) > 0)

    @Slot()
    def _keep_a(self) -> None:
        self.kept.emit("A")

    @Slot()
    def _keep_b(self) -> None:
        self.kept.emit("B")

    # -- what leaves ---------------------------------------------------------------------------------------------------

    def _numbers(self) -> Rows:
        return () if self._codes is None else rows_of(self._codes, self._chosen)

    def _arrays(self) -> bytes:
        return b"" if self._codes is None else arrays_of(self._codes, self._chosen)


def rows_of(codes: Codes, chosen: NDArray[np.int64]) -> Rows:
    """A heading, and a row for each image: its split, its place in that, label, error and code."""
    heading = ["split", "image", "label", "error", *(f"code_{unit}" for unit in range(codes.codes.shape[1]))]
    rows = []
    for index in chosen.tolist():
        held_out = index < codes.held_out
        place = index if held_out else index - codes.held_out
        name = "" if codes.labels is None else label_name(codes, int(codes.labels[index]))
        numbers = [codes.errors[index], *codes.codes[index].tolist()]
        rows.append(["held-out" if held_out else "train", str(place), name, *(f"{number:.6g}" for number in numbers)])
    return [heading, *rows]


def csv_of(codes: Codes, chosen: NDArray[np.int64], places: Floats) -> bytes:
    """The same as a file, with the place of each image on the map, [N, 2]."""
    out = io.StringIO()
    heading, *rows = rows_of(codes, chosen)
    at = [[f"{value:.6g}" for value in place] for place in places[chosen].tolist()]
    csv.writer(out, lineterminator="\n").writerows(
        [[*heading, "x", "y"], *(plain_cells([*row, *place]) for row, place in zip(rows, at, strict=True))]
    )
    return out.getvalue().encode()


def arrays_of(codes: Codes, chosen: NDArray[np.int64], places: Floats | None = None) -> bytes:
    """The same as arrays: codes [n, K], errors [n], held_out [n], and where there are some labels, kl [n], places."""
    found = {"codes": codes.codes[chosen], "errors": codes.errors[chosen], "held_out": chosen < codes.held_out}
    others = {"labels": codes.labels, "kl": codes.kl, "places": places}
    return npz(found | {name: one[chosen] for name, one in others.items() if one is not None})
