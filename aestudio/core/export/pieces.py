"""A part of an autoencoder as a module of its own: what every format writes."""

from __future__ import annotations

from copy import deepcopy
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aestudio.core.model.trained import Model
from aestudio.core.parts import looking
from aestudio.core.parts.looking import Built
from aestudio.core.parts.one_pass import CLEAN, Given
from aestudio.core.parts.stages import Stage

Piece = Literal["autoencoder", "encoder", "decoder"]
"""What can be exported by itself."""
PIECES: tuple[Piece, ...] = get_args(Piece)


class TracedPiece(nn.Module):
    """Encoder → code → decoder, or one side of it, without the corruption; feature maps keep their shape.

    Unlike the model it takes any height and width that its stages take, and a code is not flattened. Beside the images
    it takes what the network is told, in the order in which the network declares it.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.stages = nn.ModuleList(deepcopy(model.module.span(0, model.depth)))
        # Not `code`: a traced module has a property of that name, and its graph could not be loaded.
        self.bottleneck = deepcopy(model.module.code)
        self.loss = deepcopy(model.module.loss)
        self._run, self._span, self._depth = model.run, model.span, model.module.depth

    @property
    def _built(self) -> Built:
        stages = [stage for stage in self.stages if isinstance(stage, Stage)]
        return Built(stages, self._depth, self.bottleneck, self.loss)

    def encode(self, image: Tensor, *told: Tensor) -> Tensor:
        """[N, C, H, W] → [N, …], the code as the decoder gets it."""
        given: Given = {one.name: value for one, value in zip(self._run.network.given, told, strict=True)}
        return looking.encode(self._run, self._built, image, self._span, CLEAN, given=given).latent.code

    def decode(self, code: Tensor) -> Tensor:
        """[N, …] → [N, C, H, W]."""
        return looking.decode(self._run, self._built, code, self._span).reconstruction


class WholePiece(TracedPiece):
    def forward(self, image: Tensor, *told: Tensor) -> Tensor:
        return self.decode(self.encode(image, *told))


class EncoderPiece(TracedPiece):
    def forward(self, image: Tensor, *told: Tensor) -> Tensor:
        return self.encode(image, *told)


class DecoderPiece(TracedPiece):
    def forward(self, code: Tensor) -> Tensor:
        return self.decode(code)


def piece_of(model: Model, part: Piece) -> TracedPiece:
    """The part with a copy of the weights that it needs and no others, in evaluation mode."""
    made = {"autoencoder": WholePiece, "encoder": EncoderPiece, "decoder": DecoderPiece}[part](model).eval()
    given = torch.rand(2, *given_shape(model, part), generator=torch.Generator().manual_seed(0))
    example = given, *told_defaults(model, part, 2)
    wanted = made(*example)
    for name in _unused(made, example):
        owner, _, weight = name.rpartition(".")
        module = made.get_submodule(owner)
        held = module.get_parameter(weight)
        module.register_parameter(weight, None)
        try:
            is_needed = not torch.equal(made(*example), wanted)
        except Exception:  # whatever it says: it is computed with, though nothing comes of it
            is_needed = True
        if is_needed:
            module.register_parameter(weight, held)
    return made.requires_grad_(False)


def given_shape(model: Model, part: Piece) -> tuple[int, ...]:
    """Of one input of the part, at the size that the model was trained on."""
    return model.code_shape if part == "decoder" else model.shape


def told_defaults(model: Model, part: Piece, count: int) -> tuple[Tensor, ...]:
    """What the network is told of `count` images where nobody says it, [count] each; a decoder is told nothing."""
    if part == "decoder":
        return ()
    return tuple(torch.full((count,), one.default) for one in model.run.network.given)


def _unused(made: nn.Module, example: tuple[Tensor, ...]) -> list[str]:
    """The weights that no gradient reaches: the output may not depend on them, whatever the stages are."""
    leaves = {name: weight.detach().requires_grad_() for name, weight in made.named_parameters()}
    with torch.enable_grad():
        result: Tensor = functional_call(made, leaves, example)
        if not result.requires_grad:
            return list(leaves)
        gradients = torch.autograd.grad(result.sum(), list(leaves.values()), allow_unused=True)
    return [name for name, gradient in zip(leaves, gradients, strict=True) if gradient is None]
