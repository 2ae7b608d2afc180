"""The stages of a network: each one encoder layer with the decoder layer that undoes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod

from torch import Tensor, nn

from aestudio.core.parts.activations import Activation


@dataclass(frozen=True)
class TorchSource:
    """A stage as source text of plain torch, for a script that does without AEStudio."""

    layers: tuple[str, ...]
    """What `__init__` says: `self.encoder_1 = nn.Linear(64, 100)`."""
    affine: str
    """An expression of `x`."""
    back: str
    """An expression of `x`, but for its shape."""
    weights: Mapping[str, str]
    """What the script calls each weight: `W` is its `encoder_1.weight`."""
    shaped: str = "{}"
    """What gives the result of `back` its shape, with the braces for it."""
    helpers: tuple[type | Callable[..., object], ...] = ()
    """Classes and functions of torch alone that the lines call; the script repeats their source."""


class Stage(nn.Module, ABC):
    """A part of the encoder together with the part of the decoder that undoes it.

    A network is a sequence of stages: encoding runs through them forwards, decoding backwards. Any stage by itself is
    an autoencoder of what the stages before it produce, which is what greedy layer-by-layer training needs.
    """

    in_shape: tuple[int, ...]
    """Of one input, without the batch axis."""
    out_shape: tuple[int, ...]
    activation: Activation
    """The last thing that the encoder does."""
    range: Activation
    """Applied to what `back` returns: that of the previous encoder layer, or for the first stage the output's."""
    stride: int = 0
    """Height and width may change by multiples of this; 0 where the stage is made for one size only."""

    @property
    def reach(self) -> int:
        """How many places away, at most, what is there of the input still changes the stage's reconstruction; only
        asked where `stride` is not 0.
        """
        return 0

    @abstractmethod
    def affine(self, x: Tensor) -> Tensor:
        """The encoder's last pre-activation, [N, *in_shape] → [N, *out_shape]."""

    @abstractmethod
    def back(self, h: Tensor) -> Tensor:
        """Pre-activation of the decoder layer, [N, *out_shape] → [N, *in_shape]."""

    @abstractmethod
    def weights(self) -> Iterator[Tensor]:
        """Every weight tensor once (tied weights are one tensor), biases left out."""

    @abstractmethod
    def in_torch(self, number: int) -> TorchSource:
        """The stage written out, its layers called `encoder_NUMBER` and `decoder_NUMBER`."""

    @abstractmethod
    def work(self) -> int:
        """Multiply-adds for one image, there and back."""

    def encode(self, x: Tensor) -> Tensor:
        """[N, *in_shape] → [N, *out_shape]."""
        return self.activation(self.affine(x))

    def decode(self, h: Tensor) -> Tensor:
        """[N, *out_shape] → [N, *in_shape]."""
        return self.range(self.back(h))


class Layer(Stage):
    """A stage whose encoder is one layer, h = s(W x + b): its Jacobian has a closed form, and each unit weights of its
    own.
    """

    @abstractmethod
    def squared_rows(self) -> Tensor:
        """Σᵢ Wⱼᵢ² of the encoder's weights for every output j, broadcastable to `out_shape`."""

    @abstractmethod
    def by_unit(self) -> Iterator[tuple[nn.Parameter, int]]:
        """Every parameter that has a slice for each hidden unit, a convolution's units being its channels, with the
        axis that they lie along: the encoder's weights, its bias, then the decoder's weights where they are not tied.
        """

    @abstractmethod
    def receptive_fields(self, x: Tensor) -> Tensor:
        """What a unit sees of its input at each of its places, [N, *in_shape] → [N, weights of a unit, places]."""

    def work(self) -> int:
        """Every weight is used once at every place of the output."""
        places = prod(self.out_shape[1:])
        encoder = next(self.weights()).numel()
        return 2 * encoder * places


def through(stages: Iterable[Stage], x: Tensor) -> Tensor:
    """The encoders of stages, one after the other, [N, …] → [N, …]."""
    for stage in stages:
        x = stage.encode(x)
    return x
