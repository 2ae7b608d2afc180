"""What the panels of the page Latent share: selections, the direction between two, and a person's own pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from aestudio.core.latent.codes import Codes, with_own
from aestudio.qt.pages.latent.selections import DirectionEnds, Selection
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.own_images import MOST
from aestudio.studio.status import TriedImage

REMEMBERED = MOST
"""Pictures of a person's own besides the one that is looked at: those of the same drop, and of drops before."""


class SharedState(QObject):
    """Of one model; another one has other codes."""

    changed = Signal()
    tried_changed = Signal()
    own_changed = Signal()
    """Another picture of the person's own is tried, or none any more: not the same one by a newer snapshot."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selections: dict[str, Selection] = {}
        """By their letter, A and B."""
        self.direction: DirectionEnds | None = None
        self.tried: TriedImage | None = None
        """A person's own picture, where it has a code."""
        self.earlier: tuple[TriedImage, ...] = ()
        """Those that were tried with it or before it, the last ones, until all are put away."""

    def keep(self, letter: str, chosen: NDArray[np.int64], codes: Codes) -> None:
        """Images that a person selected, by their places among codes."""
        held_out = chosen < codes.held_out
        self.selections[letter] = Selection(chosen[held_out], chosen[~held_out] - codes.held_out)
        self.changed.emit()

    def point(self, direction: DirectionEnds) -> None:
        """A direction was found."""
        self.direction = direction

    def put(self, tried: Sequence[TriedImage]) -> None:
        """Pictures of a person's own, the first of them to be looked at; none where they were put away."""
        coded = [one for one in tried if one.code is not None]
        before, self.tried = self.tried, coded[0] if coded else None
        more = coded[1:]
        is_other = not _same(before, self.tried) or not all(_among(one, self.earlier) for one in more)
        if is_other:
            others = [*self.earlier, *([before] if before is not None else [])]
            kept = [one for one in others if not _among(one, coded)] + more
            self.earlier = tuple(kept[-REMEMBERED:]) if tried else ()
        self.tried_changed.emit()
        if is_other:
            self.own_changed.emit()

    def forget(self) -> None:
        if self.selections or self.direction is not None:
            self.selections, self.direction = {}, None
            self.changed.emit()


def with_picture(codes: Codes, tried: TriedImage | None, subject: Examined) -> Codes:
    """The codes, and after them that of a person's own picture, where there is one of the size that the model takes."""
    if tried is None or tried.original.shape != tuple(subject.shape):
        return codes
    return with_own(codes, subject.model, tried.original)


def _same(one: TriedImage | None, other: TriedImage | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.name == other.name and np.array_equal(one.original, other.original)


def _among(one: TriedImage, others: Sequence[TriedImage]) -> bool:
    return any(_same(one, other) for other in others)
