"""Arithmetic: the mean code of some images less that of others, applied to any image, and what else it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.latent.arithmetic import SURE, Direction, applied, direction
from aestudio.core.latent.attributes import attributes_of
from aestudio.core.latent.codes import Codes
from aestudio.core.latent.leaving import npz
from aestudio.core.latent.moved import AttributeChange, changes
from aestudio.core.latent.paths import decode_all
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.pages.latent.changes_table import ChangesTable
from aestudio.qt.pages.latent.chooser import Chooser, Offer, offer_of, own_places, said_of_own
from aestudio.qt.pages.latent.ends import Ends
from aestudio.qt.pages.latent.latent_panel import LatentPanel
from aestudio.qt.pages.latent.selections import DirectionEnds
from aestudio.qt.pages.latent.shared_state import SharedState, with_picture
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import count_box, in_column, named
from aestudio.qt.widgets.sharing import Rows
from aestudio.qt.widgets.sheet import Sheet
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import data_of, encoded

ROWS = 4
"""Images that the direction is applied to where none is chosen."""
STRENGTHS = 9
TURNED = 45
"""Degrees: a direction that may turn further says little."""


@dataclass(frozen=True, eq=False)
class AppliedDirection:
    """Of one snapshot."""

    codes: Codes
    ends: DirectionEnds
    direction: Direction
    strengths: Floats
    images: Floats
    """[R, S, C, H, W], decoded."""
    moved: Floats
    """Their codes [R, S, K]."""
    changes: list[AttributeChange]
    offer: Offer


class ArithmeticPanel(LatentPanel):
    """Images to choose from at the left; at the right each along the direction, and the table of what it changes."""

    title: ClassVar[str] = "Arithmetic"
    tip: ClassVar[str] = "The mean code of some images less that of others, applied to any image"
    rank: ClassVar[int] = 4

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: AppliedDirection | None = None
        self._codes: Codes | None = None
        self.ends = Ends()
        self.most = count_box(
            1, 10, 2, say("Strongest"), say("By how many times the direction images are moved at most"), 68
        )
        self.picker = Chooser()
        self.sheet = Sheet(say("Images along the direction appear here"))
        self.sheet.setAccessibleName(say("Images along the direction"))
        self.sheet.sharing.files = {"npz": self._arrays}
        self.sheet.sharing.give(self._numbers)
        self.table = ChangesTable()
        body = QHBoxLayout()
        body.setSpacing(2 * theme.GRID)
        body.addLayout(in_column(label(say("Apply to"), "heading"), (self.picker, 1)), 1)
        self.beside = label(say("What else it changes"), "heading")
        body.addLayout(in_column((self.sheet, 1), self.beside, self.table), 2)
        self.setLayout(self.frame((self.ends, named(self.most), self.picker.others, self.picker.none), (body, 1)))
        self.ends.changed.connect(self.want)
        self.most.valueChanged.connect(self.want)
        self.picker.chosen_changed.connect(self.want)
        self.picker.others_wanted.connect(self.want)

    def take_shared(self, shared: SharedState) -> None:
        super().take_shared(shared)
        shared.changed.connect(self._offer_ends)
        shared.own_changed.connect(self.want)

    def shows_own_images(self) -> bool:
        return True

    def measure(self) -> Measure:
        ends = DirectionEnds(*self.ends.chosen(), dict(self.shared.selections))
        most, tried = self.most.value(), self.shared.tried
        first, chosen = self.picker.first, tuple(self.picker.chosen)

        def taken(subject: Examined, report: Report) -> AppliedDirection | Codes:
            dataset = data_of(subject)
            codes = encoded(subject, report=report)
            if not (ends.to and ends.away):
                return codes
            if ends.to == ends.away:
                raise ProbeError(
                    "A and B are the same images, so there is no direction. Choose others, such as those that you "
                    "select on the map and keep as A or B."
                )
            to, away = ends.images(codes)
            report(say("Drawing the selections anew"), None)
            found = direction(codes.codes[to], codes.codes[away])
            every = with_picture(codes, tried, subject)
            images = tuple(one for one in chosen if one < len(every.codes))
            images = images or (*own_places(every), *away.tolist())[:ROWS]
            strengths = np.linspace(-most, most, STRENGTHS).astype(np.float32)
            moved = applied(every.codes[list(images)], found.vector, strengths.astype(np.float64))
            decoded = decode_all(subject.model, moved.reshape(-1, moved.shape[2]))
            report(say("Looking for what else changes"), None)
            changed = changes(codes, attributes_of(dataset, codes), found.vector)
            offer = offer_of(every, dataset, first, tried)
            shape = (*moved.shape[:2], *decoded.shape[1:])
            return AppliedDirection(codes, ends, found, strengths, decoded.reshape(shape), moved, changed, offer)

        return taken

    def show_found(self, found: AppliedDirection | Codes, subject: Examined) -> None:
        self._codes = found if isinstance(found, Codes) else found.codes
        self.ends.offer(self.shared, self._codes)
        if isinstance(found, Codes):  # only now it is known what there is to choose from
            self.want()
            return
        self._found = found
        self.shared.point(found.ends)
        self.picker.chosen = [one for one in self.picker.chosen if one < len(found.codes.codes) + bool(found.offer.own)]
        self.picker.show_offer(found.offer)
        self.sheet.set_rows(found.images, (), [_signed(one) for one in found.strengths.tolist()])
        self.table.show_changes(found.changes, found.codes)
        for part in (self.table, self.beside):
            part.setVisible(bool(found.changes))
        self.caption.setText(str(listed(_said(found), SPACE)))

    def forget(self) -> None:
        self._found = self._codes = None
        self.picker.forget()
        self.sheet.set_rows(None)
        self.table.setRowCount(0)
        self.caption.setText("")
        self.ends.offer(SharedState(), None)

    # -- what is done --------------------------------------------------------------------------------------------------

    @Slot()
    def _offer_ends(self) -> None:
        before = self.ends.chosen()
        self.ends.offer(self.shared, self._codes)
        if self.ends.chosen() != before or any(end.startswith("kept") for end in before):
            self.want()

    # -- what leaves ---------------------------------------------------------------------------------------------------

    def _numbers(self) -> Rows:
        """The direction, unit by unit."""
        vector = [] if self._found is None else self._found.direction.vector.tolist()
        return [["unit", "direction"], *([str(unit), f"{value:.6g}"] for unit, value in enumerate(vector))]

    def _arrays(self) -> bytes:
        if self._found is None:
            return b""
        found = self._found
        return npz(
            {
                "direction": found.direction.vector,
                "strengths": found.strengths,
                "codes": found.moved,
                "images": found.images,
            }
        )


def _signed(strength: float) -> str:
    return f"{strength:+.2g}".replace("-", "−") if strength else "0"


def _said(found: AppliedDirection) -> list[Text]:
    one = found.direction
    said = [
        Text(
            "From {away:,} images to {to:,}: the direction is {length:.3g} long.",
            away=one.counts[1],
            to=one.counts[0],
            length=one.length,
        )
    ]
    said.append(
        Text("Of so few images it cannot be said how certain it is; select more.")
        if one.is_of_few
        else Text(
            "In {sure} of 100 draws of the same images anew it is {low:.3g} to {high:.3g} long and turns by at most "
            "{angle:.0f}°.",
            sure=SURE,
            low=one.low,
            high=one.high,
            angle=one.angle,
        )
    )
    if one.angle > TURNED and not one.is_of_few:
        said.append(Text("That is mostly chance; select more images, or such that differ more."))
    said += said_of_own(found.offer)
    said.append(Text("It is an axis of the map and the grid: choose Direction there."))
    return said
