"""The residual convolutional network that may be told how strong the noise is."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.families.network import Condition
from aestudio.core.parts.one_pass import NOISE_LEVEL, Given
from aestudio.core.parts.residual import ResidualLevels
from aestudio.core.parts.stages import Stage

LOUD = 4.0
"""By which the noise level is multiplied: it is then as large as the pixels beside it."""


class ResidualTold(ResidualLevels):
    """The residual convolutional network with a map of the noise level as one more channel of its input. 0 stands for a
    level that nobody knows: the network then finds it out by itself.

    No layer has a bias, so that it scales with both: f(αx, ασ) = α f(x, σ) for α > 0.
    """

    kind: ClassVar[str] = "residual-told"
    title: ClassVar[str] = "Residual convolutional, told σ"
    about: ClassVar[str] = (
        "The residual convolutional network with a map of the noise level as one more channel of its input. 0 stands "
        "for a level that nobody knows: the network then finds it out by itself."
    )
    equation: ClassVar[str] = r"\hat{x} = \tilde{x} + D \ast \phi(\tilde{x}, \sigma)"
    source: ClassVar[str] = (
        "Zhang, Zuo, Zhang (2018), FFDNet, arXiv 1710.04026; Mao, Shen, Yang (2016), arXiv 1603.09056; Mohan et al. "
        "(2020), for doing without biases"
    )
    rank: ClassVar[int] = 4
    given: ClassVar[tuple[Condition, ...]] = (
        Condition(NOISE_LEVEL, "Noise σ", default=0.0, low=0.0, high=0.5, is_map=True),
    )

    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        return self.stages(shape, outputs, told=1)

    def join(self, images: Tensor, given: Given) -> Tensor:
        return torch.cat((images, LOUD * given[NOISE_LEVEL]), 1)

    def join_in_torch(self) -> tuple[str, ...]:
        return (
            "sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)",
            "sigma = sigma.reshape(-1, 1, 1, 1) if sigma.dim() < 2 else sigma",
            f"x = torch.cat([x, {LOUD} * sigma.expand(x.shape[0], 1, *x.shape[2:])], 1)",
        )
