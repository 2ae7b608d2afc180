"""Trainings that take turns: the textbook loop, this program's, and the matrix products alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from math import prod

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from aestudio.core.bench.others import left_out, others
from aestudio.core.bench.running import Contender
from aestudio.core.data.dataset import Dataset, Resident, Split, to_float
from aestudio.core.ground.compute import choose, knows_bfloat16
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Said, Text
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.events import Finished, Progress
from aestudio.core.run.recipes import everything
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit

HELD_OUT = 64
"""Images: scoring them is part of an epoch, and no part of what is compared."""


def images(shape: Shape, count: int) -> Dataset:
    """Random ones: what a step costs does not depend on what is in them."""
    generator = torch.Generator().manual_seed(0)
    made = torch.randint(0, 256, (count + HELD_OUT, *shape), generator=generator, dtype=torch.uint8)
    return Dataset("random", Split(Resident(made[:count])), Split(Resident(made[count:])))


def textbook(run: Run, dataset: Dataset, module: Callable[[], nn.Module]) -> Contender:
    """DataLoader, shuffled; Adam as it comes; `loss.item()` at every step; the squared error. As tutorials write it."""
    device = choose().device
    network = module().to(device)
    store = dataset.train.images
    everything = TensorDataset(to_float(store.gather(torch.arange(len(store)))))
    loader = DataLoader(everything, batch_size=run.batch_size, shuffle=True, drop_last=True)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)

    def batches() -> Iterator[Tensor]:
        while True:
            for (batch,) in loader:
                yield batch.to(device)

    coming = batches()

    def go_on(seconds: float) -> float:
        until, done = time.perf_counter() + seconds, 0
        while True:
            x = next(coming)
            loss = (network(x) - x).square().flatten(1).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss.item()
            done += len(x)
            if time.perf_counter() >= until:
                return done

    return Contender(Text("textbook loop in torch"), go_on, left_out)


def ours(name: Said, run: Run, dataset: Dataset) -> Contender:
    """The program's own loop, with everything that it does beside its steps."""
    events = fit(run.with_value("epochs", 1_000_000), dataset)
    at = [0]

    def go_on(seconds: float) -> float:
        began, until = at[0], time.perf_counter() + seconds
        for event in events:
            if isinstance(event, Progress):
                at[0] = event.first_step + len(event.terms) - 1
                if time.perf_counter() >= until:
                    break
            assert not isinstance(event, Finished), event.error
        return (at[0] - began) * run.batch_size

    return Contender(name, go_on)


def products(width: int, inputs: int, batch: int, precision: str) -> Contender:
    """The five matrix products of a step of one hidden layer, and nothing else: the floor."""
    kind = getattr(torch, precision)
    x, hidden = torch.rand(batch, inputs).to(kind), torch.rand(batch, width).to(kind)
    encoder, decoder = torch.rand(width, inputs).to(kind), torch.rand(inputs, width).to(kind)

    def step() -> None:
        torch.mm(x, encoder.t())
        torch.mm(hidden, decoder.t())
        torch.mm(x.t(), hidden)
        torch.mm(x, decoder)
        torch.mm(hidden.t(), x)

    name = Text("the five matrix products alone, {precision}", precision=precision)
    return floor(name, step, batch, 2 * width * inputs)


def perceptron(batch: int, size: float) -> list[Contender]:
    """One hidden layer of 1000 units on 28×28 pixels."""
    width = max(8, int(1000 * size))
    run = Run(batch_size=batch).with_value("network.widths", [width]).with_value("precision", "float32")
    data = images((1, 28, 28), max(2 * batch, int(25_600 * size)))
    made = [
        textbook(run, data, lambda: Whole(run, data.shape)),
        *others(run, data),
        ours(Text("AEStudio, float32"), run, data),
        products(width, 784, batch, "float32"),
    ]
    if knows_bfloat16(choose().device):
        made[-1:-1] = [ours(Text("AEStudio, bfloat16 products"), run.with_value("precision", "bfloat16"), data)]
        made.append(products(width, 784, batch, "bfloat16"))
    return made


def convolved(run: Run, shape: Shape, precision: str) -> Contender:
    """The multiply-adds of a step of convolutions as products of plain matrices, and nothing else: the floor. An output
    is a row of factors from under its kernel; the gradient of the images is not needed.
    """
    kind, batch = getattr(torch, precision), run.batch_size
    model = Autoencoder(run, shape)
    pairs = []
    for number, stage in enumerate(model.span(0, model.depth)):
        for weight, gradients in zip(stage.weights(), (2 if number else 1, 2), strict=True):
            outputs, *kernel = weight.shape
            rows = batch * prod(stage.out_shape[1:])
            patches, factors = torch.rand(rows, prod(kernel)).to(kind), torch.rand(prod(kernel), outputs).to(kind)
            pairs.append((patches, factors, torch.rand(rows, outputs).to(kind), gradients))

    def step() -> None:
        for patches, factors, made, gradients in pairs:
            torch.mm(patches, factors)
            torch.mm(patches.t(), made)
            if gradients > 1:
                torch.mm(made, factors.t())

    return floor(Text("its products alone, as matrices, {precision}", precision=precision), step, batch, model.work())


def floor(name: Text, step: Callable[[], None], batch: int, work: int) -> Contender:
    """`step` over and over: of so many images, with the threads that such a training has."""
    compute = choose("cpu")

    def go_on(seconds: float) -> float:
        until, done = time.perf_counter() + seconds, 0
        with torch.no_grad(), compute.threads_for(work * batch):
            while True:
                step()
                done += batch
                if time.perf_counter() >= until:
                    return done

    return Contender(name, go_on)


class Whole(nn.Module):
    """A run's network as one module, image to reconstruction."""

    def __init__(self, run: Run, shape: Shape) -> None:
        super().__init__()
        self.whole = Autoencoder(run, shape)

    def forward(self, x: Tensor) -> Tensor:
        stages = self.whole.span(0, self.whole.depth)
        for stage in stages:
            x = stage.encode(x)
        for stage in reversed(stages):
            x = stage.decode(x)
        return x


def convolutional(side: int, size: float) -> list[Contender]:
    """The network of the recipe denoising-convolutional, without its noise, on images of side×side pixels."""
    recipe = everything()["denoising-convolutional"].run()
    run = recipe.with_value("corruption", "none").with_value("claims", [])
    shape = (1, side, side)
    batches = max(2, int(4_096 * size) // run.batch_size)
    data = images(shape, batches * run.batch_size)
    return [
        textbook(run, data, lambda: Whole(run, shape)),
        *others(run, data),
        ours(Text("AEStudio, float32"), run.with_value("precision", "float32"), data),
        ours(Text("AEStudio, precision auto"), run, data),
        *(convolved(run, shape, precision) for precision in ("float32", "bfloat16")),
    ]
