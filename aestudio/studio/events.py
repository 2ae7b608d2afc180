"""What a document tells whoever listens: the events of its training, and what else becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aestudio.core.run import events
from aestudio.studio.notice import Failed, Noted, Offered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aestudio.core.data.dataset import Dataset
    from aestudio.core.run.history import Curves
    from aestudio.core.run.run import Run
    from aestudio.studio.snapshots import Snapshot
    from aestudio.studio.status import Status, TriedImage


@dataclass(frozen=True)
class RunChanged:
    """The settings, or a live one of them, are others."""

    run: Run


@dataclass(frozen=True, eq=False)
class DataChanged:
    """Other images; None while they load, or where they could not be loaded."""

    dataset: Dataset | None


@dataclass(frozen=True)
class Loading:
    """What is being loaded, and the fraction done, negative where unknown."""

    doing: str
    fraction: float


@dataclass(frozen=True)
class StatusChanged:
    """What may be done now is something else."""

    status: Status


@dataclass(frozen=True, eq=False)
class SamplesShown:
    """Held-out images and what the corruption makes of them, [N, C, H, W], before there is a model."""

    original: NDArray[np.float32]
    corrupted: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CurvesShown:
    """What a run had said before: it goes on, or its model was opened."""

    curves: Curves


@dataclass(frozen=True, eq=False)
class SnapshotsChanged:
    """Other moments of the training are kept to be gone back to, oldest first."""

    kept: tuple[Snapshot, ...]


@dataclass(frozen=True, eq=False)
class MomentShown:
    """An older moment is shown from now on, whatever the training comes to; None: the newest is followed again. The
    preview that is shown is told next, and as long as an older one is, those of the training are not.
    """

    moment: Snapshot | None


@dataclass(frozen=True)
class Branching:
    """A run that leaves the shown one at a step is being made; step None: not any more."""

    step: int | None
    fraction: float = -1.0
    """That is done, negative where unknown."""


@dataclass(frozen=True, eq=False)
class ImagesTried:
    """Images of the person's went through the model; none where they were put away."""

    images: tuple[TriedImage, ...]
    by_itself: bool = False
    """As a training came to another model: nobody has done anything."""


@dataclass(frozen=True)
class LibraryChanged:
    """A run in the library is not what it was."""


Notice = Failed | events.Warned | Noted | Offered
"""What a person is told in a sentence, whichever page is shown."""
Told = (
    events.Event
    | RunChanged
    | DataChanged
    | Loading
    | StatusChanged
    | SamplesShown
    | CurvesShown
    | SnapshotsChanged
    | MomentShown
    | Branching
    | ImagesTried
    | LibraryChanged
    | Failed
    | Noted
)
Reader = Callable[[Told], None]
