"""Masking noise: values dropped to zero at random."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.slots import knob


class Masking(Corruption):
    """Every value is set to 0 with probability `fraction`, independently; the others are not rescaled."""

    kind: ClassVar[str] = "masking"
    title: ClassVar[str] = "Masking"
    about: ClassVar[str] = (
        "Every value is set to 0 with probability `fraction`, independently; the others are not rescaled."
    )
    equation: ClassVar[str] = r"\tilde{x} = \beta \odot x,\quad \beta_i \sim \mathrm{Bernoulli}(1 - p)"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 2.2; Vincent et al. (2008)"
    rank: ClassVar[int] = 2

    fraction: float = knob(
        0.3,
        "Fraction dropped p",
        low=0,
        high=1,
        live=True,
        tip="The probability that a pixel is set to black.",
        raised="More has to be filled in from fewer pixels: units react to larger shapes.",
    )

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        kept = torch.rand(clean.shape, generator=generator, device=clean.device, dtype=clean.dtype) >= self.fraction
        return Corrupted(clean * kept, clean)
