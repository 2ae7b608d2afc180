"""A part of an autoencoder as a module of its own: what every format writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from aestudio.core.model.trained import Model
from aestudio.core.parts import looking
from aestudio.core.parts.families.network import Condition
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
        self.own_code = deepcopy(model.module.code)
        self.loss = deepcopy(model.module.loss)
        self._run, self._span, self._depth = model.run, model.span, model.module.depth

    @property
    def _built(self) -> Built:
        stages = [stage for stage in self.stages if isinstance(stage, Stage)]
        return Built(stages, self._depth, self.own_code, self.loss)

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
    """The part with a copy of the weights and buffers that it needs and no others, in evaluation mode."""
    made = {"autoencoder": WholePiece, "encoder": EncoderPiece, "decoder": DecoderPiece}[part](model).eval()
    given = torch.rand(2, *given_shape(model, part), generator=torch.Generator().manual_seed(0))
    example = given, *told_defaults(model, part, given)
    with _Taken() as taken, torch.no_grad():
        made(*example)
    for name, tensor in (*_all(made.named_parameters), *_all(made.named_buffers)):
        if id(tensor) not in taken.ids:
            owner, _, own = name.rpartition(".")
            setattr(made.get_submodule(owner), own, None)
    return made.requires_grad_(False)


def _all(named: Callable[..., Iterator[tuple[str, Tensor]]]) -> list[tuple[str, Tensor]]:
    """Those that stand in two places too."""
    return list(named(remove_duplicate=False))


class _Taken(TorchFunctionMode):
    """Remembers every tensor that goes into a function of torch: what is in none of them, nothing was computed with.

    Gradients would not tell, for codes that round have none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[int] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self._remember((args, kwargs))
        return func(*args, **kwargs)

    def _remember(self, given: object) -> None:
        match given:
            case Tensor():
                self.ids.add(id(given))
            case list() | tuple():
                for one in given:
                    self._remember(one)
            case dict():
                for one in given.values():
                    self._remember(one)


def given_shape(model: Model, part: Piece) -> tuple[int, ...]:
    """Of one input of the part, at the size that the model was trained on."""
    return model.code_shape if part == "decoder" else model.shape


def told(model: Model, part: Piece) -> tuple[Condition, ...]:
    """What a part is told beside its input; a decoder is told nothing."""
    return () if part == "decoder" else model.run.network.given


def told_defaults(model: Model, part: Piece, given: Tensor) -> tuple[Tensor, ...]:
    """What a part is told of so many inputs of that size where nobody says it."""
    return tuple(torch.full(one.shape(given), one.default) for one in told(model, part))
