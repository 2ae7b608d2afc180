"""Gradients by hand: what a penalty adds where a step is written out for dense layers, and not left to autograd."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.one_pass import batch_mean


class CodeByHand:
    """A code between encoder and decoder, for a pass of N images; this one hands the hidden layer on as it is.

    Gradients reach it from the decoder first, then from the penalties, and go on to the encoder.
    """

    def __init__(self, given: Tensor) -> None:
        self.given = given
        """What the decoder gets, [N·k, H] for k codes of each image."""

    def receive(self, slope: Tensor, gradient: Mapping[Tensor, Tensor], share: Tensor | None = None) -> Tensor:
        """What ∂𝓛/∂h [N, H] has directly from ∂𝓛/∂given, which may be changed; the gradients of the decoder's side are
        put in their places. `share` [N·k] is −∂𝓛/∂(log p(z) − log q(z|x)) of each code, where the objective weighs
        them.
        """
        del gradient, share
        return slope

    def pass_on(self, to_hidden: Tensor, gradient: Mapping[Tensor, Tensor]) -> Tensor:
        """∂𝓛/∂h [N, H], which may be that tensor, with the rest of what comes through the code; the gradients of the
        encoder's side are put in their places.
        """
        del gradient
        return to_hidden


class NormalByHand(CodeByHand, ABC):
    """A code that is drawn from normal distributions with independent numbers, [N, K]."""

    mean: Tensor
    """μ."""
    log_variance: Tensor
    """log σ²."""
    to_mean: Tensor
    """∂𝓛/∂μ, to be changed in place."""
    to_log_variance: Tensor
    """∂𝓛/∂log σ², to be changed in place."""

    @abstractmethod
    def log_ratio(self) -> Tensor:
        """log p(z) − log q(z|x) of each code in nats, [N·k]."""


@dataclass(eq=False)
class ByHand:
    """One pass through dense layers, N images and H units in the last, and what is known of its gradients so far.

    A penalty adds its weight times its own gradient to what it is about: to `to_hidden`, in the code, or to one of the
    last three.
    """

    stages: Sequence[DenseStage]
    preactivation: Tensor
    """Of the last encoder layer, a [N, H]."""
    hidden: Tensor
    """h = s(a) [N, H]."""
    to_hidden: Tensor
    """∂𝓛/∂h [N, H], to be changed in place."""
    code: CodeByHand
    step: Tensor
    """Steps done before this one, as in the context of a pass."""
    batch_mean: Callable[[Tensor], Tensor] = batch_mean
    """Over the whole batch, where these images are a part of it."""
    to_preactivation: Tensor | None = None
    """What ∂𝓛/∂a has beside what comes through h, [N, H]."""
    to_rows: Tensor | None = None
    """∂𝓛/∂W of the last encoder layer has these [H] times its rows beside the rest."""
    decay: float = 0.0
    """∂𝓛/∂W of every weight has this times the weight beside the rest."""

    @cached_property
    def slope(self) -> Tensor:
        """s′(a) [N, H]."""
        return self.stages[-1].activation.slope(self.preactivation, self.hidden)
