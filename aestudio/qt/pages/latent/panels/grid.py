"""Grid: what the decoder makes of evenly spaced places of a plane in the space of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.latent.codes import MOST, Codes
from aestudio.core.latent.leaving import npz
from aestudio.core.latent.plane import Window, decoded, of_images, window_about, window_of
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.pages.latent.chooser import Chooser, Offer, offer_of, said_of_own
from aestudio.qt.pages.latent.grid_view import GridView
from aestudio.qt.pages.latent.latent_panel import LatentPanel
from aestudio.qt.pages.latent.plane_choice import IMAGES, PlaneChoice, PlaneWish, plane_of
from aestudio.qt.pages.latent.shared_state import SharedState, with_picture
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import count_box, holder, in_column, in_row, named
from aestudio.qt.widgets.sharing import Rows
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import data_of, encoded

ENOUGH = 5_000
"""Images of each split that say where on the plane codes lie; a direction is one of all images."""
CORNERS = 3
"""Images that a plane goes through."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Of one snapshot."""

    images: Floats
    """[G, G, C, H, W], the first row being the uppermost."""
    window: Window
    """The part of the plane that they are of."""
    whole: Window
    """All of it that is worth seeing."""
    places: Floats
    """Of each, x and y, [G², 2]."""
    codes: Floats
    """[G², K]."""
    corners: Floats
    """Where the three images lie that the plane goes through, [3, 2]; [0, 2] where it goes through none."""


@dataclass(frozen=True, eq=False)
class Found:
    """What there is to see, and the images to choose from where the plane goes through some."""

    grid: Grid | None
    offer: Offer | None = None
    asked: tuple[int, ...] = ()
    """The images that were chosen when this was asked for."""
    chosen: tuple[int, ...] = ()
    """Those that it was made of."""
    problem: Text | None = None
    """Why there is no grid."""


class GridPanel(LatentPanel):
    """Decoded images on a plane, from edge to edge of where codes of images lie, or of the part that is zoomed to."""

    title: ClassVar[str] = "Grid"
    tip: ClassVar[str] = "A plane through the space of codes, decoded at evenly spaced places"
    rank: ClassVar[int] = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Found | None = None
        self.plane = PlaneChoice()
        self.count = count_box(
            3, 40, 15, say("Images in each row"), say("How many there are in each row and column"), 68
        )
        self.picker = Chooser()
        self.left = holder(in_column(label(say("Choose images"), "heading"), (self.picker, 1)))
        self.sheet = GridView(say("Decoded images appear here"))
        self.sheet.setAccessibleName(say("Grid of decoded images"))
        self.sheet.setToolTip(
            say("The wheel zooms, dragging pans, a double click or Esc shows all; what is seen then is decoded anew")
        )
        self.sheet.sharing.files = {"npz": self._arrays}
        self.sheet.sharing.give(self._numbers)
        body = in_row((self.left, 1), (self.sheet, 2), spacing=2 * theme.GRID)
        self.setLayout(self.frame((self.plane, named(self.count), self.picker.others, self.picker.none), (body, 1)))
        self.plane.changed.connect(self._turn)
        self.count.valueChanged.connect(self.want)
        self.picker.others_wanted.connect(self.want)
        self.picker.chosen_changed.connect(self._choose)
        self.sheet.part_wanted.connect(self.want)
        self._show_choice()

    def take_shared(self, shared: SharedState) -> None:
        super().take_shared(shared)
        shared.own_changed.connect(self._take_own)

    def shows_own_images(self) -> bool:
        return self.plane.wanted() == IMAGES

    def measure(self) -> Measure:
        wish, count, part = self.plane.chosen(self.shared), self.count.value(), self.sheet.part()
        chosen, first, tried = tuple(self.picker.chosen), self.picker.first, self.shared.tried
        fresh = self._found is None or self._found.offer is None

        def taken(subject: Examined, report: Report) -> Found:
            codes = encoded(subject, MOST if wish.along else ENOUGH, report)
            if not wish.through_images:
                return Found(_grid(subject, codes, wish, (), part, count, report))
            codes = with_picture(codes, tried, subject)
            corners = tuple(one for one in chosen if one < len(codes.codes))
            corners = _three(codes) if fresh and not corners else corners
            offer = offer_of(codes, data_of(subject), first, tried)
            try:
                return Found(_grid(subject, codes, wish, corners, part, count, report), offer, chosen, corners)
            except ProbeError as problem:  # the panel stays, so that other images can be chosen
                return Found(None, offer, chosen, corners, problem.text)

        return taken

    def show_found(self, found: Found, subject: Examined) -> None:
        self._found = found
        if found.offer is not None:
            if tuple(self.picker.chosen) == found.asked:  # else others were chosen meanwhile
                self.picker.chosen = list(found.chosen)
            self.picker.show_offer(found.offer)
        if found.grid is None:
            self.sheet.set_images(None)
        else:
            grid = found.grid
            self.sheet.show_grid(grid.images, grid.window, grid.whole, grid.corners.tolist())
        self.caption.setText(str(listed(_said(found), SPACE)))

    def forget(self) -> None:
        self._found = None
        self.picker.forget()
        self.sheet.leave()
        self.sheet.set_images(None)
        self.caption.setText("")

    # -- what is done --------------------------------------------------------------------------------------------------

    @Slot()
    def _turn(self) -> None:
        """Another plane: a part of this one is none of that."""
        self.sheet.leave()
        self._show_choice()
        self.want()

    def _show_choice(self) -> None:
        for part in (self.left, self.picker.others, self.picker.none):
            part.setVisible(self.plane.wanted() == IMAGES)

    @Slot()
    def _choose(self) -> None:
        """The last three hold."""
        if len(self.picker.chosen) > CORNERS:
            self.picker.choose(self.picker.chosen[-CORNERS:])
            return
        self.sheet.leave()
        self.want()

    @Slot()
    def _take_own(self) -> None:
        if self.plane.wanted() == IMAGES:
            self.want()

    # -- what leaves ---------------------------------------------------------------------------------------------------

    def _numbers(self) -> Rows:
        """The place and the code of each."""
        if self._found is None or self._found.grid is None:
            return ()
        grid = self._found.grid
        heading = ["x", "y", *(f"code_{unit}" for unit in range(grid.codes.shape[1]))]
        rows = np.concatenate([grid.places, grid.codes], 1).tolist()
        return [heading, *([f"{number:.6g}" for number in row] for row in rows)]

    def _arrays(self) -> bytes:
        if self._found is None or self._found.grid is None:
            return b""
        grid = self._found.grid
        images = grid.images.reshape(-1, *grid.images.shape[2:])
        return npz({"places": grid.places, "codes": grid.codes, "images": images})


