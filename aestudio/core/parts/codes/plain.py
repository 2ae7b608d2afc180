"""The code is the hidden layer as it is."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.one_pass import Latent, Mode
from aestudio.core.parts.part import Own


class Plain(Code):
    """The decoder gets the last hidden layer as it is."""

    kind: ClassVar[str] = "plain"
    title: ClassVar[str] = "Plain"
    about: ClassVar[str] = "The decoder gets the last hidden layer as it is."
    equation: ClassVar[str] = r"z = h"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 0
    neutral: ClassVar[bool] = True
    pointwise: ClassVar[bool] = True
    keeps_units: ClassVar[bool] = True

    def encode(self, hidden: Tensor, own: Own, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        return Latent(hidden, hidden)

    def in_torch(self, hidden: tuple[int, ...], own: Own) -> TorchCode:
        return TorchCode()
