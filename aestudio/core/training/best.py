"""The weights of a phase's best epoch, where an ending wants those kept and not the newest."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from aestudio.core.ground.texts import Text


@dataclass(frozen=True, eq=False)
class Best:
    """Where the objective of the held-out images has been lowest so far."""

    objective: float
    step: int
    """Steps done in all."""
    epoch: int
    """Whole epochs done, over all phases."""
    weights: dict[str, Tensor] = field(repr=False)
    """All that was learned and counted, on the CPU."""

    @property
    def words(self) -> Text:
        """What the person is told where these have been put in the place of newer ones."""
        return Text("The weights of epoch {epoch} are kept, where the held-out objective was lowest.", epoch=self.epoch)
