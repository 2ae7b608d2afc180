"""Additive Gaussian noise of a strength that nobody tells the network."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.one_pass import NOISE_LEVEL
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


class GaussianRange(Corruption):
    """Independent normal noise whose standard deviation is drawn anew for each image, evenly between two limits:
    a network that is trained on it has to cope with any noise level. The result is not clipped to [0, 1].
    """

    kind: ClassVar[str] = "gaussian-range"
    title: ClassVar[str] = "Gaussian noise, random σ"
    about: ClassVar[str] = (
        "Independent normal noise whose standard deviation is drawn anew for each image, evenly between two limits: "
        "a network that is trained on it has to cope with any noise level. The result is not clipped to [0, 1]."
    )
    equation: ClassVar[str] = (
        r"\tilde{x} = x + \sigma\,\epsilon,\quad \epsilon \sim \mathcal{N}(0, I),\quad "
        r"\sigma \sim \mathrm{U}(\sigma_0, \sigma_1)"
    )
    source: ClassVar[str] = "Zhang, Zuo, Chen, Meng, Zhang (2017), DnCNN, arXiv 1608.03981, section III-E"
    rank: ClassVar[int] = 1

    low: float = knob(
        0.0,
        "Least σ",
        level=True,
        low=0,
        high=2,
        live=True,
        tip="Standard deviation, where pixels run from 0 to 1.",
        raised="Nearly clean images are no longer trained on, and the network smooths them more.",
    )
    high: float = knob(
        55 / 255,
        "Largest σ",
        level=True,
        low=0,
        high=2,
        live=True,
        tip="0.1 is about 25 of 255.",
        raised="Stronger noise can be removed, and weak noise a little less well.",
    )

    def check(self, plan: Plan) -> None:
        if self.low > self.high:
            raise RunError(
                "The least noise σ ({low:g}) is above the largest ({high:g}); lower it to that or less.",
                low=self.low,
                high=self.high,
            )

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        drawn = torch.rand(len(clean), generator=generator, device=clean.device, dtype=clean.dtype)
        sigma = self.low + (self.high - self.low) * drawn.view(-1, *[1] * (clean.dim() - 1))
        noise = torch.randn(clean.shape, generator=generator, device=clean.device, dtype=clean.dtype)
        return Corrupted(clean + sigma * noise, clean, {NOISE_LEVEL: sigma.flatten()})
