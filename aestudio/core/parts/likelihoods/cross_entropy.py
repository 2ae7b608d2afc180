"""Bernoulli cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor
from torch.nn import functional as F

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.families.likelihood import Loss
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.stages import Stage

if TYPE_CHECKING:
    from aestudio.core.run.run import Run


class BernoulliCrossEntropy(Loss):
    """Each pixel as a Bernoulli variable with mean x̂, in nats; summed over the pixels of an image and averaged over
    the batch.

    Computed from the logits, so it stays finite where the sigmoid saturates.
    """

    kind: ClassVar[str] = "cross-entropy"
    title: ClassVar[str] = "Bernoulli cross-entropy"
    equation: ClassVar[str] = r"-\sum_i \left[ x_i \log \hat{x}_i + (1 - x_i) \log (1 - \hat{x}_i) \right]"
    source: ClassVar[str] = "Rifai et al. (2011), section 2; Vincent et al. (2010), section 2.2"
    rank: ClassVar[int] = 1

    def check(self, run: Run, stages: Sequence[Stage]) -> None:
        phases = run.schedule.phases(run.epochs, len(stages))
        for stage in {stages[phase.span.first] for phase in phases}:
            if stage.range.name != "sigmoid":
                layer = "the output" if stage is stages[0] else "a hidden layer that is trained by itself"
                raise RunError(
                    f"Bernoulli cross-entropy needs reconstructions between 0 and 1, but {layer} ends in "
                    f"{stage.range.name}; choose sigmoid there or the squared L2 loss."
                )

    def __call__(self, seen: Pass) -> Tensor:
        nats = F.binary_cross_entropy_with_logits(seen.logits, seen.clean, reduction="none")
        return nats.flatten(1).sum(1).mean()
