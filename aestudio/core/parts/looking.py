"""The one forward pass: corrupt → encode → code → decode. Training, previews, scores, sliders, denoising, exports and
probes all come through here, so that what is looked at is what was trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.families.objective import Objective
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import (
    CLEAN,
    EVALUATE,
    NO_CONTEXT,
    NOTHING,
    UNSEEDED,
    Generators,
    Given,
    Latent,
    Mode,
    Pass,
    PassContext,
    as_it_is,
)
from aestudio.core.parts.plan import Span
from aestudio.core.parts.sharing import ALONE, Sharing
from aestudio.core.parts.stages import Stage, through


class PassParts(Protocol):
    """The parts that a pass needs; a Run has them."""

    @property
    def network(self) -> Network: ...
    @property
    def code(self) -> Code: ...
    @property
    def corruption(self) -> Corruption: ...
    @property
    def loss(self) -> Likelihood: ...
    @property
    def penalties(self) -> tuple[Penalty, ...]: ...
    @property
    def objective(self) -> Objective: ...


@dataclass(frozen=True, eq=False)
class Built:
    """What the parts of a run have built."""

    stages: Sequence[Stage]
    depth: int
    """How many stages the whole network has: the code lies behind the last of them."""
    code: nn.Module = field(default_factory=nn.Module)
    loss: nn.Module = field(default_factory=nn.Module)
    penalties: Mapping[str, nn.Module] = field(default_factory=dict)
    """By kind."""


@dataclass(frozen=True, eq=False)
class Terms:
    """What one step minimises, term by term."""

    names: tuple[str, ...]
    """`reconstruction`, then the penalties by kind, the loss of the code where it has one, and what the objective adds,
    if it is not their sum.
    """
    raw: Tensor
    """Values [names], without gradient."""
    weights: tuple[float, ...]
    """Weight × value summed over the names is the objective."""
    total: Tensor
    """The objective: the scalar to differentiate."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """The first half of a pass; fields as in Pass."""

    clean: Tensor
    target: Tensor
    corrupted: Tensor
    enter: Callable[[Tensor], Tensor]
    preactivation: Tensor
    hidden: Tensor
    """[N, …], in the layer's own shape."""
    latent: Latent


@dataclass(frozen=True, eq=False)
class Decoded:
    """The second half of a pass; fields as in Pass."""

    logits: Tensor
    reconstruction: Tensor


def encode(
    run: PassParts,
    built: Built,
    images: Tensor,
    span: Span,
    mode: Mode,
    generators: Generators = UNSEEDED,
    *,
    given: Given = NOTHING,
    samples: int = 1,
    sharing: Sharing = ALONE,
) -> Encoded:
    """corrupt → encode → code, of images [N, C, H, W]. Each process that shares it encodes its own rows.

    Where the span does not start at the image, the stages below encode the input and get no gradient. `given` is what
    the network declares to be told; what is missing is what the corruption knows, then the network's default.
    """
    stages = built.stages[span.first : span.last]
    _moving(built.stages[: span.first], False)
    _moving([*stages, built.code, *built.penalties.values()], mode.update)
    _moving([built.loss], mode.update and span.first == 0)  # it is about pixels
    with torch.no_grad():
        below = run.network.entered(images, given) if span.first else images
        clean = through(built.stages[: span.first], below)
    target, told = clean, NOTHING
    hidden = corrupted = clean
    if mode.corrupt:
        device = "cpu" if clean.is_meta else clean.device.type
        with torch.autocast(device, enabled=False):  # noise is no product whose factors may be rounded
            done = run.corruption(clean, generators.corruption)
        hidden, target, told = done.seen, done.target, done.given
        corrupted = hidden
    known: Given = {**told, **given}
    enter = as_it_is
    if span.first == 0 and run.network.given:
        enter = partial(run.network.entered, known=known)
        hidden = enter(corrupted)
    preactivation, batch, hidden = hidden, hidden, sharing.part(hidden)
    for stage in stages:
        preactivation = stage.affine(hidden)
        if stage is stages[-1]:
            preactivation = sharing.whole(preactivation, batch)
        hidden = stage.activation(preactivation)
    latent = code_of(run, built, hidden, span, mode, generators, samples=samples)
    if samples > 1:
        target = target.repeat_interleave(samples, 0)
        if len(latent.code) == len(clean):  # a code that draws nothing gives the same one each time
            each = {name: getattr(latent, name) for name in ("code", "log_q", "log_prior")}
            latent = replace(
                latent, **{name: one.repeat_interleave(samples, 0) for name, one in each.items() if one is not None}
            )
    return Encoded(clean, target, corrupted, enter, preactivation, hidden, latent)


