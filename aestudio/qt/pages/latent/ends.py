"""Two choosers of images, A and B: selections of the map, labels, or all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.latent.codes import Codes
from aestudio.qt import theme
from aestudio.qt.pages.latent.naming import label_name
from aestudio.qt.pages.latent.selections import ALL, End
from aestudio.qt.pages.latent.shared_state import SharedState
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import in_row

WIDTH = 190


class Ends(QWidget):
    """A is where a direction leads to, B where it comes from."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.to, self.away = QComboBox(), QComboBox()
        for box, name, tip in (
            (self.to, say("A, where the direction leads to"), say("It ends at the mean code of these images")),
            (self.away, say("B, where the direction comes from"), say("It begins at the mean code of these images")),
        ):
            box.setAccessibleName(name)
            box.setToolTip(tip)
            box.setMinimumWidth(theme.px(WIDTH))
            box.currentIndexChanged.connect(self.changed)
        in_row(label("A"), self.to, label(say("− B")), self.away, host=self)

    def chosen(self) -> tuple[End, End]:
        """What is chosen; empty before anything was offered."""
        return self.to.currentData() or "", self.away.currentData() or ""

    def offer(self, shared: SharedState, codes: Codes | None) -> None:
        """What there is to choose from; what is chosen stays where it is still there, and a new selection is taken."""
        for box, letter in ((self.to, "A"), (self.away, "B")):
            before, had = box.currentData(), self._offered(box)
            choices = _choices(shared, codes)
            with QSignalBlocker(box):
                box.clear()
                for end, words in choices:
                    box.addItem(str(words), end)
            ends = [end for end, _ in choices]
            fresh = f"kept-{letter}"
            wanted = (
                fresh if fresh in ends and fresh not in had else before if before in ends else _default(ends, letter)
            )
            with QSignalBlocker(box):
                box.setCurrentIndex(ends.index(wanted) if wanted in ends else -1)

    @staticmethod
    def _offered(box: QComboBox) -> list[str]:
        return [box.itemData(row) for row in range(box.count())]


def _default(ends: Sequence[End], letter: str) -> End:
    labels = [end for end in ends if end.startswith("label")]
    place = "AB".index(letter)
    return labels[place] if len(labels) > place else ALL


def _choices(shared: SharedState, codes: Codes | None) -> list[tuple[End, Text]]:
    found = [
        (
            f"kept-{letter}",
            plural(
                "Selection {letter}: {count:,} image", "Selection {letter}: {count:,} images", len(one),
                letter=letter,
            ),
        )
        for letter, one in sorted(shared.selections.items())
    ]  # fmt: skip
    if codes is None:
        return found
    if codes.labels is not None:
        kinds = np.unique(codes.labels).tolist()
        found += [(f"label-{kind}", Text("Label {label}", label=label_name(codes, kind))) for kind in kinds]
    return [*found, (ALL, Text("All images"))]
