"""Likelihoods: how far the reconstruction is from what should come out."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.activations import Activation
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import BuildingPart, Own


@dataclass(frozen=True)
class TorchLayers:
    """What a script builds, as source text of plain torch."""

    layers: tuple[str, ...] = ()
    """What `__init__` says: `self.spread = nn.Linear(8, 2)`."""
    weights: Mapping[str, str] = field(default_factory=dict)
    """What the script calls each weight and buffer of what was built, by its own name."""


class Likelihood(BuildingPart):
    """p(x | z), as the loss that is trained on and as a density. `[loss]` in a run's file.

    Summed over the numbers of one image, the scale that the penalties' sums have too; where they share a spread, of the
    size of such a sum.
    """

    family: ClassVar[str] = "parts.likelihoods"
    noun: ClassVar[str] = "loss"
    field: ClassVar[str] = "loss"
    label: ClassVar[str] = "Loss"
    place: ClassVar[int] = 60
    form_place: ClassVar[int] = 50
    folded: ClassVar[bool] = True
    default: ClassVar[str] = "squared-l2"
    together: ClassVar[Mapping[str, tuple[str, ...]]] = {"outputs": ("mean",), "mean_in_torch": ("mean",)}
    outputs: ClassVar[int] = 1
    """Numbers of the decoder for each number of an image, such as a mean and a spread."""

    def mean(self, outputs: Tensor, range: Activation, own: Own) -> Tensor:
        """The reconstruction [N, C, H, W], the mean of what the decoder's outputs [N, outputs·C, H, W] describe."""
        del own
        return range(outputs)

    def mean_in_torch(self, outputs: str, range: Activation) -> str:
        """`mean` as an expression of plain torch, of an expression of the outputs."""
        return range.in_torch.format(outputs)

    def built_in_torch(self, own: Own) -> TorchLayers:
        """What that expression uses of what was built, written out."""
        del own
        return TorchLayers()

    @abstractmethod
    def __call__(self, seen: Pass, own: Own) -> Tensor:
        """The loss: a scalar, averaged over the batch."""

    @classmethod
    def is_by_hand(cls) -> bool:
        """Its gradient is written out, see `by_hand`."""
        return cls.by_hand is not Likelihood.by_hand

    def by_hand(
        self, target: Tensor, logits: Tensor, made: Tensor, range: Activation, own: Own
    ) -> tuple[Tensor, Tensor]:
        """The scalar that `__call__` gives and its gradient at the decoder's outputs [N, D]; `made` = range(logits) is
        the reconstruction. The gradients of what was built are put in their places. Not every loss has it: those that
        have are quicker on a CPU.
        """
        raise TypeError(f"The gradient of the loss {self.kind} is not written out.")

    @classmethod
    def nats_are_by_hand(cls) -> bool:
        """So is the gradient of its nats, see `nats_by_hand`."""
        return cls.nats_by_hand is not Likelihood.nats_by_hand

    def nats_by_hand(self, target: Tensor, logits: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
        """What `nats` gives [N] and its gradient at the decoder's outputs [N, D], of a loss without a scale; `made` is
        the reconstruction. Not every loss has it.
        """
        raise TypeError(f"The gradient of the loss {self.kind} is not written out for each code.")

    def floor(self, target: Tensor) -> Tensor | None:
        """The least loss that any reconstruction of these targets [N, …] can have, a scalar averaged over the batch;
        None where it is 0 or there is none.
        """
        del target
        return None

    @abstractmethod
    def nats(self, seen: Pass, own: Own, scale: float | Tensor) -> Tensor:
        """−log p(x | z) of each code in nats [N·k], constants included. `scale` is the spread of one number of an image
        in the unit of its values, for likelihoods that do not learn it themselves; others pass it over.
        """


def log_of(scale: float | Tensor) -> float | Tensor:
    """Its natural logarithm; a scale that may change while training is a tensor, and stays on the device."""
    return scale.log() if isinstance(scale, Tensor) else math.log(scale)


def normal_nats(seen: Pass, scale: float | Tensor) -> Tensor:
    """−log p of each image [N] under independent normal numbers of standard deviation `scale` around x̂."""
    error = (seen.target - seen.reconstruction).flatten(1)
    return (error / scale).square().sum(1) / 2 + error.shape[1] * log_of(scale * math.sqrt(2 * math.pi))
