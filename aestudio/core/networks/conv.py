"""The convolutional autoencoder."""

from collections.abc import Iterator
from math import sqrt
from typing import Annotated, ClassVar

import torch
from annotated_types import Ge, Le, MinLen
from torch import Tensor, nn
from torch.nn import functional as F

from aestudio.core.activations import ACTIVATIONS, Activation, ActivationName, OutputName
from aestudio.core.dataset import Shape
from aestudio.core.errors import RunError
from aestudio.core.networks.dense import DenseStage
from aestudio.core.parts import Layer, Network, Stage, TorchSource
from aestudio.core.slots import knob

Channels = Annotated[int, Ge(1), Le(4096)]


class ConvStage(Layer):
    """A 4×4 convolution of stride 2 and its transpose.

    An even kernel at stride 2 gives every pixel of the decoded image the same number of contributions: no checkerboard
    (Odena et al. 2016).
    """

    stride = 2
    reach = 3

    def __init__(self, in_shape: Shape, channels: int, activation: Activation, range: Activation) -> None:
        super().__init__()
        below, height, width = in_shape
        self.in_shape, self.out_shape = in_shape, (channels, height // 2, width // 2)
        self.activation, self.range = activation, range
        self.W = nn.Parameter(torch.empty(channels, below, 4, 4))
        self.b = nn.Parameter(torch.zeros(channels))
        self.V = nn.Parameter(torch.empty(channels, below, 4, 4))
        self.c = nn.Parameter(torch.zeros(below))
        # An output sees 16·below values; a decoded pixel sees 4·channels, since only a quarter of the taps meet it at
        # stride 2.
        gain = sqrt(2) if activation.rectifies else 1.0
        nn.init.normal_(self.W, std=gain / sqrt(16 * below))
        nn.init.normal_(self.V, std=gain / sqrt(4 * channels))

    def affine(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.W, self.b, stride=2, padding=1)

    def back(self, h: Tensor) -> Tensor:
        odd = (self.in_shape[1] % 2, self.in_shape[2] % 2)
        return F.conv_transpose2d(h, self.V, self.c, stride=2, padding=1, output_padding=odd)

    def squared_rows(self) -> Tensor:
        # Taps that fall into the padding are no inputs: a convolution of ones with W² counts only those that are.
        ones = torch.ones(1, *self.in_shape, dtype=self.W.dtype, device=self.W.device)
        return F.conv2d(ones, self.W.square(), stride=2, padding=1)[0]  # [C, H/2, W/2]

    def weights(self) -> Iterator[Tensor]:
        yield self.W
        yield self.V

    def by_unit(self) -> Iterator[tuple[nn.Parameter, int]]:
        yield self.W, 0
        yield self.b, 0
        yield self.V, 0

    def receptive_fields(self, x: Tensor) -> Tensor:
        return F.unfold(x, 4, padding=1, stride=2)

    def in_torch(self, number: int) -> TorchSource:
        channels, below = self.W.shape[:2]
        encoder, decoder = f"encoder_{number}", f"decoder_{number}"
        odd = (self.in_shape[1] % 2, self.in_shape[2] % 2)
        more = f", output_padding={odd}" if any(odd) else ""
        return TorchSource(
            (
                f"self.{encoder} = nn.Conv2d({below}, {channels}, 4, stride=2, padding=1)",
                f"self.{decoder} = nn.ConvTranspose2d({channels}, {below}, 4, stride=2, padding=1{more})",
            ),
            affine=f"self.{encoder}(x)",
            back=f"self.{decoder}(x)",
            weights={
                "W": f"{encoder}.weight",
                "b": f"{encoder}.bias",
                "V": f"{decoder}.weight",
                "c": f"{decoder}.bias",
            },
        )


class Convolutional(Network):
    """Convolutions that halve the image, then, where a code size is given, one fully connected layer to the code."""

    kind: ClassVar[str] = "conv"
    title: ClassVar[str] = "Convolutional"
    equation: ClassVar[str] = r"h_l = s(W_l \ast h_{l-1} + b_l)"
    source: ClassVar[str] = "Masci et al. (2011), Stacked Convolutional Auto-Encoders"
    rank: ClassVar[int] = 2

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

    def build(self, shape: Shape) -> list[Stage]:
        size = min(shape[1:])
        if size < 8:
            raise RunError(
                f"A convolutional network needs images of at least 8×8 pixels; these are {shape[1]}×{shape[2]}."
            )
        if size < 2 ** len(self.channels):
            most = size.bit_length() - 1
            raise RunError(
                f"An image of {shape[1]}×{shape[2]} pixels can be halved {most} times, but the network has "
                f"{len(self.channels)} convolutions; use {most} or fewer."
            )
        stages: list[Stage] = []
        below, range_below, activation = shape, ACTIVATIONS[self.output], ACTIVATIONS[self.activation]
        for channels in self.channels:
            stages.append(ConvStage(below, channels, activation, range_below))
            below, range_below = (channels, below[1] // 2, below[2] // 2), activation
        if self.code_size:
            stages.append(DenseStage(below, self.code_size, ACTIVATIONS[self.code_activation], range_below, tied=False))
        return stages
