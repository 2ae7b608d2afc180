"""What the parts of a run build, each from a seed of its own, and which of it is trained when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from aestudio.core.ground.drawing import drawn_from
from aestudio.core.ground.errors import RunError, StudioError, reason
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text
from aestudio.core.parts.families.augmentation import Augmentation
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.looking import Built, PassParts
from aestudio.core.parts.part import Part
from aestudio.core.parts.plan import Plan, Span, steps_an_epoch


class Blueprint(PassParts, Protocol):
    """A run, as far as building goes."""

    @property
    def augmentation(self) -> Augmentation: ...
    @property
    def schedule(self) -> Schedule: ...
    @property
    def optimiser(self) -> Optimiser: ...
    @property
    def epochs(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def seed(self) -> int: ...


DRAWS = (torch.Tensor.uniform_, torch.Tensor.normal_)
FILLS = "torch.nn.init"
"""The module whose functions fill weights; they draw where no mode sees it any more."""


class Undrawn(TorchFunctionMode):
    """Weights on the meta device have no values, and are not drawn: torch would take longer for that than for all else
    that is asked of their sizes.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in DRAWS or getattr(func, "__module__", "") == FILLS:
            weights = args[0] if args else (kwargs or {}).get("tensor")
            if isinstance(weights, torch.Tensor) and weights.is_meta:
                return weights
        return func(*args, **(kwargs or {}))


def seed_for(seed: int, role: str) -> int:
    """A seed for one role of a run, independent of those of all others: SHA-256 of both, cut to 63 bits."""
    digest = hashlib.sha256(f"{seed} {role}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def plan(run: Blueprint, shape: Shape, images: int = 0) -> Plan:
    """How the run goes on images of this shape, its stages on the meta device; `images` training images, if known.

    Raises: RunError where no such network exists for the shape.
    """
    with torch.device("meta"), Undrawn(), sentence(run.network, Text("cannot be built")):
        stages = run.network.build(shape, run.loss.outputs)
    if not stages:
        raise RunError("{part} has no layers; choose another one.", part=named(run.network))
    with sentence(run.schedule, Text("has no phases for this run")):
        phases = run.schedule.phases(run.epochs, len(stages))
    epochs = sum(phase.epochs for phase in phases)
    steps = epochs * steps_an_epoch(images, run.batch_size) if images else 0
    with sentence(run.code, Text("cannot say its shape")):
        code = run.code.shape(stages[-1].out_shape)
    return Plan(shape, stages, code, phases, run.batch_size, images, steps)


def build(run: Blueprint, planned: Plan) -> Built:
    """New modules on torch's default device.

    The network's weights come from the run's seed itself, as they always did; what other parts build comes from seeds
    of their own, so that a penalty with weights of its own leaves the network's as they are.

    Raises: RunError where a part cannot be built.
    """
    with _seeded(run.network, run.seed):
        stages = run.network.build(planned.shape, run.loss.outputs)
    planned = replace(planned, stages=stages)
    with _seeded(run.code, seed_for(run.seed, "weights of the code")):
        code = run.code.build(planned)
    with _seeded(run.loss, seed_for(run.seed, "weights of the loss")):
        loss = run.loss.build(planned)
    penalties = {}
    for penalty in run.penalties:
        with _seeded(penalty, seed_for(run.seed, f"weights of {penalty.kind}")):
            penalties[penalty.kind] = penalty.build(planned)
    return Built(stages, len(stages), code, loss, penalties)


@contextmanager
def _seeded(part: Part, seed: int) -> Iterator[None]:
    with drawn_from(seed), sentence(part, Text("cannot be built")):
        yield


@contextmanager
def sentence(part: Part, what: Text) -> Iterator[None]:
    """Whatever a part raises while it is asked for something, the person gets a sentence that names it."""
    try:
        yield
    except (StudioError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        raise RunError(
            "{part} {what}. ({raised}) Choose another {noun}.",
            part=named(part),
            what=what,
            raised=raised(error),
            noun=Text(part.noun),
        ) from error


def raised(error: Exception) -> str:
    """What Python or torch said, for whoever wrote the part: `KeyError: 'width'.`"""
    return f"{type(error).__name__}: {reason(error)}"


def named(part: Part) -> Text:
    """The beginning of a sentence about a part: `The code Top-k`."""
    return Text("The {noun} {title}", noun=Text(part.noun), title=Text(part.title))


def moved(run: Blueprint, built: Built, span: Span) -> list[nn.Parameter]:
    """What the objective moves while this span is trained: its stages, and what the penalties built that do not play;
    what the code built where the span reaches it, and what the loss built where the span begins at the pixels.
    """
    modules: list[nn.Module] = [*built.stages[span.first : span.last]]
    modules += [built.code] if span.last == built.depth else []
    modules += [built.loss] if span.first == 0 else []
    modules += [built.penalties[one.kind] for one in run.penalties if not one.plays]
    return [parameter for module in modules for parameter in learned(module)]


def learned(module: nn.Module) -> list[nn.Parameter]:
    """What may be moved of what a part built: all but what it has frozen."""
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def fused(optimiser: torch.optim.Optimizer, owner: Text) -> torch.optim.Optimizer:
    """The optimiser of `owner`, if it is one that can refuse a step. Raises RunError with a sentence."""
    if not all(group.get("fused") for group in optimiser.param_groups):
        raise RunError(
            "The optimiser of {owner} is not fused, so a step that is not finite could not be refused; build it "
            "with fused=True, or choose one that can be.",
            owner=owner,
        )
    return optimiser
