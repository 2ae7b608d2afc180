"""The families that a Run is made of, the stages of a network, and Pass, the record of one forward pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.activations import Activation
from aestudio.core.dataset import Shape
from aestudio.core.slots import Slot, knob

if TYPE_CHECKING:
    from aestudio.core.run import Run


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


@dataclass(frozen=True)
class Span:
    """Which stages are trained together: `first` up to, not including, `last`."""

    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Pass:
    """One forward pass, as losses, penalties and probes look at it.

    While training layer by layer, `clean` is the code of the stages below, not an image.
    """

    clean: Tensor
    """What should come out, [N, …]."""
    corrupted: Tensor
    """What the encoder saw, [N, …]."""
    preactivation: Tensor
    """Of the last encoder layer, [N, …]."""
    hidden: Tensor
    """Activations of the last encoder layer, [N, H]."""
    code: Tensor
    """What the decoder got, [N, …]."""
    logits: Tensor
    """The decoder's output before its range is applied, [N, …]."""
    reconstruction: Tensor
    """[N, …]."""
    stages: Sequence[Stage]
    """Those the pass went through."""
    generator: torch.Generator | None
    """For penalties that draw at random."""

    def encode(self, x: Tensor) -> Tensor:
        """The encoder that was used, as a function, [N, …] → [N, H]."""
        for stage in self.stages:
            x = stage.encode(x)
        return x.flatten(1)


class Part(Slot):
    """A slot that is trained with, and can refuse to be combined with the rest of a Run."""

    def check(self, run: Run, stages: Sequence[Stage]) -> None:
        """Raises RunError where this part does not fit the others. `stages` may lie on the meta device."""

    def note(self, run: Run, stages: Sequence[Stage]) -> str:
        """What a person should know of how this part will be computed; empty where there is nothing to say."""
        del run, stages
        return ""


class Corruption(Part):
    """x → x̃: what is done to the input before the encoder sees it. Pure: all randomness comes from the generator."""

    family: ClassVar[str] = "corruptions"
    noun: ClassVar[str] = "corruption"

    @abstractmethod
    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """[N, …] → [N, …]; the input is left as it is."""


class Augmentation(Part):
    """What is done to clean images before each step, so that there are more of them than the data set holds."""

    family: ClassVar[str] = "augmentations"
    noun: ClassVar[str] = "augmentation"

    @abstractmethod
    def __call__(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """[N, C, H, W] → the same shape; the input is left as it is. The generator lies on the images' device."""


class Network(Part):
    """Encoder and decoder, as stages."""

    family: ClassVar[str] = "networks"
    noun: ClassVar[str] = "network"

    @abstractmethod
    def build(self, shape: Shape) -> list[Stage]:
        """New stages for images of this shape, weights drawn from torch's default generator.

        Raises: RunError where no such network exists for the shape.
        """


class Code(Part):
    """What happens at the bottleneck, between the last encoder layer and the decoder."""

    family: ClassVar[str] = "codes"
    noun: ClassVar[str] = "code"
    pointwise: ClassVar[bool] = True
    """What it makes of a place does not depend on other places, so a part of an image gets the code that it has within
    the whole.
    """

    @abstractmethod
    def __call__(self, hidden: Tensor) -> Tensor:
        """[N, …] → [N, …]."""

    @abstractmethod
    def in_torch(self, shape: tuple[int, ...]) -> tuple[str, ...]:
        """Lines of plain torch that turn the hidden layer `x` [N, *shape] into the code `x`."""


class Loss(Part):
    """How far the reconstruction is from the clean input: summed over the elements of one image, averaged over the
    batch.
    """

    family: ClassVar[str] = "losses"
    noun: ClassVar[str] = "loss"

    @abstractmethod
    def __call__(self, seen: Pass) -> Tensor:
        """A scalar."""


class Penalty(Part):
    """A term added to the loss with a weight λ that may change while training."""

    family: ClassVar[str] = "penalties"
    noun: ClassVar[str] = "penalty"
    symbol: ClassVar[str] = ""
    """LaTeX subscript of λ."""

    weight: float = knob(
        1.0,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        tip="How much the penalty counts beside the reconstruction loss.",
    )

    @abstractmethod
    def __call__(self, seen: Pass) -> Tensor:
        """A scalar, without the weight."""


@dataclass(frozen=True)
class Phase:
    """A part of a run that trains one span of stages for some epochs."""

    name: str
    span: Span
    epochs: int


class Schedule(Part):
    """Which stages are trained when."""

    family: ClassVar[str] = "schedules"
    noun: ClassVar[str] = "schedule"

    @abstractmethod
    def phases(self, epochs: int, depth: int) -> tuple[Phase, ...]:
        """The phases of a run of so many epochs on a network of so many stages, in order."""


class Optimiser(Part):
    """How gradients become steps."""

    family: ClassVar[str] = "optimisers"
    noun: ClassVar[str] = "optimiser"

    learning_rate: float = knob(
        1e-3, "Learning rate", low=0, high=100, live=True, log=True, tip="The step size at the schedule's peak."
    )

    @abstractmethod
    def build(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        """A fused optimiser: it takes `found_inf`, by which the loop forbids a step without asking the device for a
        number.
        """


class Rate(Part):
    """The learning rate over a phase, as a factor of the optimiser's."""

    family: ClassVar[str] = "rates"
    noun: ClassVar[str] = "learning rate schedule"

    @abstractmethod
    def factor(self, done: float) -> float:
        """`done` is the fraction of the phase's steps taken, in [0, 1)."""
