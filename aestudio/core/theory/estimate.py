"""How long trainings will take, from a few steps of each that are taken and thrown away."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import ceil

import torch

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground import compute as computing
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import Phase
from aestudio.core.probes.scores import evaluating
from aestudio.core.run.run import Run
from aestudio.core.training.choosing import choose
from aestudio.core.training.draws import Draws

TIMED_SECONDS = 0.1
"""Of steps that are timed for each phase."""
ALL_SECONDS = 3.0
"""After so long no further run is timed: it is taken to be as long as the others."""


def estimate(
    runs: Sequence[Run], dataset: Dataset, compute: Compute | None = None, *, report: Report = unheard
) -> float:
    """Seconds for all these runs, one after the other, scores after each epoch included; probes are not.

    The first and the last are timed first, as the ends of a sweep. What is timed beside other work takes longer, and
    so does what is estimated from it.

    Raises: RunError where a run does not fit the images; whatever `report` raises.
    """
    where, began = compute or computing.choose(), time.perf_counter()
    known: list[float] = []
    for run in [*runs[:1], *reversed(runs[1:])]:
        if len(known) >= min(2, len(runs)) and time.perf_counter() - began > ALL_SECONDS:
            break
        report(say("Estimating the time"), len(known) / len(runs))
        known.append(seconds_of(run, dataset, where))
    return sum(known) / len(known) * len(runs) if known else 0.0


def seconds_of(run: Run, dataset: Dataset, compute: Compute) -> float:
    """Of one run, as `estimate` has it."""
    run.check(dataset.shape, len(dataset.train))
    model = Autoencoder(run, dataset.shape).to(compute.device)
    with compute.threads_for(model.work() * run.batch_size):
        return sum(_phase(run, model, phase, dataset, compute) for phase in run.plan(dataset.shape).phases)


def _phase(run: Run, model: Autoencoder, phase: Phase, dataset: Dataset, compute: Compute) -> float:
    batch = min(run.batch_size, len(dataset.train))
    plan, draws = run.plan(dataset.shape, len(dataset.train)), Draws(run.seed, compute.device)
    step = choose(run, plan, compute)(run, model, phase.span, compute, draws, 0)
    images = dataset.train.images.to(compute.device)
    index = torch.arange(batch, device=compute.device)

    def a_step() -> None:
        step(to_float(images.gather(index)), 1.0)

    a_step()  # the first one sets things up
    a_step_seconds = _timed(a_step, compute)
    held_out = dataset.held_out.images.to(compute.device)
    scoring = evaluating(model, run, held_out, compute, step=0, epoch=0, phase=phase)
    next(scoring)
    began = time.perf_counter()
    next(scoring)
    _wait(compute)
    scored = ceil(len(held_out) / run.batch_size) * (time.perf_counter() - began)
    return phase.epochs * (len(dataset.train) // batch * a_step_seconds + scored) + scored


def _timed(work: Callable[[], None], compute: Compute) -> float:
    """Seconds of one call, the mean of as many as fit into the time."""
    _wait(compute)
    began, count = time.perf_counter(), 0
    while not count or time.perf_counter() - began < TIMED_SECONDS:
        work()
        _wait(compute)
        count += 1
    return (time.perf_counter() - began) / count


def _wait(compute: Compute) -> None:
    """Until the device has done what it was told."""
    if compute.device.type == "cuda":
        torch.cuda.synchronize()
    elif compute.device.type == "mps":
        torch.mps.synchronize()
