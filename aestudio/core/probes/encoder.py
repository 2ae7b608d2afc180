"""The encoder as a function of the image, and its derivative in both directions: what probes of its geometry share."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor
from torch.func import jvp, vjp, vmap

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.trained import Model
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.stages import Layer, Stage, through

# torch's own forward-mode tables are built with torch.jit.script at their first use, which its newest releases warn of.
warnings.filterwarnings("ignore", message=".*torch.jit.script.*", category=FutureWarning)

ROOM = 1 << 25
"""Numbers that may be in flight at once: 128 MB of float32."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """h = f(x), [N, C, H, W] → [N, H]: the stages up to the hidden layer, without the code, as the contractive
    penalty takes it. J = ∂h/∂x has H rows and D = C·H·W columns.
    """

    stages: Sequence[Stage]
    shape: Shape
    """Of one image."""
    network: Network
    """May be told something beside the images: its defaults, here."""

    def __call__(self, x: Tensor) -> Tensor:
        return through(self.stages, self.network.entered(x)).flatten(1)

    @property
    def inputs(self) -> int:
        """D."""
        return prod(self.shape)

    @property
    def units(self) -> int:
        """H."""
        return prod(self.stages[-1].out_shape)

    @property
    def forward(self) -> bool:
        """J has no more columns than rows, so forward mode, which gives a column at a time, is the shorter way."""
        return self.inputs <= self.units

    @property
    def seconds(self) -> float:
        """Roughly, for one direction through the derivative at one image: twice the multiply-adds of the layers, or the
        numbers that pass through memory where a convolution has few for each. As measured on two cores.
        """
        work = sum(stage.work() for stage in self.stages)  # there and back
        numbers = self.inputs + sum(prod(stage.out_shape) for stage in self.stages)
        return work / 1e11 + numbers * 1e-8

    @property
    def dense(self) -> bool:
        """One dense layer, for which J = diag(s′(a)) W."""
        return self.single and next(self.stages[0].weights()).dim() == 2

    @property
    def single(self) -> bool:
        """One layer that sees the image and nothing else: it has closed forms."""
        return len(self.stages) == 1 and isinstance(self.stages[0], Layer) and not self.network.given

    def slope(self, x: Tensor) -> Tensor:
        """s′(a) of one layer at each image [N, *out_shape]."""
        (stage,) = self.stages
        return stage.activation.derivative(stage.affine(x))

    def at_once(self, numbers: int) -> int:
        """How many things of so many numbers each fit the room, at least one."""
        return max(1, ROOM // max(numbers, 1))

    @property
    def widest(self) -> int:
        """Numbers in the widest layer."""
        return max(self.inputs, *(prod(stage.out_shape) for stage in self.stages))

    def push(self, x: Tensor, v: Tensor) -> Tensor:
        """J v for K directions at each image: x [N, C, H, W], v [K, N, C, H, W] → [K, N, H]; forward mode."""
        pushed: Tensor = vmap(lambda one: jvp(self, (x,), (one,))[1])(v)
        return pushed

    def pull(self, x: Tensor, u: Tensor) -> Tensor:
        """Jᵀ u for K directions at each image: u [K, N, H] → [K, N, D]; reverse mode."""
        back = vjp(self, x)[1]
        pulled: Tensor = vmap(lambda one: back(one)[0])(u)
        return pulled.flatten(2)

    def pieces(self, x: Tensor) -> Iterator[Tensor]:
        """J at each image: K columns [K, N, H] at a time where it has no more of them than rows, else K rows."""
        count = self.inputs if self.forward else self.units
        for some in torch.split(torch.arange(count), self.at_once(len(x) * self.widest)):
            one_hot = torch.zeros(len(some), count, dtype=x.dtype).scatter_(1, some[:, None], 1)[:, None]  # [K, 1, ·]
            one_hot = one_hot.expand(-1, len(x), -1)
            yield self.push(x, one_hot.reshape(-1, *x.shape)) if self.forward else self.pull(x, one_hot)

    def jacobian(self, x: Tensor) -> Tensor:
        """J at each image, [N, H, D]."""
        if self.dense:
            return self.slope(x)[:, :, None] * next(self.stages[0].weights())
        pieces = torch.cat(list(self.pieces(x)))  # [D, N, H] or [H, N, D]
        return pieces.permute(1, 2, 0) if self.forward else pieces.permute(1, 0, 2)


def encoder(model: Model, images: Tensor, *, double: bool = False) -> Encoder:
    """The model's encoder, in double precision where that is asked for; the model is left as it is.

    Raises: ProbeError where there is no hidden layer or the images are not of the model's shape.
    """
    fitting(model, images)
    module = copy.deepcopy(model.module).double() if double else model.module
    return Encoder(module.span(0, model.depth), model.shape, model.run.network)


def fitting(model: Model, images: Tensor) -> None:
    """Raises: ProbeError where there is no hidden layer, no image, or images [N, C, H, W] of another shape."""
    if not model.depth:
        raise ProbeError(
            "This model has no trained hidden layer yet, so there is nothing to look into; train it first."
        )
    if images.dim() != 4 or tuple(images.shape[1:]) != tuple(model.shape):
        given, wanted = ("×".join(map(str, shape)) for shape in (images.shape[1:], model.shape))
        raise ProbeError(
            "The model takes images of {wanted} (channels×height×width), and these are {given}.",
            wanted=wanted,
            given=given,
        )
    if not len(images):
        raise ProbeError("There are no images to look at; give at least one.")


def layer(stage: Stage) -> Layer:
    """The stage, where its hidden units have weights of their own. Raises: ProbeError where they have not."""
    if not isinstance(stage, Layer):
        raise ProbeError(
            "The hidden units of this network come out of many layers, so none of them has a filter of its own; "
            "look at the spectrum or at the reconstructions."
        )
    return stage
