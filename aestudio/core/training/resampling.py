"""Dead units get new weights while training goes on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aestudio.core.data.dataset import ImageStore, to_float
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import EVALUATE, Generators
from aestudio.core.parts.plan import Span
from aestudio.core.parts.stages import Layer, through
from aestudio.core.run.run import Run

INPUTS, CHUNK = 4096, 256
"""Training images among which the worst reconstructed are looked for, and how many at a time."""
SCALE = 0.2
"""Length of a new unit's weights, relative to the mean of the other units."""


@torch.no_grad()
def resample(
    units: Sequence[int],
    model: Autoencoder,
    run: Run,
    span: Span,
    images: ImageStore,
    optimiser: torch.optim.Optimizer,
    step: int,
) -> None:
    """Draws units of the span's hidden layer anew, in place, from inputs that are reconstructed badly.

    Each gets an input x of its own, drawn with a probability that grows as the square of its loss, and looks for what
    sets it apart from the mean input μ: with v = (x − μ)/‖x − μ‖, its encoder row is 0.2 v times the mean norm of the
    other rows, its decoder column (where the weights are not tied) 0.2 v times that of the other columns, and its bias
    −w·μ, so that μ lies at pre-activation 0. A convolution's channel takes one of the patches that it sees, those that
    differ most from the mean the likeliest. What the optimiser remembers of exactly these weights becomes 0.

    All draws are fixed by the run's seed, the step and the units, and no generator of the training is touched. Costs
    0.1 s for 784→1000.

    Source: Bricken et al. (2023), Towards Monosemanticity, appendix on neuron resampling. There the decoder's bias is
    taken off the input, which μ does here, and columns have length 1. Short columns disturb the other units less and
    were measured to revive more: of 512 top-k units on the digits, resampled once, 222 are dead in the end, about 400
    with columns as long as the others', 450 with weights like new ones, and 460 without resampling.
    """
    stages = model.span(span.first, span.last)
    stage = stages[-1]
    chosen = sorted({unit for unit in units if 0 <= unit < stage.out_shape[0]})
    if not chosen or not isinstance(stage, Layer):  # units out of many layers have no weights of their own
        return
    device = next(stage.parameters()).device
    seeds = np.random.SeedSequence([run.seed, step, *chosen]).generate_state(2)
    generator = torch.Generator().manual_seed(int(seeds[0]))
    noise = torch.Generator(device).manual_seed(int(seeds[1]))

    some = torch.randperm(len(images), generator=generator)[:INPUTS]
    losses, means = [], []
    for index in torch.split(some.to(device), CHUNK):
        seen = model.look(run, to_float(images.gather(index)), span, EVALUATE, Generators(noise, noise, noise))
        losses.append((seen.reconstruction - seen.target).square().flatten(1).sum(1))
        means.append(stage.receptive_fields(through(stages[:-1], seen.enter(seen.clean))).mean(2))
    mean = torch.cat(means).mean(0)  # [K]

    worst = some[_drawn(torch.cat(losses), len(chosen), generator)].to(device)
    x = to_float(images.gather(worst))
    below = through(model.span(0, span.last - 1), run.network.entered(x))
    fields = stage.receptive_fields(below) - mean[:, None]  # [R, K, places]
    place = torch.stack([_drawn(one.square().sum(0).sqrt(), 1, generator) for one in fields]).to(device)  # [R, 1]
    v = fields.gather(2, place[:, None].expand(-1, fields.shape[1], -1))[..., 0]  # [R, K]
    v = v / v.norm(dim=1, keepdim=True).clamp_min(torch.finfo(v.dtype).tiny)

    rows = torch.tensor(chosen, device=device)
    weights, bias, *decoder = stage.by_unit()
    row = v * (SCALE * _usual_norm(*weights, rows))
    columns = [v * (SCALE * _usual_norm(*one, rows)) for one in decoder]
    for (parameter, axis), new in zip((weights, bias, *decoder), (row, -(row @ mean), *columns), strict=True):
        slices = parameter.movedim(axis, 0)  # [U, …], a view
        slices[rows] = new.view(-1, *slices.shape[1:])
        for memory in optimiser.state.get(parameter, {}).values():
            if isinstance(memory, Tensor) and memory.shape == parameter.shape:
                memory.index_fill_(axis, rows, 0)


def _drawn(losses: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """`count` indices with a probability ∝ loss², each once where there are enough."""
    odds = losses.double().cpu().square().nan_to_num(0, 0).clamp_min(1e-30)
    return torch.multinomial(odds, count, replacement=count > len(odds), generator=generator)


def _usual_norm(parameter: Tensor, axis: int, rows: Tensor) -> Tensor:
    """Mean norm of the slices of all units but `rows`; of all where no other is left."""
    norms = parameter.movedim(axis, 0).flatten(1).norm(dim=1)
    others = torch.ones_like(norms).index_fill_(0, rows, 0)
    others = others if others.any() else torch.ones_like(norms)
    mean: Tensor = (norms * others).sum() / others.sum()
    return mean
