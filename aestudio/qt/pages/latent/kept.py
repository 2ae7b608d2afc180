"""What the panels of the page Latent share: two selections of images, and the direction between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from aestudio.core.latent.codes import Codes
from aestudio.core.run.events import Floats
from aestudio.qt.panel import Panel


@dataclass(frozen=True, eq=False)
class Selection:
    """Images, by their places in their splits."""

    held_out: NDArray[np.int64]
    trained: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.held_out) + len(self.trained)

    def among(self, codes: Codes) -> NDArray[np.int64]:
        """Their places among codes of these splits; some of them may not be there."""
        trained = codes.held_out + self.trained
        return np.concatenate([self.held_out[self.held_out < codes.held_out], trained[trained < len(codes.codes)]])


class Kept(QObject):
    """Of one model; another one has other codes."""

    changed = Signal()
    tried_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selections: dict[str, Selection] = {}
        """By their letter, A and B."""
        self.direction: Floats | None = None
        """In the space of codes [K]."""
        self.tried: tuple[str, Floats] | None = None
        """The name and the code [K] of a person's own picture."""

    def keep(self, letter: str, chosen: NDArray[np.int64], codes: Codes) -> None:
        """Images that a person selected, by their places among codes."""
        held_out = chosen < codes.held_out
        self.selections[letter] = Selection(chosen[held_out], chosen[~held_out] - codes.held_out)
        self.changed.emit()

    def point(self, direction: Floats | None) -> None:
        """A direction was found."""
        self.direction = direction

    def put(self, name: str, code: Floats | None) -> None:
        """A person's own picture lies there; None where there is none any more."""
        self.tried = (name, code) if code is not None else None
        self.tried_changed.emit()

    def forget(self) -> None:
        if self.selections or self.direction is not None:
            self.selections, self.direction = {}, None
            self.changed.emit()


class LatentPanel(Panel):
    """A panel that knows what the others keep."""

    is_base = True

    def share_kept(self, kept: Kept) -> None:
        """Called once, by the page."""
        self.kept = kept
