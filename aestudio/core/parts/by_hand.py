"""Gradients by hand: what a penalty adds where a step is written out for dense layers, and not left to autograd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from aestudio.core.parts.dense import DenseStage


@dataclass(eq=False)
class ByHand:
    """One pass through dense layers, N images and H units in the last, and what is known of its gradients so far.

    A penalty adds its weight times its own gradient to one or more of the last four.
    """

    stages: Sequence[DenseStage]
    preactivation: Tensor
    """Of the last encoder layer, a [N, H]."""
    hidden: Tensor
    """h = s(a) [N, H]."""
    to_hidden: Tensor
    """∂𝓛/∂h [N, H], to be changed in place."""
    to_preactivation: Tensor | None = None
    """What ∂𝓛/∂a has beside what comes through h, [N, H]."""
    to_rows: Tensor | None = None
    """∂𝓛/∂W of the last encoder layer has these [H] times its rows beside the rest."""
    decay: float = 0.0
    """∂𝓛/∂W of every weight has this times the weight beside the rest."""

    @cached_property
    def slope(self) -> Tensor:
        """s′(a) [N, H]."""
        return self.stages[-1].activation.slope(self.preactivation, self.hidden)
