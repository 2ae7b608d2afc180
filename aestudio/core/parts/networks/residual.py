"""The residual convolutional network, for taking noise off images of any size."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.residual import ResidualLevels
from aestudio.core.parts.stages import Stage


class ResidualNetwork(ResidualLevels):
    """Convolutions at half, quarter, eighth … resolution, each finer level adding what the coarser ones find. The code
    keeps the pixels beside the features, so only what is wrong with them has to be learned.

    For denoising: nothing forces the code to be small.
    """

    kind: ClassVar[str] = "residual"
    title: ClassVar[str] = "Residual convolutional"
    about: ClassVar[str] = (
        "Convolutions at half, quarter, eighth … resolution, each finer level adding what the coarser ones find. The "
        "code keeps the pixels beside the features, so only what is wrong with them has to be learned."
    )
    equation: ClassVar[str] = r"\hat{x} = \tilde{x} + D \ast \phi(\tilde{x})"
    source: ClassVar[str] = (
        "Mao, Shen, Yang (2016), residual encoder–decoder networks, arXiv 1603.09056; Zhang et al. (2017), DnCNN; "
        "Zhang, Zuo, Zhang (2018), FFDNet, for the folded pixels; Mohan et al. (2020), for doing without biases"
    )
    rank: ClassVar[int] = 3

    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        return self.stages(shape, outputs)
