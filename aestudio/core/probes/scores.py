"""Held-out scores: every term of the objective over a whole split, and how good the images are."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, prod, sqrt

import torch

from aestudio.core.data.dataset import ImageStore, to_float
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.decibels import psnr
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.building import seed_for
from aestudio.core.parts.looking import scoring
from aestudio.core.parts.one_pass import EVALUATE, Generators, PassContext
from aestudio.core.parts.plan import Phase, Span
from aestudio.core.probes.activations import sparsity, statistics
from aestudio.core.probes.watch import Watch
from aestudio.core.run.events import Evaluated, Measuring
from aestudio.core.run.run import Run

MEASURED = 2048
"""Images whose codes are kept for the statistics, at most."""
NUMBERS = 4_000_000
"""Of these codes in all, where they are wide; 16 images at least."""


def evaluate(
    model: Autoencoder,
    run: Run,
    held_out: ImageStore,
    compute: Compute,
    *,
    step: int,
    epoch: int,
    phase: Phase,
    watch: Watch | None = None,
) -> Evaluated:
    """What `evaluating` comes to."""
    *_, told = evaluating(model, run, held_out, compute, step=step, epoch=epoch, phase=phase, watch=watch)
    assert isinstance(told, Evaluated)
    return told


@torch.no_grad()
def evaluating(
    model: Autoencoder,
    run: Run,
    held_out: ImageStore,
    compute: Compute,
    *,
    step: int,
    epoch: int,
    phase: Phase,
    watch: Watch | None = None,
) -> Iterator[Measuring | Evaluated]:
    """Every held-out image once (the store lies on the device), in batches of the training size, since a batch mean
    such as ρ depends on it. Tells before each batch how far it is, so that whoever reads may leave; Evaluated is last.

    The corruption is drawn afresh from the run's seed each time, so that epochs can be compared. While training layer
    by layer, terms are those of the layer, and mse and psnr those of the images decoded all the way back. Activations
    are measured on the code, where a top-k code has already set the losers to zero, of images spread over the whole
    split: the first half of MNIST's is of other writers than the second. What a run claims is measured by `watch`,
    where the whole network is trained.
    """
    seeds = (run.seed, seed_for(run.seed, "scored codes"), seed_for(run.seed, "scored penalties"))
    generators = Generators(*(torch.Generator(compute.device).manual_seed(seed) for seed in seeds))
    mode, context = scoring(run), PassContext(images=len(held_out))
    whole = Span(0, phase.span.last)
    names: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    # Each is one tensor for the whole split: small ones that stay would keep the memory between them from being reused.
    sums = code = torch.empty(0)
    done = apart = filled = 0
    batches = torch.split(torch.arange(len(held_out), device=compute.device), run.batch_size)
    for number, index in enumerate(batches):
        yield Measuring(done, len(held_out))
        images = to_float(held_out.gather(index))
        with torch.enable_grad():  # a term may take gradients of its own, as in training
            terms, seen = model(run, images, phase.span, mode, generators, context)
        # Let go of the graph before the next one is made.
        names, weights, raw, seen = terms.names, terms.weights, terms.raw, seen.detached()
        del terms
        as_shown = phase.span == whole and not mode.sample
        back = seen if as_shown else model.look(run, images, whole, EVALUATE, generators)
        reached = back.target - back.reconstruction
        errors = torch.stack([reached.square().mean(), (back.target[:: back.samples] - back.corrupted).square().mean()])
        least = run.loss.floor(seen.target)
        floors = errors[:0] if least is None else least[None]
        summed = torch.cat([raw, floors, errors]) * len(images)
        sums = summed.new_empty(len(batches), len(summed)) if not number else sums
        sums[number] = summed
        apart = apart or ceil(len(held_out) / min(MEASURED, max(16, NUMBERS // seen.code[0].numel())))
        first, done = -done % apart, done + len(index)
        some = seen.code.flatten(1).unflatten(0, (-1, seen.samples))[first::apart].flatten(0, 1)
        if not number:
            code = some.new_empty(ceil(len(held_out) / apart) * seen.samples, some.shape[1])
        code[filled : filled + len(some)] = some
        filled += len(some)
    # One copy off the device for the whole split, and double precision where every device has it.
    *means, mse, mse_corrupted = (sums.cpu().double().sum(0) / len(held_out)).tolist()
    means, floor = means[: len(names)], means[len(names) :]
    code = code.cpu()
    units = statistics(code.numpy(), sparsity(model, run, phase.span.last))
    claimed = watch(model, run, code) if watch is not None and phase.span == Span(0, model.depth) else {}
    weighted = {name: weight * mean for name, weight, mean in zip(names, weights, means, strict=True)}
    yield Evaluated(
        step=step,
        epoch=epoch,
        split="held-out",
        phase=phase.name,
        terms=dict(zip(names, means, strict=True)),
        weighted=weighted,
        objective=sum(weighted.values()),
        scores={"mse": mse}
        | _quality(model.shape, mse, mse_corrupted)
        | {"mean_activation": units.mean}
        | {name: value for name, value in (("l0", units.l0), ("sparseness", units.sparseness)) if value is not None}
        | {"dead_units": float(units.dead)}
        | dict(zip(("floor",), floor, strict=False))
        | claimed,
    )


def _quality(shape: Shape, mse: float, mse_corrupted: float) -> dict[str, float]:
    """In decibels; of points of the plane in the unit of the plane, where a decibel would mean nothing."""
    if prod(shape) == 2:
        return {"distance": sqrt(2 * mse), "distance_corrupted": sqrt(2 * mse_corrupted)}
    return {"psnr": psnr(mse), "psnr_corrupted": psnr(mse_corrupted)}