def _grid(
    subject: Examined,
    codes: Codes,
    wish: PlaneWish,
    corners: tuple[int, ...],
    part: Window | None,
    count: int,
    report: Report,
) -> Grid:
    """Raises: ProbeError where there is no such plane."""
    if wish.through_images:
        plane = of_images(codes.codes[list(corners)])
        marks = plane.places(codes.codes[list(corners)])
        whole = window_about(marks)
    else:
        plane, marks = plane_of(codes, wish), np.zeros((0, 2), np.float32)
        whole = window_of(plane.places(codes.codes))
    report(say("Decoding the grid"), None)
    window = part or whole
    places = window.grid(count)
    return Grid(decoded(subject.model, plane, window, count), window, whole, places, plane.codes(places), marks)


def _three(codes: Codes) -> tuple[int, ...]:
    """To begin with: held-out images with different labels where there are such."""
    count = min(codes.held_out, len(codes.codes))
    if codes.labels is None or count < CORNERS:
        return tuple(range(min(CORNERS, len(codes.codes))))
    _, first = np.unique(codes.labels[:count], return_index=True)
    found = sorted(first.tolist())[:CORNERS]
    return tuple(found + [one for one in range(count) if one not in found][: CORNERS - len(found)])


def _said(found: Found) -> list[Text]:
    said = [] if found.offer is None else said_of_own(found.offer)
    if found.grid is None:
        return said if found.problem is None else [*said, found.problem]
    part, whole = found.grid.window, found.grid.whole
    edges: dict[str, Any] = {
        "left": part.x - part.half,
        "right": part.x + part.half,
        "low": part.y - part.half,
        "high": part.y + part.half,
    }
    if part != whole:
        where = Text(
            "From {left:.3g} to {right:.3g} across and {low:.3g} to {high:.3g} upwards; Esc shows all.", **edges
        )
    elif found.offer is not None:
        where = Text(
            "From {left:.3g} to {right:.3g} across and {low:.3g} to {high:.3g} upwards; the codes of the three images "
            "lie at the numbers.",
            **edges,
        )
    else:
        where = Text(
            "From {left:.3g} to {right:.3g} across and {low:.3g} to {high:.3g} upwards, which is where nearly all "
            "images have their codes.",
            **edges,
        )
    return [*said, where]
