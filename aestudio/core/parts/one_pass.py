"""Pass, the record of one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aestudio.core.parts.stages import Stage


@dataclass(frozen=True)
class Span:
    """Which stages are trained together: `first` up to, not including, `last`."""

    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Pass:
    """One forward pass, as losses, penalties and probes look at it.

    While training layer by layer, `clean` is the code of the stages below, not an image.
    """

    clean: Tensor
    """What should come out, [N, …]."""
    corrupted: Tensor
    """What the encoder saw, [N, …]."""
    preactivation: Tensor
    """Of the last encoder layer, [N, …]."""
    hidden: Tensor
    """Activations of the last encoder layer, [N, H]."""
    code: Tensor
    """What the decoder got, [N, …]."""
    logits: Tensor
    """The decoder's output before its range is applied, [N, …]."""
    reconstruction: Tensor
    """[N, …]."""
    stages: Sequence[Stage]
    """Those the pass went through."""
    generator: torch.Generator | None
    """For penalties that draw at random."""

    def encode(self, x: Tensor) -> Tensor:
        """The encoder that was used, as a function, [N, …] → [N, H]."""
        for stage in self.stages:
            x = stage.encode(x)
        return x.flatten(1)
