"""A part of an autoencoder as a module of its own, and the heights and widths it takes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aestudio.core.model.trained import Model
from aestudio.core.parts.stages import Stage

if TYPE_CHECKING:
    from aestudio.core.export.format import Piece


class TracedPiece(nn.Module):
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


class Whole(TracedPiece):
    def forward(self, image: Tensor) -> Tensor:
        return self.decode(self.encode(image))


class Encoder(TracedPiece):
    def forward(self, image: Tensor) -> Tensor:
        return self.encode(image)


class Decoder(TracedPiece):
    def forward(self, code: Tensor) -> Tensor:
        return self.decode(code)


def piece_of(model: Model, part: Piece) -> TracedPiece:
    """The part with a copy of the weights that it needs and no others, in evaluation mode."""
    made = {"autoencoder": Whole, "encoder": Encoder, "decoder": Decoder}[part](model).eval()
    for name in _unused(made, torch.zeros(1, *given_shape(model, part))):
        owner, _, weight = name.rpartition(".")
        made.get_submodule(owner).register_parameter(weight, None)
    return made.requires_grad_(False)


def given_shape(model: Model, part: Piece) -> tuple[int, ...]:
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
