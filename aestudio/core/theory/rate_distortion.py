"""Rate and distortion: what a drawn code tells of an image, and what is lost, for several weights β of the KL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError
from aestudio.core.model.trained import Model
from aestudio.core.parts.one_pass import Generators
from aestudio.core.parts.penalties.kl_to_prior import KLToPrior
from aestudio.core.probes.evidence import DRAWN
from aestudio.core.probes.posterior import posterior
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import Number
from aestudio.core.theory.seeds import Spread, spread_of
from aestudio.core.theory.tradeoff import Point, SweepEvent, sweep
from aestudio.core.theory.trains import HERE, Engine
from aestudio.core.training.controls import Controls

BETA = f"penalties.{KLToPrior.kind}.weight"
"""The setting that differs."""
IMAGES, CHUNK = 1000, 200
"""Held-out images that are measured, and those at once."""


@dataclass(frozen=True)
class RatePoint:
    """One run with one β, of the weights at the end. None where the training failed."""

    value: Number
    """β."""
    rate: float | None
    """R = KL(q(z|x) ‖ p(z)) in nats, averaged over held-out images: it is never below what code and image share."""
    distortion: float | None
    """D = the reconstruction loss with codes that are drawn, averaged over the same images."""
    active: int | None
    """Numbers of the code whose mean varies by more than 0.01."""
    information: float | None
    """I(x; z) in nats, at most log N of N images."""
    seconds: float
    number: int
    """Of the run in the library; 0 where it is not kept."""
    trouble: str = ""


@dataclass(frozen=True)
class MeanRatePoint:
    """What all runs with one β came to; None where no run came to it."""

    value: Number
    rate: Spread | None
    distortion: Spread | None
    active: Spread | None
    information: Spread | None
    points: tuple[RatePoint, ...]


def rates(points: Iterable[RatePoint]) -> list[MeanRatePoint]:
    """Of every β, the smallest first."""
    of: dict[Number, list[RatePoint]] = {}
    for point in points:
        of.setdefault(point.value, []).append(point)
    return [
        MeanRatePoint(
            value,
            spread_of(one.rate for one in some),
            spread_of(one.distortion for one in some),
            spread_of(one.active for one in some),
            spread_of(one.information for one in some),
            tuple(some),
        )
        for value, some in sorted(of.items())
    ]


def check(run: Run) -> None:
    """Raises: RunError where no KL to a prior is weighed."""
    if not any(isinstance(one, KLToPrior) for one in run.penalties):
        raise RunError(
            "Rate and distortion are of a code that is drawn and held to a prior by KL; choose a variational recipe."
        )


def rate_distortion(
    run: Run,
    values: Sequence[Number],
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    seeds: int = 1,
    engine: Engine = HERE,
) -> Iterator[SweepEvent | RatePoint]:
    """Trains a run for each β with each of so many seeds, and measures it: a RatePoint after the events of each.

    Raises: RunError before training, as `check` and `sweep`.
    Source: Alemi et al. (2018), Fixing a Broken ELBO, arXiv 1711.00464, section 2.
    """
    check(run)
    end: Finished | None = None
    for told in sweep(run, BETA, values, dataset, controls, compute, probe=False, seeds=seeds, engine=engine):
        match told:
            case SweepEvent(event=Finished() as end):
                yield told
            case Point():
                yield _measured(told, end, run, dataset)
            case _:
                yield told


def _measured(point: Point, end: Finished | None, run: Run, dataset: Dataset) -> RatePoint:
    if point.trouble or end is None or end.weights is None:
        return RatePoint(point.value, None, None, None, None, point.seconds, point.number, point.trouble)
    model = Model(end.run or run, dataset.shape, end.weights, end.depth)
    store = dataset.held_out.images
    images = to_float(store.gather(torch.arange(min(IMAGES, len(store)))))
    found = posterior(model.module, model.run, images)
    generator = torch.Generator().manual_seed(0)
    return RatePoint(
        point.value,
        float(found.kl_per_unit.sum()),
        distortion(model, images, generator),
        int(found.active.sum()),
        max(0.0, found.mutual_information(generator)),  # an estimate may be a little below
        point.seconds,
        point.number,
    )


@torch.no_grad()
def distortion(model: Model, images: Tensor, generator: torch.Generator) -> float:
    """The reconstruction loss of images [N, C, H, W] with a drawn code of each, averaged over them."""
    total = 0.0
    for some in torch.split(images, CHUNK):
        seen = model.module.look(model.run, some, model.span, DRAWN, Generators(code=generator))
        total += float(model.run.loss(seen, model.module.loss)) * len(some)
    return total / len(images)
