"""No corruption: the encoder sees the clean image."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.corruption import Corrupted, Corruption


class NoCorruption(Corruption):
    """The encoder sees the clean image."""

    kind: ClassVar[str] = "none"
    title: ClassVar[str] = "None"
    about: ClassVar[str] = "The encoder sees the clean image."
    equation: ClassVar[str] = r"\tilde{x} = x"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 0
    neutral: ClassVar[bool] = True

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        return Corrupted(clean, clean)
