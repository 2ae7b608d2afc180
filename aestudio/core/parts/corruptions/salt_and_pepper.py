"""Salt-and-pepper noise: values forced to an extreme at random."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.slots import knob


class SaltAndPepper(Corruption):
    """Every value becomes 0 or 1, by a fair coin, with probability `fraction`."""

    kind: ClassVar[str] = "salt-and-pepper"
    title: ClassVar[str] = "Salt and pepper"
    about: ClassVar[str] = "Every value becomes 0 or 1, by a fair coin, with probability `fraction`."
    equation: ClassVar[str] = (
        r"\tilde{x}_i = x_i \ \mathrm{with\ probability}\ 1 - p,\ \mathrm{else}\ 0\ \mathrm{or}\ 1"
    )
    source: ClassVar[str] = "Vincent et al. (2010), section 4.3"
    rank: ClassVar[int] = 3

    fraction: float = knob(
        0.2,
        "Fraction hit p",
        low=0,
        high=1,
        live=True,
        tip="The probability that a pixel turns black or white.",
        raised="More pixels are wrong: the network looks at larger neighbourhoods and blurs more.",
    )

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        draw = torch.rand(clean.shape, generator=generator, device=clean.device, dtype=clean.dtype)
        # One draw decides both: below p/2 is pepper, from p/2 up to p is salt.
        salted = torch.where(draw < self.fraction, torch.ones_like(clean), clean)
        return Corrupted(torch.where(draw < self.fraction / 2, torch.zeros_like(clean), salted), clean)
