"""The written step of dense layers, its batch shared by several processes."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.compute import Compute
from aestudio.core.ground.texts import say
from aestudio.core.parts.plan import Plan
from aestudio.core.run.run import Run
from aestudio.core.training import ranks
from aestudio.core.training.dense_step import DenseStep


class DenseShared(DenseStep):
    """Each process takes its rows of the batch through the network and the losses. What it comes to are means over
    these rows, weighed by how many of the batch they are; the sums over all processes are the means over the batch. In
    a step there is one message as large as the weights, a small one with the losses, and one with ρ for penalties that
    are not linear in it; sharing layer by layer sends every code and reconstruction, there and back.

    Source: Li et al. (2020), PyTorch distributed: experiences on accelerating data parallel training.
    """

    kind: ClassVar[str] = "dense-shared"
    rank: ClassVar[int] = -2

    _share = 1.0
    """Which part of the batch the rows of this process are."""

    @classmethod
    def unsuited(cls, run: Run, plan: Plan, compute: Compute) -> str:
        if ranks.count() == 1:
            return say("The shared step is for several processes.")
        if not run.code.neutral:
            return say("Rows are not shared with the code {title}.", title=run.code.title)
        return super().unsuited(run, plan, compute)

    def batch_mean(self, values: Tensor) -> Tensor:
        return self._summed(super().batch_mean(values))

    def differentiate(self, run: Run, seen: Tensor, target: Tensor) -> tuple[list[float], float]:
        rows, self._share = ranks.share(len(target))
        values, decay = super().differentiate(run, seen[rows], target[rows])
        self._summed(self.flat)
        return self._summed(torch.tensor(values, dtype=torch.float64)).tolist(), decay

    def _summed(self, means: Tensor) -> Tensor:
        """Means over the rows of this process become, in place, those over the batch."""
        ranks.sum_up(means.mul_(self._share))
        return means
