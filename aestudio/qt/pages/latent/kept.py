"""What the panels of the page Latent share: two selections of images, and the direction between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from aestudio.core.run.events import Floats
from aestudio.qt.panel import Panel


@dataclass(frozen=True, eq=False)
class Selection:
    """Images, by their places among the codes."""

    indices: NDArray[np.int64]


class Kept(QObject):
    """Of one model; another one has other codes."""

    changed = Signal()
    direction_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selections: dict[str, Selection] = {}
        """By their letter, A and B."""
        self.direction: Floats | None = None
        """In the space of codes [K]."""

    def keep(self, letter: str, indices: NDArray[np.int64]) -> None:
        """Images that a person selected."""
        self.selections[letter] = Selection(indices)
        self.changed.emit()

    def point(self, direction: Floats | None) -> None:
        """A direction was found."""
        self.direction = direction
        self.direction_changed.emit()

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
