"""The residual convolutional network, for taking noise off images of any size."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Ge, Le, MinLen

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.residual import residual_stages
from aestudio.core.parts.slots import knob
from aestudio.core.parts.stages import Stage

Channels = Annotated[int, Ge(1), Le(1024)]


class ResidualNetwork(Network):
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

    channels: Annotated[tuple[Channels, ...], MinLen(1)] = knob(
        (32, 64),
        "Channels",
        tip="Feature maps of each level, separated by commas: the first at half the image's resolution, each next one "
        "at half of that.",
    )
    blocks: int = knob(
        1, "Blocks", low=1, high=16, tip="Pairs of convolutions on each level, before and again after the coarser one."
    )

    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        return residual_stages(self.title, shape, self.channels, self.blocks, outputs, told=0)
