"""Codes: what the decoder gets of the last hidden layer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.texts import Text
from aestudio.core.parts.by_hand import CodeByHand
from aestudio.core.parts.one_pass import Latent, Mode, Pass
from aestudio.core.parts.part import BuildingPart, Own


@dataclass(frozen=True)
class TorchCode:
    """A code as source text of plain torch, for a script that does without AEStudio."""

    encode: tuple[str, ...] = ()
    """Lines that turn the hidden layer `x` [N, …] into the code `x`, as a person gets it: the mean, nothing drawn."""
    decode: tuple[str, ...] = ()
    """Lines that turn the code `x` into what the decoder gets."""
    layers: tuple[str, ...] = ()
    """What `__init__` says: `self.code = nn.Linear(8, 2)`."""
    weights: Mapping[str, str] | None = None
    """What the script calls each weight and buffer of what was built, by its own name; None where there are none."""


class Code(BuildingPart):
    """What the decoder gets of the last hidden layer: what happens between encoder and decoder."""

    family: ClassVar[str] = "parts.codes"
    noun: ClassVar[str] = "code"
    field: ClassVar[str] = "code"
    label: ClassVar[str] = "Code"
    place: ClassVar[int] = 40
    form_place: ClassVar[int] = 40
    folded: ClassVar[bool] = True
    default: ClassVar[str] = "plain"
    together: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "pointwise": ("encode", "decode"),
        "any_size": ("build",),
        "keeps_units": ("encode", "decode", "shape"),
        "term_titles": ("term",),
        "term_equation": ("term",),
    }
    pointwise: ClassVar[bool]
    """What it makes of a place does not depend on other places, so a part of an image gets the code that it has within
    the whole.
    """
    any_size: ClassVar[bool] = True
    """It takes hidden layers of any height and width; off where what it builds is made for one."""
    keeps_units: ClassVar[bool]
    """A number of the code belongs to the unit of the hidden layer at the same place, and the decoder gets it as it is:
    then filters and atoms are about the code's units too.
    """

    code_size_knob: ClassVar[str] = ""
    """The setting with the code size, where the code itself says it and not the network; empty where it does not."""
    zeroes: ClassVar[bool] = False
    """It sets numbers to exactly zero, so that active units can be counted."""
    term_titles: ClassVar[Mapping[str, Text]] = {}
    """What a person reads for the losses of its own, by the names that `term` may have."""
    term_equation: ClassVar[str] = ""
    """The loss of its own as LaTeX, without its weight."""

    @property
    def least_units(self) -> int:
        """How many units the hidden layer must have at least."""
        return 1

    def shape(self, hidden: tuple[int, ...]) -> tuple[int, ...]:
        """Of one code, where the hidden layer has this shape."""
        return hidden

    @abstractmethod
    def encode(self, hidden: Tensor, own: Own, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        """The hidden layer [N, …] → `samples` codes of each image, those of one image next to each other; the mean
        where `mode.sample` is off. A code that draws nothing gives one for each image.
        """

    def decode(self, code: Tensor, own: Own) -> Tensor:
        """[N, *code] → what the decoder's stages get, in the hidden layer's shape [N, …]."""
        del own
        return code

    def is_by_hand(self) -> bool:
        """Its gradient is written out, see `by_hand`."""
        return type(self).by_hand is not Code.by_hand

    def by_hand(self, hidden: Tensor, own: Own, generator: torch.Generator | None, samples: int) -> CodeByHand:
        """What `encode` in training and `decode` give of the hidden layer [N, H] of a dense network, and its gradients.
        Not every code has it: those that have are quicker on a CPU.
        """
        raise TypeError(f"The gradient of the code {self.kind} is not written out.")

    def prior(self, count: int, own: Own, generator: torch.Generator | None = None) -> Tensor | None:
        """`count` codes drawn from the prior, on the CPU; None where there is none to draw from."""
        del count, own, generator
        return None

    def after_step(self, own: Own, latent: Latent, generator: torch.Generator | None) -> None:
        """What changes without a gradient at a step, such as a running mean, once the gradients are there. Only buffers
        may, each keeping its size and type: where the step is refused, as it is where one of them is no longer finite,
        they are put back and no weight moves.
        """

    @property
    def term(self) -> str:
        """What the loss of its own is called, a term of the objective after the penalties; empty where it has none."""
        return ""

    @property
    def term_weight(self) -> float:
        """What that loss is multiplied with; only asked where there is one."""
        return 1.0

    def own_loss(self, seen: Pass, own: Own) -> Tensor:
        """A scalar, averaged over the batch, without the weight; only asked where `term` says that there is one."""
        raise TypeError(f"The code {self.kind} has no loss of its own.")

    @abstractmethod
    def in_torch(self, hidden: tuple[int, ...], own: Own) -> TorchCode:
        """The code written out, where the hidden layer has this shape."""
