"""The plain step, shared by several processes."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from aestudio.core.ground.compute import Compute
from aestudio.core.ground.texts import say
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.sharing import Sharing
from aestudio.core.run.run import Run
from aestudio.core.training import ranks
from aestudio.core.training.plain_step import PlainStep
from aestudio.core.training.ranks import Ranks


class Shared(PlainStep):
    """The same batches, noise and weights in each process, and the same losses as in one alone, up to rounding."""

    kind: ClassVar[str] = "shared"
    rank: ClassVar[int] = -1
    sharing: ClassVar[Sharing] = Ranks()

    @classmethod
    def unsuited(cls, run: Run, plan: Plan, compute: Compute) -> str:
        return "" if ranks.count() > 1 else say("The shared step is for several processes.")

    def differentiate(self, stake: Tensor, number: int) -> None:
        super().differentiate(stake / ranks.count(), number)

    def gather(self) -> None:
        for player in self.players:
            ranks.sum_gradients(player.parameters)
