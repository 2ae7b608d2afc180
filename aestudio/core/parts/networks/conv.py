"""The convolutional autoencoder."""

from typing import Annotated, ClassVar

from annotated_types import Ge, Le, MinLen

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.activations import ACTIVATIONS, ActivationName, OutputName
from aestudio.core.parts.convolution import ConvStage
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.slots import knob
from aestudio.core.parts.stages import Stage

Channels = Annotated[int, Ge(1), Le(4096)]


class Convolutional(Network):
    """Convolutions that halve the image, then, where a code size is given, one fully connected layer to the code."""

    kind: ClassVar[str] = "conv"
    title: ClassVar[str] = "Convolutional"
    about: ClassVar[str] = (
        "Convolutions that halve the image, then, where a code size is given, one fully connected layer to the code."
    )
    equation: ClassVar[str] = r"h_l = s(W_l \ast h_{l-1} + b_l)"
    source: ClassVar[str] = "Masci et al. (2011), Stacked Convolutional Auto-Encoders"
    rank: ClassVar[int] = 2
    code_size_knob: ClassVar[str] = "code_size"

    channels: Annotated[tuple[Channels, ...], MinLen(1)] = knob(
        (16, 32),
        "Channels",
        tip="Feature maps of each convolution, separated by commas; each one halves height and width.",
    )
    code_size: int = knob(
        32, "Code size", low=0, high=65536, unit="units", tip="0 keeps the last feature maps as the code."
    )
    activation: ActivationName = knob("relu", "Activation", tip="Of every convolution.")
    code_activation: ActivationName = knob("identity", "Code activation", tip="Of the code layer, where there is one.")
    output: OutputName = knob(
        "sigmoid", "Output", tip="sigmoid keeps reconstructions between 0 and 1, which cross-entropy needs."
    )

    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        size = min(shape[1:])
        if size < 8:
            raise RunError(
                "A convolutional network needs images of at least 8×8 pixels; these are {height}×{width}.",
                height=shape[1],
                width=shape[2],
            )
        if size < 2 ** len(self.channels):
            most = size.bit_length() - 1
            raise RunError(
                "An image of {height}×{width} pixels can be halved {most} times, but the network has {count} "
                "convolutions; use {most} or fewer.",
                height=shape[1],
                width=shape[2],
                most=most,
                count=len(self.channels),
            )
        stages: list[Stage] = []
        below, range_below, activation = shape, ACTIVATIONS[self.output], ACTIVATIONS[self.activation]
        for channels in self.channels:
            stages.append(ConvStage(below, channels, activation, range_below, outputs=outputs))
            below, range_below, outputs = (channels, below[1] // 2, below[2] // 2), activation, 1
        if self.code_size:
            stages.append(DenseStage(below, self.code_size, ACTIVATIONS[self.code_activation], range_below, tied=False))
        return stages
