"""What the parts of a run build, each from a seed of its own; and the check that it all goes together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError, StudioError, reason
from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.families.augmentation import Augmentation
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.looking import Built, Settings, encode, look, terms
from aestudio.core.parts.one_pass import TRAIN
from aestudio.core.parts.plan import Plan, Span


class Planned(Settings, Protocol):
    """A run, as far as building goes."""

    @property
    def augmentation(self) -> Augmentation: ...
    @property
    def schedule(self) -> Schedule: ...
    @property
    def epochs(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def seed(self) -> int: ...


def seed_for(seed: int, role: str) -> int:
    """A seed for one role of a run, independent of those of all others: SHA-256 of both, cut to 63 bits."""
    digest = hashlib.sha256(f"{seed} {role}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def plan(run: Planned, shape: Shape, images: int = 0) -> Plan:
    """How the run goes on images of this shape, its stages on the meta device; `images` training images, if known.

    Raises: RunError where no such network exists for the shape.
    """
    with torch.device("meta"):
        stages = run.network.build(shape, run.loss.outputs)
    phases = run.schedule.phases(run.epochs, len(stages))
    epochs = sum(phase.epochs for phase in phases)
    steps = epochs * (images // min(run.batch_size, images)) if images else 0
    code = run.code.shape(stages[-1].out_shape)
    return Plan(shape, stages, code, phases, run.batch_size, images, steps)


def build(run: Planned, planned: Plan) -> Built:
    """New modules on torch's default device.

    The network's weights come from the run's seed itself, as they always did; what other parts build comes from seeds
    of their own, so that a penalty with weights of its own leaves the network's as they are.

    Raises: RunError where a part cannot be built.
    """
    with _seeded(run.seed):
        stages = run.network.build(planned.shape, run.loss.outputs)
    planned = replace(planned, stages=stages)
    with _seeded(seed_for(run.seed, "weights of the code")):
        code = run.code.build(planned)
    with _seeded(seed_for(run.seed, "weights of the loss")):
        loss = run.loss.build(planned)
    penalties = {}
    for penalty in run.penalties:
        with _seeded(seed_for(run.seed, f"weights of {penalty.kind}")):
            penalties[penalty.kind] = penalty.build(planned)
    return Built(stages, len(stages), code, loss, penalties)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def try_out(run: Planned, planned: Plan) -> None:
    """Sends two images of nothing through every phase on the meta device, where only sizes are computed.

    Raises: RunError with a sentence where anything does not fit anything else.
    """
    with torch.device("meta"), torch.no_grad(), suppress(_NeedsNumbersError):
        with _in_a_sentence(run):
            built = build(run, planned)
        images = torch.zeros(2, *planned.shape)
        with suppress(_NeedsNumbersError), _in_a_sentence(run):
            made = run.augmentation(images)
            if made.shape != images.shape:
                raise RunError(
                    f"The augmentation {run.augmentation.title} makes images of {_size(made.shape[1:])} of those of "
                    f"{_size(planned.shape)}; choose another one."
                )
        for span in dict.fromkeys(phase.span for phase in planned.phases):
            with suppress(_NeedsNumbersError), _in_a_sentence(run):
                _try_span(run, planned, built, images, span)


class _NeedsNumbersError(Exception):
    """What asks the device for a number cannot be tried out where there is none."""


@contextmanager
def _in_a_sentence(run: Planned) -> Iterator[None]:
    """Whatever a part raises, the person gets a sentence before training."""
    try:
        yield
    except StudioError:
        raise
    except Exception as error:
        if isinstance(error, NotImplementedError) or "meta tensor" in str(error):
            raise _NeedsNumbersError from error
        parts = (run.augmentation, run.network, run.code, run.corruption, run.loss, *run.penalties)
        names = ", ".join(part.title for part in parts if not part.neutral)
        raise RunError(
            f"These parts do not go together ({names}): one of them cannot take what another gives it. "
            f"Choose another one. ({reason(error)})"
        ) from error


def _try_span(run: Planned, planned: Plan, built: Built, images: Tensor, span: Span) -> None:
    code = encode(run, built, images, span, TRAIN, samples=run.objective.samples).latent.code
    if span.last == built.depth and tuple(code.shape[1:]) != tuple(planned.code):
        raise RunError(
            f"The code {run.code.title} says that it gives {_size(planned.code)} numbers and gives "
            f"{_size(code.shape[1:])}; its shape() and its encode() have to agree."
        )
    seen = look(run, built, images, span, TRAIN, samples=run.objective.samples)
    if seen.reconstruction.shape != seen.target.shape:
        raise RunError(
            f"The reconstruction is of {_size(seen.reconstruction.shape[1:])} numbers and what should come out of "
            f"{_size(seen.target.shape[1:])}: the network {run.network.title}, the loss {run.loss.title} and the "
            f"corruption {run.corruption.title} do not go together."
        )
    terms(run, built, seen)
    for penalty in run.penalties:
        if penalty.plays:
            with torch.enable_grad():  # a critic may take gradients of its own
                penalty.own_loss(seen.detached(), built.penalties[penalty.kind])


def _size(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))
