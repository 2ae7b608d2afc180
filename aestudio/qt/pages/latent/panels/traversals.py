"""Traversals: a row for each unit of the code, decoded while it goes through the values that images have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.latent.leaving import npz
from aestudio.core.latent.traversals import EDGE, Order, Traversals, ordered, traversals
from aestudio.qt.pages.latent.player import Player
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import Segmented, TextButton, label
from aestudio.qt.widgets.layouts import count_box, in_column, in_row, named
from aestudio.qt.widgets.sharing import Rows
from aestudio.qt.widgets.sheet import Sheet
from aestudio.studio.code_units import CodeUnits
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import encoded

ENOUGH = 5_000
"""Images of each split that say which values a unit takes."""
SMOOTH = 33
"""Frames of the row that is played."""
AVERAGE = 0


@dataclass(frozen=True, eq=False)
class Walked:
    """Of one snapshot."""

    order: Order
    rows: Traversals
    played: Traversals
    """One unit in many steps."""
    units: CodeUnits
    left: int
    """Units in use, or wanted all the same, for which there was no row."""


class TraversalsPanel(Panel):
    """The sheet, and the row that is chosen, played."""

    title: ClassVar[str] = "Traversals"
    tip: ClassVar[str] = "One unit of the code after the other, from its least values to its greatest"
    rank: ClassVar[int] = 5

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Walked | None = None
        self._image, self._unit = 0, -1
        self.about = Segmented(
            [
                (say("Mean code"), say("All other units are at their means")),
                (say("An image"), say("All other units are those of a held-out image")),
            ],
            say("Around"),
        )
        self.another = TextButton(say("Another image"), say("Around another held-out image"), icon="again")
        self.another.setEnabled(False)
        self.most = count_box(1, 64, 10, say("Rows"), say("How many units are shown, those that tell most first"), 68)
        self.steps = count_box(3, 25, 9, say("Pictures in each row"), say("Steps from least to greatest"), 68)
        self.unused = QCheckBox(say("Unused units too"))
        self.unused.setToolTip(say("Units that hardly differ between images are left out else"))
        self.sheet = Sheet(say("A row for each unit appears here"))
        self.sheet.setAccessibleName(say("Traversals"))
        self.sheet.sharing.files = {"npz": self._arrays}
        self.sheet.sharing.give(self._numbers)
        self.player = Player(say("The unit, played"), say("Choose a row to see it move"))
        self.heading = label(say("Played"), "heading", wrap=True)
        beside = in_column(self.heading, (self.player, 1))
        body = in_row((self.sheet, 3), (beside, 1))
        self.setLayout(
            self.frame((self.about, self.another, named(self.most), named(self.steps), self.unused), (body, 1))
        )
        for signal in (self.about.changed, self.most.valueChanged, self.steps.valueChanged, self.unused.toggled):
            signal.connect(self.want)
        self.another.clicked.connect(self._turn_image)
        self.sheet.sample_clicked.connect(self._choose)
        self.sheet.selection_moved.connect(self._choose)

    def measure(self) -> Measure:
        image = None if self.about.index() == AVERAGE else self._image
        most, steps, unused, unit = self.most.value(), self.steps.value(), self.unused.isChecked(), self._unit

        def taken(subject: Examined, report: Report) -> Walked:
            codes = encoded(subject, ENOUGH, report)
            order = ordered(codes)
            wanted = order.units if unused else order.units[order.used[order.units]]
            wanted = wanted if len(wanted) else order.units[:1]
            base = codes.codes.mean(0) if image is None else codes.codes[image % codes.held_out]
            report(say("Decoding the rows"), None)
            rows = traversals(subject.model, codes, base, wanted[:most], steps)
            chosen = np.array([unit if unit in rows.units else rows.units[0]])
            played = traversals(subject.model, codes, base, chosen, SMOOTH)
            named = CodeUnits(subject.model.code_shape)
            return Walked(order, rows, played, named, len(wanted) - len(rows.units))

        return taken

    def show_found(self, found: Walked, subject: Examined) -> None:
        self._found = found
        heads = [
            Text("{percent:.0f} %", percent=100 * one)
            for one in np.linspace(EDGE, 1 - EDGE, found.rows.images.shape[1])
        ]
        self.sheet.set_rows(found.rows.images, [self._row(found, int(unit)) for unit in found.rows.units], heads)
        played = int(found.played.units[0])
        self.sheet.select_row(found.rows.units.tolist().index(played))
        self.heading.setText(say("Played: {unit}", unit=found.units.words(played)))
        self.player.set_frames(found.played.images[0])
        self.another.setEnabled(self.about.index() != AVERAGE)
        self.caption.setText(str(listed(_said(found), SPACE)))

    def forget(self) -> None:
        self._found = None
        self._unit = -1
        self.sheet.set_rows(None)
        self.heading.setText(say("Played"))
        self.player.set_frames(None)
        self.caption.setText("")

    @staticmethod
    def _row(found: Walked, unit: int) -> Text:
        words, size = found.units.words(unit), float(found.order.sizes[unit])
        if found.order.by_kl:
            return Text("{unit}\nKL {size:.2f} nats", unit=words, size=size)
        return Text("{unit}\nσ {size:.3g}", unit=words, size=size)

    @Slot()
    def _turn_image(self) -> None:
        self._image += 1
        self.want()

    @Slot(int)
    def _choose(self, index: int) -> None:
        """The unit of this row is played."""
        if self._found is None:
            return
        self.sheet.select(index)
        unit = int(self._found.rows.units[self.sheet.row(index)])
        if unit != self._unit:
            self._unit = unit
            self.want()

    # -- what leaves ---------------------------------------------------------------------------------------------------

    def _numbers(self) -> Rows:
        """What each unit tells, and the values that it goes through."""
        if self._found is None:
            return ()
        rows, order = self._found.rows, self._found.order
        heading = ["unit", "kl" if order.by_kl else "deviation", *(f"value_{n}" for n in range(rows.values.shape[1]))]
        found = []
        for unit, values in zip(rows.units.tolist(), rows.values.tolist(), strict=True):
            found.append([str(unit), *(f"{number:.6g}" for number in (order.sizes[unit], *values))])
        return [heading, *found]

    def _arrays(self) -> bytes:
        if self._found is None:
            return b""
        rows = self._found.rows
        return npz({"units": rows.units, "values": rows.values, "images": rows.images})


def _said(found: Walked) -> list[Text]:
    silent = int((~found.order.used).sum())
    said = [
        Text("Above each column: the part of all images whose unit is lower. What tells most comes first."),
    ]
    if found.left:
        said.append(plural("{count:,} more unit is not shown.", "{count:,} more units are not shown.", found.left))
    if silent:
        said.append(
            plural(
                "{count:,} unit hardly differs between images.", "{count:,} units hardly differ between images.", silent
            )
        )
    return said
