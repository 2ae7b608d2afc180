"""Map: every image at its place in the space of codes, and what the decoder makes of the place under the pointer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.latent.attributes import Attribute
from aestudio.core.latent.codes import Codes, nearest
from aestudio.core.latent.plane import Window
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.pages.latent.beside import Beside, arrays_of, csv_of
from aestudio.qt.pages.latent.latent_panel import LatentPanel
from aestudio.qt.pages.latent.map_colours import (
    ERRORS,
    FACTORS,
    KL,
    LABELS,
    coloured,
    ends,
    goes_round,
    named,
    numbers,
    shading,
    shading_round,
)
from aestudio.qt.pages.latent.map_view import MapView
from aestudio.qt.pages.latent.mapped import Mapped, mapped, marks_of
from aestudio.qt.pages.latent.marks import Marks
from aestudio.qt.pages.latent.naming import attribute_name
from aestudio.qt.pages.latent.plane_choice import PlaneChoice
from aestudio.qt.pages.latent.shared_state import SharedState
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.basics import Segmented, label
from aestudio.qt.widgets.colour_bar import ColourBar
from aestudio.studio.inspect.examined import Examined


class MapPanel(LatentPanel):
    """A map with the place under the pointer beside it, decoded, and the image whose code is the nearest."""

    title: ClassVar[str] = "Map"
    tip: ClassVar[str] = "Every image at its place in the space of codes; point at a place to see it decoded"
    rank: ClassVar[int] = 0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Mapped | None = None
        self._subject: Examined | None = None
        self._agreed = 0
        """Images of each split that the person wants mapped, however long it takes."""
        self.plane = PlaneChoice(neighbours=True)
        self.colour = Segmented(
            [
                (say("Label"), say("Each kind of image has a colour of its own, where the images have labels")),
                (say("Error", context="of a reconstruction"), say("The redder, the worse the image is reconstructed")),
                (say("KL"), say("The redder, the more nats the image's code costs, where a code is drawn")),
                (say("Held out"), say("Images that were never trained on, and those that were")),
                (say("Factor"), say("What images were drawn by, where that is known: size, rotation, place")),
            ],
            say("Colour"),
        )
        self.factor = QComboBox()
        self.factor.setAccessibleName(say("Factor"))
        self.factor.hide()
        self.thumbnails = QCheckBox(say("Thumbnails"))
        self.thumbnails.setToolTip(say("Images in place of dots; zoom in to see more of them"))
        self.view = MapView(say("Map of codes"), say("Codes of images appear here"))
        self.view.sharing.later = {"csv": self._numbers, "npz": self._arrays}
        self.lasso = QCheckBox(say("Lasso"))
        self.lasso.setToolTip(
            say("Dragging selects the images inside the line that is drawn; with Shift it always does")
        )
        self.beside = Beside()
        self.legend = label("", "caption", wrap=True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.bar = ColourBar(shading, "", "", say("What the colours of the dots stand for"))
        self.bar.hide()
        body = QHBoxLayout()
        body.setSpacing(2 * theme.GRID)
        body.addWidget(self.view, 3)
        body.addWidget(self.beside, 1)
        choices = (self.plane, self.colour, self.factor, self.thumbnails, self.lasso)
        self.setLayout(self.frame(choices, (body, 1), self.legend, self.bar))
        self.plane.changed.connect(self._leave_plane)
        self.plane.changed.connect(self.want)
        self.colour.changed.connect(self._draw)
        self.factor.currentIndexChanged.connect(self._draw)
        self.thumbnails.toggled.connect(self._draw)
        self.view.pointed.connect(self._point)
        self.lasso.toggled.connect(self._turn_lasso)
        self.view.selected.connect(self._select)
        self.beside.none_wanted.connect(self.view.select_none)
        self.beside.kept.connect(self._keep)

    def take_shared(self, shared: SharedState) -> None:
        super().take_shared(shared)
        shared.tried_changed.connect(self._draw)
        shared.own_changed.connect(self.want)

    # -- measuring -----------------------------------------------------------------------------------------------------

    def shows_own_images(self) -> bool:
        return True

    def measure(self) -> Measure:
        wish = self.plane.chosen(self.shared)
        agreed, earlier = self._agreed == wish.mapped, self.shared.earlier

        def taken(subject: Examined, report: Report) -> Mapped:
            return mapped(subject, wish, earlier, agreed=agreed, report=report)

        return taken

    def remedy(self) -> str:
        wanted = self.plane.mapped.value()
        return say("Begin") if self.plane.mapped.isVisibleTo(self.plane) and self._agreed != wanted else ""

    def apply_remedy(self) -> None:
        self._agreed = self.plane.mapped.value()
        self.want()

    def show_found(self, found: Mapped, subject: Examined) -> None:
        self._found, self._subject = found, subject
        self._offer_factors(found.factors)
        self._draw()
        self.beside.show_selection(self.view.selection(), found.codes, found.dataset)
        if self.view.place() is not None:
            self._point(*(self.view.place() or (0.0, 0.0)))

    def forget(self) -> None:
        self._found = self._subject = None
        self._agreed = 0
        self.view.show_map(None, np.zeros((0, 3), np.uint8), Window(0, 0, 1))
        self.beside.forget()
        self.legend.setText("")
        self.caption.setText("")
        self.bar.hide()

    def close_down(self, seconds: float) -> bool:
        return self.view.sharing.close(seconds)

    # -- showing -------------------------------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        found, by = self._found, self.colour.index()
        if found is None:
            return
        marks, factor = marks_of(found, self.shared), self._factor(found)
        self.factor.setVisible(factor is not None)
        self.view.show_map(found.places, coloured(found.codes, by, factor), found.window, marks)
        self.view.show_thumbnails(self._images if self.thumbnails.isChecked() else None)
        self.caption.setText(str(listed(self._said(found, marks), SPACE)))
        words = named(found.codes, by, factor)
        self.legend.setText(str(listed(words, SPACE)))
        self.legend.setVisible(bool(words))
        values = numbers(found.codes, by, factor)
        self.bar.setVisible(values is not None)
        if values is not None:
            self.bar.colouring = shading_round if goes_round(factor) else shading
            self.bar.name_ends(*(_named_end(by, one, factor) for one in ends(values, factor)))

    def _offer_factors(self, factors: list[Attribute]) -> None:
        """Those of these images; the one that is chosen stays where it is there."""
        names = [one.name for one in factors]
        if names != [self.factor.itemData(row) for row in range(self.factor.count())]:
            chosen = self.factor.currentData()
            with QSignalBlocker(self.factor):
                self.factor.clear()
                for one in factors:
                    self.factor.addItem(str(attribute_name(one)), one.name)
                self.factor.setCurrentIndex(max(0, self.factor.findData(chosen)) if factors else -1)

    def _factor(self, found: Mapped) -> Attribute | None:
        """The one that gives the colours; None where something else does, or none is known."""
        wanted = self.factor.currentData() if self.colour.index() == FACTORS else None
        return next((one for one in found.factors if one.name == wanted), None)

    def restyle(self) -> None:
        self._draw()

    def _said(self, found: Mapped, marks: Marks) -> list[Text]:
        codes = found.codes
        said = [
            Text(
                "Held-out images: {held_out:,}, images of training: {trained:,}.",
                held_out=codes.held_out,
                trained=len(codes.codes) - codes.held_out,
            )
        ]
        if self.colour.index() == LABELS and codes.labels is None:
            said.append(Text("These images have no labels."))
        if self.colour.index() == ERRORS:
            said.append(Text("The redder, the larger the mean squared error per pixel."))
        if self.colour.index() == KL and codes.kl is None:
            said.append(Text("The code of this model is not drawn, so it has no cost in nats."))
        if self.colour.index() == FACTORS and not found.factors:
            said.append(Text("By what these images were drawn is not known."))
        if marks.rings:
            said.append(_said_of_rings(found.window, marks))
        if beyond := [name for x, y, name in marks.points if not self.view.is_within((x, y))]:
            said.append(Text("Beyond the edge of the map: {names}; zoom out.", names=listed(beyond)))
        if found.holes is not None and len(found.holes.corners):
            said.append(
                Text(
                    "Hatched: holes, where the prior promises codes and hardly one is: {percent:.3g} % of its draws "
                    "fall there.",
                    percent=100 * found.holes.share,
                )
            )
        if found.plane is None:
            said.append(Text("Distances between islands mean little, and a place has no code."))
            if self.shared.tried is not None:
                said.append(
                    Text(
                        "{name} lies in the middle of the ten images whose codes are the nearest.",
                        name=self.shared.tried.name,
                    )
                )
        return said

    def _images(self, which: Sequence[int]) -> Floats:
        assert self._found is not None
        return self._found.codes.images(self._found.dataset, which)

    @Slot(float, float)
    def _point(self, x: float, y: float) -> None:
        found, subject = self._found, self._subject
        if found is None or subject is None:
            return
        place = np.array([[x, y]], np.float32)
        if found.plane is None:  # no code lies there: the nearest dot speaks for the place
            near = int(np.square(found.places - place).sum(1).argmin())
            code = found.codes.codes[near : near + 1]
        else:
            code = found.plane.codes(place)
            near = nearest(found.codes, code[0])
        decoded = subject.model.decode(torch.from_numpy(code)).float().numpy()
        self.beside.show_place((x, y), decoded, near, found.codes, found.dataset)

    @Slot()
    def _leave_plane(self) -> None:
        """Another one is wanted: a part or a place of this one is none of that."""
        self.view.leave()
        self.beside.leave()

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

    @Slot(str)
    def _keep(self, letter: str) -> None:
        chosen = self.beside.chosen()
        if self._found is None:
            return
        self.shared.keep(letter, chosen, self._found.codes)
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

    # -- what leaves ---------------------------------------------------------------------------------------------------

    def _numbers(self) -> Callable[[], bytes]:
        return partial(_file, csv_of, self._found)

    def _arrays(self) -> Callable[[], bytes]:
        return partial(_file, arrays_of, self._found)


def _file(made_by: Callable[[Codes, NDArray[np.int64], Floats], bytes], found: Mapped | None) -> bytes:
    return b"" if found is None else made_by(found.codes, np.arange(len(found.codes.codes)), found.places)


def _named_end(by: int, value: float, factor: Attribute | None) -> Text:
    """What stands at an end of the colours: the steps of a factor are counted from 0."""
    if factor is not None and goes_round(factor) and value == factor.cycle:
        return Text("step 0 again")
    if by == KL:
        return Text("{value:.3g} nats", value=value)
    return Text("step {value:.0f}", value=value) if by == FACTORS else Text("{value:.3g}", value=value)


def _said_of_rings(window: Window, marks: Marks) -> Text:
    """What is dashed, or why nothing is."""
    x, y = (abs(a - b) + window.half for a, b in zip((window.x, window.y), marks.centre, strict=True))
    if np.hypot(x, y) < min(marks.rings):
        return Text(
            "All of this lies within one standard deviation of the prior: "
            "along both axes the codes differ less than the prior does."
        )
    return Text("Dashed: one and two standard deviations of the prior.")
