"""A part of an autoencoder as a module of its own, and the heights and widths it takes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aestudio.core.autoencoder import Model
from aestudio.core.parts import Stage

if TYPE_CHECKING:
    from aestudio.core.export.format import Part


class TracedPart(nn.Module):
    """Encoder → code slot → decoder, or one side of it, without the corruption; feature maps keep their shape.

    Unlike the model it takes any height and width that its stages take, and a code is not flattened.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.stages = nn.ModuleList(deepcopy(model.module.span(0, model.depth)))
        # A shallower hidden layer passes as it is: the code slot belongs to the whole network's bottleneck.
        self._code = model.run.code if model.depth == model.module.depth else None

    def _stages(self) -> Iterator[Stage]:
        return (stage for stage in self.stages if isinstance(stage, Stage))

    def encode(self, image: Tensor) -> Tensor:
        """[N, C, H, W] → [N, …], the code as the decoder gets it."""
        for stage in self._stages():
            image = stage.encode(image)
        return image if self._code is None else self._code(image)

    def decode(self, code: Tensor) -> Tensor:
        """[N, …] → [N, C, H, W]."""
        for stage in reversed(list(self._stages())):
            code = stage.decode(code)
        return code


class Whole(TracedPart):
    def forward(self, image: Tensor) -> Tensor:
        return self.decode(self.encode(image))


class Encoder(TracedPart):
    def forward(self, image: Tensor) -> Tensor:
        return self.encode(image)


class Decoder(TracedPart):
    def forward(self, code: Tensor) -> Tensor:
        return self.decode(code)


def part_of(model: Model, part: Part) -> TracedPart:
    """The part with a copy of the weights that it needs and no others, in evaluation mode."""
    made = {"autoencoder": Whole, "encoder": Encoder, "decoder": Decoder}[part](model).eval()
    for name in _unused(made, torch.zeros(1, *given_shape(model, part))):
        owner, _, weight = name.rpartition(".")
        made.get_submodule(owner).register_parameter(weight, None)
    return made.requires_grad_(False)


def given_shape(model: Model, part: Part) -> tuple[int, ...]:
    """Of one input of the part, at the size that the model was trained on."""
    return code_shape(model) if part == "decoder" else model.shape


def code_shape(model: Model) -> tuple[int, ...]:
    """Of one code, at the size that the model was trained on."""
    shape: tuple[int, ...] = model.module.span(0, model.depth)[-1].out_shape
    return shape


def _unused(made: nn.Module, example: Tensor) -> list[str]:
    """The weights that no gradient reaches: the output does not depend on them, whatever the stages are."""
    leaves = {name: weight.detach().requires_grad_() for name, weight in made.named_parameters()}
    with torch.enable_grad():
        result: Tensor = functional_call(made, leaves, (example,))
        gradients = torch.autograd.grad(result.sum(), list(leaves.values()), allow_unused=True)
    return [name for name, gradient in zip(leaves, gradients, strict=True) if gradient is None]


@dataclass(frozen=True)
class Sizes:
    """Which heights and widths a model takes."""

    height: int
    width: int
    """Of the images that it was trained on."""
    step: int
    """Height and width may differ from those by multiples of this; 0 where they may not differ.

    Every convolution halves the image, and the transposed one gives back the odd pixel that was lost at the trained
    size: so it is not every multiple of 2ⁿ, but every size with the same remainder.
    """

    @classmethod
    def of(cls, model: Model) -> Sizes:
        strides = [stage.stride for stage in model.module.span(0, model.module.depth)]
        free = all(strides)  # one layer that is made for one size fixes it for all
        return cls(model.shape[1], model.shape[2], prod(strides[: model.depth]) if free else 0)

    @property
    def free(self) -> bool:
        return self.step > 0

    @property
    def rest(self) -> tuple[int, int]:
        """What every height and width leaves when divided by the step."""
        return self.height % self.step, self.width % self.step

    def enough(self, height: int, width: int) -> tuple[int, int]:
        """The smallest size that is taken and holds an image of this one."""
        return self._enough(height, self.height), self._enough(width, self.width)

    def _enough(self, size: int, trained: int) -> int:
        size = max(size, self.step)
        return size + (trained - size) % self.step

    def others(self) -> list[tuple[int, int]]:
        """Sizes to compare on beside the trained one: larger, longer one way and longer the other way."""
        if not self.free:
            return []
        return [
            (self.height + self.step, self.width + 2 * self.step),
            (self.height + 3 * self.step, self.width),
        ]

    def note(self, part: Part) -> str:
        """For the person, in a sentence or two."""
        trained = f"{self.height}×{self.width}"
        if not self.free:
            return f"Height and width are fixed at {trained}: a fully connected layer is made for images of this size."
        if part == "decoder":
            extra = f", and {self.rest[0]} and {self.rest[1]} pixels more" if any(self.rest) else ""
            return f"Height and width are free: an image is {self.step} times as high and as wide as its code{extra}."
        takes = f"a multiple of {self.step} pixels"
        if any(self.rest):
            takes = f"{trained} give or take multiples of {self.step} pixels"
        crop = "." if part == "encoder" else ", and crop the result."
        pad = f"Pad an image of another size by repeating its last row and column{crop}"
        return f"Height and width are free: {takes}. {pad}"
