"""Paths: from image to image through the space of codes, in three ways, each as long as the decoder makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.latent.codes import Codes
from aestudio.core.latent.leaving import npz
from aestudio.core.latent.paths import FRAMES, WAYS, Path, Way, path
from aestudio.qt import theme
from aestudio.qt.pages.latent.chooser import Chooser, Offer, offer_of, said_of_own
from aestudio.qt.pages.latent.latent_panel import LatentPanel
from aestudio.qt.pages.latent.player import Player
from aestudio.qt.pages.latent.shared_state import SharedState, with_picture
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.basics import Segmented, label
from aestudio.qt.widgets.layouts import count_box, in_column, named
from aestudio.qt.widgets.sharing import Rows
from aestudio.qt.widgets.sheet import Sheet
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import data_of, encoded

ENOUGH = 5_000
"""Images of each split that a path through the data may go through."""
NAMES: Mapping[Way, Text] = {
    "straight": Text("Straight"),
    "spherical": Text("Spherical"),
    "data": Text("Through data"),
}


@dataclass(frozen=True, eq=False)
class Paths:
    """Of one snapshot."""

    ways: Mapping[Way, Path]
    chosen: tuple[int, ...]
    offer: Offer


class PathsPanel(LatentPanel):
    """Images to choose from at the left, the three paths as rows of pictures at the right, and one of them played."""

    title: ClassVar[str] = "Paths"
    tip: ClassVar[str] = "From image to image: straight, on a sphere, and through the data"
    rank: ClassVar[int] = 3

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Paths | None = None
        self.steps = count_box(
            2, 24, 8, say("Steps"), say("How many steps each path has from one chosen image to the next"), 68
        )
        self.played = Segmented(
            [
                (say("Straight"), say("Codes on the straight line between two codes")),
                (say("Spherical"), say("Codes that turn about zero, or about the mean where the code has no prior")),
                (
                    say("Through data"),
                    say("From image to image that are near each other, where the decoder changes least"),
                ),
            ],
            say("Played"),
        )
        self.picker = Chooser()
        self.sheet = Sheet(say("Choose two images or more at the left"))
        self.sheet.setAccessibleName(say("Paths"))
        self.sheet.sharing.files = {"npz": self._arrays}
        self.sheet.sharing.give(self._numbers)
        self.player = Player(say("The path, played"), say("A path is played here"))
        body = QHBoxLayout()
        body.setSpacing(2 * theme.GRID)
        left = in_column(label(say("Choose images"), "heading"), (self.picker, 3), (self.player, 2))
        body.addLayout(left, 1)
        body.addWidget(self.sheet, 2)
        self.setLayout(self.frame((named(self.steps), self.picker.others, self.picker.none, self.played), (body, 1)))
        self.steps.valueChanged.connect(self.want)
        self.picker.others_wanted.connect(self.want)
        self.picker.chosen_changed.connect(self.want)
        self.played.changed.connect(self._play)
        self.sheet.sample_clicked.connect(self._play_row)
        self.sheet.selection_moved.connect(self._play_row)

    def take_shared(self, shared: SharedState) -> None:
        super().take_shared(shared)
        shared.own_changed.connect(self.want)

    def shows_own_images(self) -> bool:
        return True

    def measure(self) -> Measure:
        chosen, steps, first = tuple(self.picker.chosen), self.steps.value(), self.picker.first
        fresh, tried = self._found is None, self.shared.tried

        def taken(subject: Examined, report: Report) -> Paths:
            dataset = data_of(subject)
            codes = with_picture(encoded(subject, ENOUGH, report), tried, subject)
            wanted = tuple(one for one in chosen if one < len(codes.codes))
            wanted = _two(codes) if fresh and not wanted else wanted
            ways = {}
            if len(wanted) > 1:
                ways = {way: path(subject.model, codes, wanted, way, steps, report) for way in WAYS}
            return Paths(ways, wanted, offer_of(codes, dataset, first, tried))

        return taken

    def show_found(self, found: Paths, subject: Examined) -> None:
        if len(self.picker.chosen) != len(found.chosen):  # at the beginning, and where one's own picture has gone
            self.picker.chosen = list(found.chosen)
        self._found = found
        self.picker.show_offer(found.offer)
        if found.ways:
            images = np.stack([found.ways[way].images for way in WAYS])
            self.sheet.set_rows(images, [_row(way, found.ways[way]) for way in WAYS])
        else:
            self.sheet.set_rows(None)
        self.caption.setText(str(listed(_said(found), SPACE)))
        self._play()

    def forget(self) -> None:
        self._found = None
        self.picker.forget()
        self.sheet.set_rows(None)
        self.player.set_frames(None)
        self.caption.setText("")

    # -- what is done --------------------------------------------------------------------------------------------------

    @Slot(int)
    def _play_row(self, index: int) -> None:
        self.sheet.select(index)
        self.played.choose(self.sheet.row(index))

    @Slot()
    def _play(self) -> None:
        self.sheet.select_row(self.played.index())
        ways = {} if self._found is None else self._found.ways
        self.player.set_frames(ways[WAYS[self.played.index()]].frames if ways else None)

    # -- what leaves ---------------------------------------------------------------------------------------------------

    def _numbers(self) -> Rows:
        """The codes of all three."""
        ways = {} if self._found is None else self._found.ways
        width = next((one.codes.shape[1] for one in ways.values()), 0)
        heading = ["path", "step", "length", *(f"code_{unit}" for unit in range(width))]
        rows = []
        for way, one in ways.items():
            far = np.append(0, np.cumsum(one.steps))
            for place in range(0, len(one.codes), FRAMES):
                numbers = [far[place], *one.codes[place].tolist()]
                rows.append([way, str(place // FRAMES), *(f"{number:.6g}" for number in numbers)])
        return [heading, *rows]

    def _arrays(self) -> bytes:
        ways = {} if self._found is None else self._found.ways
        codes = {f"{way}_codes": one.codes for way, one in ways.items()}
        return npz(codes | {f"{way}_images": one.frames for way, one in ways.items()})


def _two(codes: Codes) -> tuple[int, ...]:
    """To begin with: the first held-out image and the next with another label."""
    count, labels = codes.held_out, codes.labels
    if count < 2:
        return (0, 1) if len(codes.codes) > 1 else ()
    other = 1 if labels is None else next((n for n in range(1, count) if labels[n] != labels[0]), 1)
    return 0, other


def _row(way: Way, one: Path) -> Text:
    return Text("{way}\nlength {length:.3f}", way=NAMES[way], length=one.length)


def _said(found: Paths) -> Sequence[Text]:
    own = said_of_own(found.offer)
    if not found.ways:
        return [*own, Text("A path leads from one image to another; choose two images or more.")]
    lengths = {way: found.ways[way].length for way in WAYS}
    shortest, *others = sorted(WAYS, key=lengths.__getitem__)
    return [
        *own,
        Text(
            "Lengths are the decoder's: the changes from picture to picture added up, each the root mean square over "
            "all pixels; 1 is as much as from black to white."
        ),
        *([Text("The shortest: {way}.", way=NAMES[shortest])] if lengths[shortest] < lengths[others[0]] else []),
        plural(
            "The path through the data passes {count} image.",
            "The path through the data passes {count} images.",
            len(found.ways["data"].passed),
        ),
    ]
