"""The residual stage: convolutions at several resolutions, each finer one adding what the coarser ones find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import torch
from annotated_types import Ge, Le, MinLen
from torch import Tensor, nn
from torch.nn import functional as F

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text
from aestudio.core.parts.activations import ACTIVATIONS
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.slots import knob
from aestudio.core.parts.stages import Stage, TorchSource

Channels = Annotated[int, Ge(1), Le(1024)]
FOLD = 2
"""Every FOLD×FOLD pixels become channels before the first convolution: each of them is then four times cheaper."""


class Residual(nn.Sequential):
    """What its layers make of x, added to x."""

    def forward(self, x: Tensor) -> Tensor:
        made = x
        for layer in self:
            made = layer(made)
        return x + made


def conv(below: int, channels: int) -> nn.Conv2d:
    """3×3, without a bias."""
    return nn.Conv2d(below, channels, 3, padding=1, bias=False)


def blocks(channels: int, count: int) -> list[nn.Module]:
    """Pairs of convolutions, each pair added to what it got."""
    return [Residual(conv(channels, channels), nn.ReLU(), conv(channels, channels)) for _ in range(count)]


def coarser(channels: int, inside: int, layers: list[nn.Module]) -> nn.Module:
    """Layers that work at half the resolution with `inside` channels; what they find is added."""
    down = nn.Conv2d(channels, inside, 2, stride=2, bias=False)
    up = nn.ConvTranspose2d(inside, channels, 2, stride=2, bias=False)
    return Residual(down, *layers, up)


class ResidualStage(Stage):
    """The encoder gives features of every 2×2 pixels, and beside them those pixels. The decoder adds one convolution of
    the features to the pixels.

    No layer has a bias, so the network scales with its input: f(αx) = α f(x) for α > 0, and noise stronger than any in
    training is taken off as from the same picture with less light.

    `told` more channels come in behind the image's and do not go out.
    """

    def __init__(self, shape: Shape, channels: Sequence[int], count: int, told: int = 0) -> None:
        super().__init__()
        below, height, width = shape
        self.stride = FOLD * 2 ** (len(channels) - 1)
        self.padding = (-height % self.stride, -width % self.stride)
        self.in_shape = (below + told, height, width)
        self.told = told
        self.out_shape = (
            channels[0] + below * FOLD**2,
            (height + self.padding[0]) // FOLD,
            (width + self.padding[1]) // FOLD,
        )
        self.activation = self.range = ACTIVATIONS["identity"]
        self.channels, self.count = tuple(channels), count
        layers = blocks(channels[-1], count)
        for outer, inner in zip(channels[-2::-1], channels[:0:-1], strict=True):
            layers = [*blocks(outer, count), coarser(outer, inner, layers), *blocks(outer, count)]
        self.encoder = nn.Sequential(nn.PixelUnshuffle(FOLD), conv((below + told) * FOLD**2, channels[0]), *layers)
        self.decoder = conv(channels[0], below * FOLD**2)
        for module in self.encoder.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        for module in self.encoder.modules():
            if isinstance(module, Residual):  # each adds a little at first, or the sum over all of them would explode
                last = module[-1]
                assert isinstance(last, nn.Conv2d | nn.ConvTranspose2d)
                with torch.no_grad():
                    last.weight.mul_(0.1)
        nn.init.zeros_(self.decoder.weight)  # training starts from x̂ = x̃

    @property
    def reach(self) -> int:
        # Of a 3×3 convolution one place of its level each way, of a 2×2 one down and up again less than the coarser
        # level's one place.
        places = [2 * self.count * (2 if level < len(self.channels) - 1 else 1) for level in range(len(self.channels))]
        places[0] += 2  # the first convolution and the decoder
        return sum(count * (FOLD << level) for level, count in enumerate(places)) + self.stride - 1

    def affine(self, x: Tensor) -> Tensor:
        rows, columns = self.padding
        if rows or columns:
            x = F.pad(x, (0, columns, 0, rows), mode="replicate")
        x = x.contiguous(memory_format=torch.channels_last)  # the quickest layout on CPUs; the layers keep it
        return torch.cat((self.encoder(x), F.pixel_unshuffle(x[:, : self.in_shape[0] - self.told], FOLD)), 1)

    def back(self, h: Tensor) -> Tensor:
        features = self.channels[0]
        whole = F.pixel_shuffle(h[:, features:] + self.decoder(h[:, :features]), FOLD)
        rows, columns = self.padding
        return whole[..., : whole.shape[-2] - rows, : whole.shape[-1] - columns]

    def weights(self) -> Iterator[Tensor]:
        yield from self.parameters()

    def work(self) -> int:
        places = self.out_shape[1] * self.out_shape[2]
        total = self.decoder.weight.numel() * places

        def add(layers: nn.Sequential, level: int) -> None:
            nonlocal total
            for layer in layers:
                if isinstance(layer, nn.Conv2d):
                    level += layer.stride[0] - 1  # a 2×2 convolution's own outputs lie on the coarser level
                    total += layer.weight.numel() * places // 4**level
                elif isinstance(layer, nn.ConvTranspose2d):
                    total += layer.weight.numel() * places // 4**level
                elif isinstance(layer, nn.Sequential):
                    add(layer, level)

        add(self.encoder, 0)
        return total

    def in_torch(self, number: int) -> TorchSource:
        image, features = self.in_shape[0] - self.told, self.channels[0]
        entering, below = self.in_shape[0] * FOLD**2, image * FOLD**2
        encoder, decoder = f"encoder_{number}", f"decoder_{number}"
        lines = [f"layers = blocks({self.channels[-1]}, {self.count})"]
        for outer, inner in zip(self.channels[-2::-1], self.channels[:0:-1], strict=True):
            around = f"*blocks({outer}, {self.count})"
            lines.append(f"layers = [{around}, coarser({outer}, {inner}, layers), {around}]")
        lines += [
            f"self.{encoder} = nn.Sequential(nn.PixelUnshuffle({FOLD}), conv({entering}, {features}), *layers)",
            f"self.{decoder} = conv({features}, {below})",
        ]
        rows, columns = self.padding
        padded = f"nn.functional.pad(x, (0, {columns}, 0, {rows}), mode='replicate')" if rows or columns else "x"
        cut = f"[..., : {-rows or None}, : {-columns or None}]" if rows or columns else ""
        own = f"[:, :{image}]" if self.told else ""
        return TorchSource(
            tuple(lines),
            affine=f"torch.cat([self.{encoder}({padded}), nn.functional.pixel_unshuffle(({padded}){own}, {FOLD})], 1)",
            back=f"nn.functional.pixel_shuffle(x[:, {features}:] + self.{decoder}(x[:, :{features}]), {FOLD}){cut}",
            weights={
                name: f"{encoder if part == 'encoder' else decoder}.{rest}"
                for name, _ in self.named_parameters()
                for part, _, rest in [name.partition(".")]
            },
            helpers=(Residual, conv, blocks, coarser),
        )


class ResidualLevels(Network):
    """What the networks of residual stages share: their levels."""

    channels: Annotated[tuple[Channels, ...], MinLen(1)] = knob(
        (32, 64),
        "Channels",
        tip="Feature maps of each level, separated by commas: the first at half the image's resolution, each next one "
        "at half of that.",
    )
    blocks: int = knob(
        1, "Blocks", low=1, high=16, tip="Pairs of convolutions on each level, before and again after the coarser one."
    )

    def stages(self, shape: Shape, outputs: int, told: int = 0) -> list[Stage]:
        """What it is built of; `told` channels come in beside the image's.

        Raises: RunError where the loss wants several outputs, or the image cannot be halved as often.
        """
        if outputs > 1:
            raise RunError(
                "{title} networks give one number for each pixel, what is wrong with it, and the loss wants "
                "{outputs}; choose another network or another loss.",
                title=Text(self.title),
                outputs=outputs,
            )
        most = min(shape[1:]).bit_length() - 1
        if len(self.channels) > max(1, most):
            raise RunError(
                "An image of {height}×{width} pixels can be halved {most} times, but the network has {count} "
                "levels; use {max} or fewer.",
                height=shape[1],
                width=shape[2],
                most=most,
                count=len(self.channels),
                max=max(1, most),
            )
        return [ResidualStage(shape, self.channels, self.blocks, told)]
