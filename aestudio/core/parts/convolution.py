"""The convolutional stage: halves the image, and its transpose doubles it."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.activations import Activation
from aestudio.core.parts.stages import Layer, TorchSource


class ConvStage(Layer):
    """A 4×4 convolution of stride 2 and its transpose.

    An even kernel at stride 2 gives every pixel of the decoded image the same number of contributions: no checkerboard
    (Odena et al. 2016).
    """

    stride = 2
    reach = 3

    def __init__(
        self, in_shape: Shape, channels: int, activation: Activation, range: Activation, *, outputs: int = 1
    ) -> None:
        super().__init__()
        below, height, width = in_shape
        self.in_shape, self.out_shape = in_shape, (channels, height // 2, width // 2)
        self.activation, self.range = activation, range
        self.W = nn.Parameter(torch.empty(channels, below, 4, 4))
        self.b = nn.Parameter(torch.zeros(channels))
        self.V = nn.Parameter(torch.empty(channels, outputs * below, 4, 4))
        self.c = nn.Parameter(torch.zeros(outputs * below))
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
                f"self.{decoder} = nn.ConvTranspose2d({channels}, {self.V.shape[1]}, 4, stride=2, padding=1{more})",
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
