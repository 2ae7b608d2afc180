"""The trade-off: how errors and the worth of the code change with the code size, or with any other number of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aestudio.core.data.dataset import Dataset, ImageStore
from aestudio.core.ground import compute as computing
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import Cancelled, RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.trained import Model
from aestudio.core.parts.plan import Phase, Span
from aestudio.core.probes.scores import evaluate
from aestudio.core.run.events import Event, Finished, Progress, Started
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import Number, number_knob, with_number
from aestudio.core.theory.linear_probe import linear_probe
from aestudio.core.theory.trains import Trains, until_stopped
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit


@dataclass(frozen=True, eq=False)
class SweepEvent:
    """An event of one of the runs."""

    index: int
    """Which one, from 0."""
    value: Number
    event: Event
    done: float
    """The fraction of the whole sweep."""


@dataclass(frozen=True)
class Point:
    """One value of the knob, and what came of it. Errors are squared, per pixel of images in [0, 1], with the run's own
    corruption, of the weights at the end.
    """

    index: int
    value: Number
    training_error: float | None
    """None where the training failed."""
    held_out_error: float | None
    probe_accuracy: float | None
    """Of a linear probe of the code on held-out images; None where there are no labels, or nobody asked."""
    seconds: float
    number: int
    """Of the run in the library; 0 where it is not kept."""
    trouble: str = ""
    """Why the training failed, in a sentence."""


def runs(run: Run, path: str, values: Sequence[Number]) -> list[Run]:
    """A run for each value, its title saying the value. Raises RunError where one of them cannot be."""
    if not values:
        raise RunError("A sweep needs at least one value.")
    label = Text(number_knob(run, path).label)
    titles = [say("{title} · {label} {value:g}", title=Text(run.title), label=label, value=value) for value in values]
    return [
        with_number(run, path, value).model_copy(update={"title": title})
        for value, title in zip(values, titles, strict=True)
    ]


def sweep(
    run: Run,
    path: str,
    values: Sequence[Number],
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    probe: bool = True,
    trains: Trains = fit,
) -> Iterator[SweepEvent | Point]:
    """Trains one run for each value, all with the run's seed, and measures it: a Point after the events of each.

    `path` is `code-size` or a setting that is a number (`network.widths` means the last of them). A training that fails
    is a Point that says why, and the sweep goes on; once the person stops, it ends without another Point.

    Raises, before training: RunError where a value cannot be, or a run does not fit the images.
    """
    controls, where = controls or Controls(), compute or computing.choose()
    every = runs(run, path, values)
    for one in every:
        one.check(dataset.shape)
    labelled = probe and dataset.train.labels is not None and dataset.held_out.labels is not None
    for index, (one, value) in enumerate(zip(every, values, strict=True)):
        began, number, steps, done = time.perf_counter(), 0, 1, 0.0
        end: Finished | None = None
        for event in trains(one, dataset, controls, where):
            match event:
                case Started():
                    number, steps = event.number, event.steps
                case Progress():
                    done = (event.first_step + len(event.terms) - 1) / steps
                case Finished():
                    end = event
                case _:
                    pass
            yield SweepEvent(index, value, event, (index + done) / len(every))
        if end is None or end.reason == "stopped":
            return
        if end.reason == "failed" or end.weights is None:
            yield Point(index, value, None, None, None, time.perf_counter() - began, number, end.error)
            continue
        model = Model(end.run or one, dataset.shape, end.weights, end.depth)
        try:
            accuracy = (
                linear_probe(model, dataset, report=until_stopped(controls), seed=run.seed).held_out_accuracy
                if labelled
                else None
            )
        except Cancelled:
            return
        errors = [error(model, images, where) for images in (dataset.train.images, dataset.held_out.images)]
        yield Point(index, value, errors[0], errors[1], accuracy, time.perf_counter() - began, number)


def error(model: Model, images: ImageStore, compute: Compute) -> float:
    """The mean squared error per pixel of a whole split, decoded from the model's depth all the way back."""
    phase = Phase("measured", Span(0, model.depth), 0)
    module = model.module.to(compute.device)
    scored = evaluate(module, model.run, images.to(compute.device), compute, step=0, epoch=0, phase=phase)
    return scored.scores["mse"]
