"""Images to choose from: a person's own first, then held-out ones, some at a time."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import Text, say
from aestudio.core.latent.codes import Codes
from aestudio.core.run.events import Floats
from aestudio.qt.pages.latent.picker import Picker
from aestudio.qt.widgets.basics import TextButton
from aestudio.studio.status import TriedImage

OFFERED = 40
"""Held-out images at a time."""


@dataclass(frozen=True, eq=False)
class Offer:
    """Of one snapshot."""

    images: Floats
    """[n, C, H, W]."""
    indices: tuple[int, ...]
    """Theirs among the codes."""
    count: int
    """Held-out images that could be offered."""
    own: str
    """The name of the person's own picture, which is offered first; empty where there is none."""


def offer_of(codes: Codes, dataset: Dataset, first: int, tried: TriedImage | None) -> Offer:
    """The held-out images from the one of this number on, behind the person's own where the codes hold its code."""
    start = first % codes.held_out
    indices = own_places(codes) + tuple(range(start, min(start + OFFERED, codes.held_out)))
    return Offer(
        codes.images(dataset, indices), indices, codes.held_out, tried.name if tried is not None and codes.own else ""
    )


def own_places(codes: Codes) -> tuple[int, ...]:
    """Of a person's own pictures among the codes."""
    return tuple(range(len(codes.codes) - len(codes.own), len(codes.codes)))


def said_of_own(offer: Offer) -> list[Text]:
    """Which image is the person's."""
    return [Text("The first image to choose from is your own: {name}.", name=offer.own)] if offer.own else []


class Chooser(Picker):
    """The sheet, and two buttons that stand where its panel puts them."""

    others_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(say("Held-out images to choose from appear here"), parent)
        self.setAccessibleName(say("Images to choose from"))
        self.first = 0
        """Of the held-out images, the first that shall be offered."""
        self._count = 0
        self.others = TextButton(say("Other images"), say("More of the held-out images to choose from"), icon="again")
        self.none = TextButton(say("Choose none"), say("Lets go of all images that are chosen"))
        self.others.clicked.connect(self._offer_others)
        self.none.clicked.connect(self._choose_none)

    def show_offer(self, offer: Offer) -> None:
        self._count = offer.count
        self.offer(offer.images, offer.indices)
        self.others.setEnabled(offer.count > OFFERED)

    def forget(self) -> None:
        """Another model, or other images."""
        self.first, self.chosen = 0, []
        self.set_images(None)

    @Slot()
    def _offer_others(self) -> None:
        self.first = 0 if self.first + OFFERED >= self._count else self.first + OFFERED
        self.others_wanted.emit()

    @Slot()
    def _choose_none(self) -> None:
        self.choose([])
