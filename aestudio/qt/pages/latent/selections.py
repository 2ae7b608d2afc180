"""Images that a person selected or that have a label, and the direction from some of them to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aestudio.core.latent.arithmetic import between
from aestudio.core.latent.codes import Codes
from aestudio.core.run.events import Floats

ALL = "all"
End = str
"""`label-3`, `kept-A`, or ALL."""


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


def members(end: End, selections: Mapping[str, Selection], codes: Codes) -> NDArray[np.int64]:
    """The images of an end, by their places among the codes."""
    kind, _, which = end.partition("-")
    if kind == "kept" and which in selections:
        return selections[which].among(codes)
    if kind == "label" and codes.labels is not None:
        return np.flatnonzero(codes.labels == int(which))
    return np.arange(len(codes.codes)) if kind == ALL else np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class DirectionEnds:
    """From some images to others: a direction in the codes of any snapshot, as each has codes of its own."""

    to: End
    away: End
    selections: Mapping[str, Selection]
    """As they were when the direction was found."""

    def images(self, codes: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Those that it leads to and away from, by their places among the codes."""
        return members(self.to, self.selections, codes), members(self.away, self.selections, codes)

    def vector(self, codes: Codes) -> Floats:
        """The direction among these codes [K]. Raises: ProbeError where there is none."""
        to, away = self.images(codes)
        return between(codes.codes[to], codes.codes[away])
