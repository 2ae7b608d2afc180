"""Pass, the record of one forward pass, and what such a pass is told: its mode and its generators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from aestudio.core.parts.stages import Stage, through


@dataclass(frozen=True)
class Mode:
    """What a pass may do besides computing."""

    corrupt: bool
    """The corruption is drawn; else the encoder sees the clean image."""
    sample: bool
    """A code that draws is drawn; else it gives its mean."""
    update: bool
    """Running statistics move: batch norm's, a codebook's. Only training does that."""


TRAIN = Mode(corrupt=True, sample=True, update=True)
EVALUATE = Mode(corrupt=True, sample=False, update=False)
"""As in training, but nothing is learned by it and the code is its mean: held-out scores and previews."""
CLEAN = Mode(corrupt=False, sample=False, update=False)
"""An image as it is: trying a model, denoising, exports, probes."""


@dataclass(frozen=True)
class Generators:
    """One for each role that draws in a pass, on the images' device, so that a penalty that draws leaves the noise as
    it was; None is torch's default.
    """

    corruption: torch.Generator | None = None
    code: torch.Generator | None = None
    penalty: torch.Generator | None = None


UNSEEDED = Generators()
Given = Mapping[str, Tensor]
"""What the network is told beside the images, by name: a number for all [] or for each image [N], or a map of them
[N, 1, H, W].
"""
NOISE_LEVEL = "sigma"
"""What the standard deviation of the noise is called, where white is 1: corruptions say it and denoising does."""
NOTHING: Given = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class PassContext:
    """Where a pass stands: terms that rise with training, or are about all images of a split, ask for it."""

    step: Tensor | None = None
    """Steps done before this one, in the whole run, int64 [] on the device; None where nothing is trained."""
    images: int = 0
    """How many images the split has that the batch is from; 0 where the batch is all that is known."""


NO_CONTEXT = PassContext()


def as_it_is(x: Tensor) -> Tensor:
    """The first stage gets what the encoder saw."""
    return x


@dataclass(frozen=True, eq=False)
class Latent:
    """What a code makes of a hidden layer: k codes for each of N images, those of one image next to each other."""

    code: Tensor
    """[N·k, …]: drawn, or the mean where nothing is drawn."""
    mean: Tensor
    """[N, …]."""
    kl: Tensor | None = None
    """KL(q(z|x) ‖ p(z)) in nats of each number of the code, [N, K]; None where the code knows no prior."""
    log_q: Tensor | None = None
    """log q(z|x) of each code in nats, [N·k]."""
    log_prior: Tensor | None = None
    """log p(z) of each code in nats, [N·k]."""
    log_variance: Tensor | None = None
    """log σ² of each number of the code, [N, K], where q(z|x) is a normal distribution with independent numbers."""
    facts: Mapping[str, Tensor] = field(default_factory=dict)
    """Whatever else the code wants looked at, by name: numbers [] or values for each image [N, …]."""


@dataclass(frozen=True, eq=False)
class Pass:
    """One forward pass, as likelihoods, penalties and probes look at it.

    While training layer by layer, `clean` is the code of the stages below, not an image.
    """

    clean: Tensor
    """What went in, [N, …]."""
    target: Tensor
    """What should come out, [N·k, …]: the clean input, unless the corruption says otherwise."""
    corrupted: Tensor
    """What the encoder saw, [N, …]."""
    enter: Callable[[Tensor], Tensor]
    """How that becomes what the first stage gets: `as_it_is`, unless the network is told something beside it."""
    preactivation: Tensor
    """Of the last encoder layer, [N, …]."""
    hidden: Tensor
    """Activations of the last encoder layer, [N, H]."""
    latent: Latent
    """What the code made of them."""
    code: Tensor
    """What went to the decoder, [N·k, …]."""
    logits: Tensor
    """The decoder's outputs before the likelihood takes their mean, [N·k, …]."""
    reconstruction: Tensor
    """[N·k, …]."""
    samples: int
    """k, the codes for each image."""
    stages: Sequence[Stage]
    """Those the pass went through."""
    generator: torch.Generator | None
    """For penalties that draw at random."""
    context: PassContext
    """Steps done, and of how many images the batch is one."""

    def hidden_of(self, x: Tensor) -> Tensor:
        """The encoder that was used, as a function, [N, …] → [N, H]."""
        return through(self.stages, self.enter(x)).flatten(1)

    def detached(self) -> Pass:
        """The same numbers without their history: for a player that must not move the network."""
        return replace(self, **_detached(self), latent=replace(self.latent, **_detached(self.latent)))


def _detached(record: Pass | Latent) -> dict[str, Any]:
    """Every tensor of a record without its history, by field."""
    held = {one.name: getattr(record, one.name) for one in fields(record)}
    found: dict[str, Any] = {name: value.detach() for name, value in held.items() if isinstance(value, Tensor)}
    if isinstance(record, Latent):
        found["facts"] = {name: fact.detach() for name, fact in record.facts.items()}
    return found


def batch_mean(values: Tensor) -> Tensor:
    """The mean over the batch, [N, …] → […]. Whatever is not linear in it, such as ρ in the KL penalty, takes it from
    here: several processes that share a batch have to agree on it.
    """
    return values.mean(0)
