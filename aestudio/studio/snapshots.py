"""Earlier moments of a training: the previews that were made anyway, thinned to a budget of memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from aestudio.core.ground.thinning import least_missed
from aestudio.core.run.events import Floats, Preview
from aestudio.studio.keeping import BUDGET

MOST = 240
"""So many are enough to go back in time smoothly, however small they are."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The weights at one step, what they do to held-out images, and how well."""

    preview: Preview
    """Its arrays and weights are copies on the CPU that the training does not touch."""
    scores: dict[str, float] = field(default_factory=dict)
    """Of all held-out images, by these weights and no others; empty where nobody has taken any."""
    read_back: bool = False
    """It was read from the library, and is in memory only while it is looked at."""

    @property
    def step(self) -> int:
        return self.preview.step

    @cached_property
    def size(self) -> int:
        """Bytes. The held-out images as they are do not count: all snapshots of a training share them."""
        preview = self.preview
        arrays = [preview.corrupted, preview.reconstructed, preview.hidden, preview.code]
        tensors = [*map(torch.from_numpy, arrays), *preview.weights.values()]
        return sum({tensor.data_ptr(): tensor.nbytes for tensor in tensors}.values())  # a code may be the hidden layer


class Snapshots:
    """Of one training, dense where it began: gaps grow as the steps do, for early on most is learned in a step."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._kept: list[Snapshot] = []
        self._budget = budget
        self.held: Snapshot | None = None
        """The one that is looked at; it is not thinned out as long as the budget allows."""

    @property
    def kept(self) -> tuple[Snapshot, ...]:
        """Oldest first."""
        return tuple(self._kept)

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(one.size for one in self._kept)

    @property
    def budget(self) -> int:
        """Bytes that they never exceed."""
        return self._budget

    @budget.setter
    def budget(self, budget: int) -> None:
        self._budget = budget
        self._thin()

    def hold(self, snapshot: Snapshot) -> bool:
        """It is looked at from now on; False where it is not kept any more."""
        if snapshot.read_back:
            self.held = snapshot
            return True
        found = next((one for one in self._kept if one.preview is snapshot.preview), None)
        self.held = found or self.held
        return found is not None

    def take(self, preview: Preview, scores: dict[str, float]) -> None:
        """The training has come to another moment; one of the same step is replaced, unless it is looked at."""
        if self.held is not None and self.held.step == preview.step:
            return
        self.forget(after=preview.step - 1)
        last = self._kept[-1].preview if self._kept else None
        self._kept.append(Snapshot(_by_itself(preview, last), scores))
        self._thin()

    def score(self, step: int, scores: dict[str, float]) -> None:
        """Scores have come in for the newest moment, where it is of the same step."""
        if self._kept and self._kept[-1].step == step:
            before, self._kept[-1] = self._kept[-1], replace(self._kept[-1], scores=scores)
            if self.held is before:
                self.held = self._kept[-1]

    def forget(self, after: int = -1) -> None:
        """Those later than a step, for the training went on from there; all of them, without one."""
        self._kept = [one for one in self._kept if one.step <= after]

    def _thin(self) -> None:
        size = self.size
        while self._kept and (size > self._budget or len(self._kept) > MOST):
            gone = self._least_missed()
            size -= gone.size
            self._kept.remove(gone)

    def _least_missed(self) -> Snapshot:
        """The one that a film of them can do without; at last the oldest, and then the one that is looked at."""
        held = () if self.held is None else (self.held.step,)
        at = least_missed([one.step for one in self._kept], held)
        if at is None:
            return next((one for one in self._kept if one is not self.held), self._kept[0])
        return self._kept[at]


def _by_itself(preview: Preview, last: Preview | None) -> Preview:
    """With pictures of its own, which are no part of larger arrays, or those of the snapshot before where they are the
    same: what is kept is as large as it says.
    """

    def kept(array: Floats, before: Floats | None) -> Floats:
        return before if before is not None and np.array_equal(array, before) else array.copy()

    return replace(
        preview,
        original=kept(preview.original, last.original if last else None),
        corrupted=kept(preview.corrupted, last.corrupted if last else None),
        coming=None,
        before=None,
    )
