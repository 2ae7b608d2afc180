"""Additive Gaussian noise."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.one_pass import NOISE_LEVEL
from aestudio.core.parts.slots import knob


class GaussianNoise(Corruption):
    """Independent normal noise of standard deviation σ on every value; the result is not clipped to [0, 1]."""

    kind: ClassVar[str] = "gaussian"
    title: ClassVar[str] = "Gaussian noise"
    about: ClassVar[str] = (
        "Independent normal noise of standard deviation σ on every value; the result is not clipped to [0, 1]."
    )
    equation: ClassVar[str] = r"\tilde{x} = x + \sigma\,\epsilon,\quad \epsilon \sim \mathcal{N}(0, I)"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 2.2"
    rank: ClassVar[int] = 1

    sigma: float = knob(
        0.3,
        "Noise σ",
        level=True,
        low=0,
        high=2,
        live=True,
        raised="The network has to guess more: it relies on the typical shape, and fine detail is lost.",
        tip="Standard deviation, where pixels run from 0 to 1: 0.1 is about 25 of 255.",
    )

    @property
    def noise_level(self) -> float | None:
        return self.sigma

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        noise = torch.randn(clean.shape, generator=generator, device=clean.device, dtype=clean.dtype)
        sigma = torch.as_tensor(self.sigma, device=clean.device).expand(len(clean))
        return Corrupted(clean + self.sigma * noise, clean, {NOISE_LEVEL: sigma})
