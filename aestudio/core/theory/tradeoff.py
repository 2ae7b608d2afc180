"""The trade-off: how errors, and what the code tells, change with the code size or with any other number of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
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
from aestudio.core.theory.seeds import Spread, spread_of, with_seeds
from aestudio.core.theory.trains import HERE, Engine, until_stopped
from aestudio.core.training.controls import Controls


@dataclass(frozen=True, eq=False)
class SweepEvent:
    """An event of one of the runs."""

    index: int
    """Which one, from 0."""
    value: Number
    seed: int
    event: Event
    done: float
    """The fraction of the whole sweep."""
    share: float
    """The fraction of this run."""


@dataclass(frozen=True)
class Point:
    """One run with one value of the knob, and what came of it. Errors are squared, per pixel of images in [0, 1], with
    the run's own corruption, of the weights at the end.
    """

    index: int
    value: Number
    seed: int
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


@dataclass(frozen=True)
class MeanPoint:
    """What all runs with one value came to; None where no run came to it."""

    value: Number
    training_error: Spread | None
    held_out_error: Spread | None
    probe_accuracy: Spread | None
    seconds: float
    """Of all of them."""
    points: tuple[Point, ...]


def outcomes(points: Iterable[Point]) -> list[MeanPoint]:
    """Of every value, in the order of the sweep, whichever run was over first."""
    of: dict[Number, list[Point]] = {}
    for point in sorted(points, key=lambda one: one.index):
        of.setdefault(point.value, []).append(point)
    return [
        MeanPoint(
            value,
            spread_of(one.training_error for one in some),
            spread_of(one.held_out_error for one in some),
            spread_of(one.probe_accuracy for one in some),
            sum(one.seconds for one in some),
            tuple(some),
        )
        for value, some in of.items()
    ]


def runs(run: Run, path: str, values: Sequence[Number], seeds: int = 1) -> list[Run]:
    """A run for each value, then one for each with the next seed, and so on; their titles say which.

    Raises: RunError where one of them cannot be.
    """
    if not values:
        raise RunError("A sweep needs at least one value.")
    if path == "seed" and seeds > 1:
        raise RunError("This sweep turns the seed itself; train each value of it once, not {count} times.", count=seeds)
    label = Text(number_knob(run, path).label)
    titles = [say("{title} · {label} {value:g}", title=Text(run.title), label=label, value=value) for value in values]
    each = [
        with_number(run, path, value).model_copy(update={"title": title})
        for value, title in zip(values, titles, strict=True)
    ]
    return [one for again in zip(*(with_seeds(one, seeds) for one in each), strict=True) for one in again]


def sweep(
    run: Run,
    path: str,
    values: Sequence[Number],
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    probe: bool = True,
    seeds: int = 1,
    engine: Engine = HERE,
) -> Iterator[SweepEvent | Point]:
    """Trains a run for each value with each of so many seeds, and measures it: a Point after the events of each. All
    values are trained with the run's own seed before the next seed comes; an engine that trains several at the same
    time tells their events between each other.

    `path` is `code-size` or a setting that is a number (`network.widths` means the last of them). A training that fails
    is a Point that says why, and the sweep goes on; once the person stops, it ends without another Point.

    Raises, before training: RunError where a value cannot be, or a run does not fit the images.
    """
    controls, where = controls or Controls(), compute or computing.choose()
    every = runs(run, path, values, seeds)
    for one in every:
        one.check(dataset.shape)
    labelled = probe and dataset.train.labels is not None and dataset.held_out.labels is not None
    each, tracks = [*values] * seeds, [_Track() for _ in every]
    for index, event in engine.train(every, dataset, controls, where):
        one, value, track = every[index], each[index], tracks[index]
        track.read(event)
        done = sum(other.share for other in tracks) / len(every)
        yield SweepEvent(index, value, one.seed, event, done, track.share)
        if not isinstance(event, Finished) or event.reason == "stopped":
            continue
        if event.reason == "failed" or event.weights is None:
            yield Point(index, value, one.seed, None, None, None, track.seconds, track.number, event.error)
            continue
        model = Model(event.run or one, dataset.shape, event.weights, event.depth)
        try:
            accuracy = (
                linear_probe(model, dataset, report=until_stopped(controls), seed=one.seed).held_out_accuracy
                if labelled
                else None
            )
        except Cancelled:
            return
        errors = [error(model, images, where) for images in (dataset.train.images, dataset.held_out.images)]
        yield Point(index, value, one.seed, errors[0], errors[1], accuracy, track.seconds, track.number)


class _Track:
    """How far one run is."""

    def __init__(self) -> None:
        self.number, self.share = 0, 0.0
        self._steps, self._began = 1, 0.0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began if self._began else 0.0

    def read(self, event: Event) -> None:
        self._began = self._began or time.perf_counter()
        match event:
            case Started():
                self.number, self._steps = event.number, event.steps
            case Progress():
                self.share = (event.first_step + len(event.terms) - 1) / self._steps
            case Finished(reason="completed" | "failed"):
                self.share = 1.0
            case _:
                pass


def error(model: Model, images: ImageStore, compute: Compute) -> float:
    """The mean squared error per pixel of a whole split, decoded from the model's depth all the way back."""
    phase = Phase("measured", Span(0, model.depth), 0)
    module = model.module.to(compute.device)
    scored = evaluate(module, model.run, images.to(compute.device), compute, step=0, epoch=0, phase=phase)
    return scored.scores["mse"]