def code_of(
    run: PassParts,
    built: Built,
    hidden: Tensor,
    span: Span,
    mode: Mode = CLEAN,
    generators: Generators = UNSEEDED,
    *,
    samples: int = 1,
) -> Latent:
    """hidden layer [N, …] → code. It belongs to the whole network: a shallower layer passes as it is."""
    if span.last < built.depth:
        return Latent(hidden, hidden)
    return run.code.encode(hidden, built.code, mode, generators.code, samples)


def decode(
    run: PassParts, built: Built, code: Tensor, span: Span, mode: Mode = CLEAN, sharing: Sharing = ALONE
) -> Decoded:
    """code → decode, of codes [N, …] in the shape that `encode` gives them: also a person's, or a prior's samples."""
    stages = built.stages[span.first : span.last]
    _moving([*stages, built.code], mode.update)
    _moving([built.loss], mode.update and span.first == 0)
    hidden = run.code.decode(code, built.code) if span.last == built.depth else code
    if not stages:
        return Decoded(hidden, hidden)
    return decode_from(run, built, stages[-1].back(sharing.part(hidden)), span, sharing, hidden)


def decode_from(
    run: PassParts, built: Built, logits: Tensor, span: Span, sharing: Sharing = ALONE, batch: Tensor | None = None
) -> Decoded:
    """The rest of `decode`, from the pre-activation of the first decoder layer [N, …], of a `batch` that is shared."""
    stages = built.stages[span.first : span.last]
    reconstruction = logits
    for number, stage in reversed(list(enumerate(stages, start=span.first))):
        logits = logits if stage is stages[-1] else stage.back(reconstruction)
        if stage is stages[0]:
            logits = sharing.whole(logits, logits if batch is None else batch)
        reconstruction = run.loss.mean(logits, stage.range, built.loss) if number == 0 else stage.range(logits)
    return Decoded(logits, reconstruction)


def look(
    run: PassParts,
    built: Built,
    images: Tensor,
    span: Span,
    mode: Mode,
    generators: Generators = UNSEEDED,
    *,
    given: Given = NOTHING,
    samples: int = 1,
    context: PassContext = NO_CONTEXT,
    sharing: Sharing = ALONE,
) -> Pass:
    """One pass through a span of stages, there and back; arguments as in `encode`."""
    there = encode(run, built, images, span, mode, generators, given=given, samples=samples, sharing=sharing)
    back = decode(run, built, there.latent.code, span, mode, sharing)
    return Pass(
        clean=there.clean,
        target=there.target,
        corrupted=there.corrupted,
        enter=there.enter,
        preactivation=there.preactivation,
        hidden=there.hidden.flatten(1),
        latent=there.latent,
        code=there.latent.code,
        logits=back.logits,
        reconstruction=back.reconstruction,
        samples=samples,
        stages=built.stages[span.first : span.last],
        generator=generators.penalty,
        context=context,
    )


def terms(run: PassParts, built: Built, seen: Pass) -> Terms:
    """The objective of a pass, as named terms."""
    return joined(run, built, seen, parts(run, built, seen))


def parts(run: PassParts, built: Built, seen: Pass) -> list[Tensor]:
    """The reconstruction loss, every penalty, and the loss of the code where it has one: scalars, without weights."""
    each = [run.loss(seen, built.loss), *(one(seen, built.penalties.get(one.kind)) for one in run.penalties)]
    return [*each, run.code.own_loss(seen, built.code)] if run.code.term else each


def joined(run: PassParts, built: Built, seen: Pass, parts: list[Tensor]) -> Terms:
    """The objective from its parts, as `parts` gives them."""
    of_code = ((run.code.term, run.code.term_weight),) if run.code.term else ()
    penalties = (one.weight * one.share(seen.context.step) for one in run.penalties)
    weights: tuple[Any, ...] = (1.0, *penalties, *(weight for _, weight in of_code))
    names = ("reconstruction", *(penalty.kind for penalty in run.penalties), *(name for name, _ in of_code))
    weighted = torch.stack([_weighted(weight, term) for weight, term in zip(weights, parts, strict=True)])
    total = run.objective(seen, weighted, lambda scale: run.loss.nats(seen, built.loss, scale))
    if run.objective.term:
        parts = [*parts, total - weighted.sum()]
        names, weights = (*names, run.objective.term), (*weights, 1.0)
    return Terms(names, torch.stack(parts).detach(), weights, total)


def scoring(run: PassParts) -> Mode:
    """How a run is scored: nothing is learned, and the code is its mean unless a term needs draws."""
    return replace(EVALUATE, sample=run.objective.draws or any(one.draws for one in run.penalties))


def _weighted(weight: float | Tensor, term: Tensor) -> Tensor:
    """A weight that may change while training is a number on the device; it must not widen the term."""
    return (weight.to(term.dtype) if isinstance(weight, Tensor) else weight) * term


def _moving(modules: Sequence[nn.Module], update: bool) -> None:
    """Statistics of modules move, or stand still; torch calls that training and evaluation."""
    for module in modules:
        if module.training is not update:
            module.train(update)
