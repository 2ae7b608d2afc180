"""A sweep as the page Studies knows it: its runs, what was found, as rows, curves and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import SPACE, Said, Text, listed, plural
from aestudio.core.model.trained import Model
from aestudio.core.probes.pca import LARGEST, PCA, pca
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.theory import tradeoff
from aestudio.core.theory.knobs import CODE_SIZE, Number, number_knob
from aestudio.core.theory.seeds import Spread
from aestudio.core.theory.tradeoff import MeanPoint, Point, SweepEvent
from aestudio.core.theory.trains import Engine, until_stopped
from aestudio.core.theory.verdicts import best_of
from aestudio.core.training.controls import Controls
from aestudio.studio.studies.curves import StudyCurve, TableRow
from aestudio.studio.studies.plans import Planned, how_far_it_is, which
from aestudio.studio.studies.study import StudyWork, pattern
from aestudio.studio.study import Work

FLOOR_PIXELS = 1024
"""For images of up to so many pixels PCA is quick enough to be drawn beside a sweep of the code size."""
HEADINGS = (Text("Value"), Text("Training"), Text("Held out"), Text("Probe"), Text("Seconds"), Text("Runs"))
TIPS = (
    Text("What the runs were trained with"),
    Text("Squared error of the training images; ± is the standard deviation of runs with other seeds"),
    Text("Squared error of images that were not trained on; ± is the standard deviation of runs with other seeds"),
    Text("Held-out images that a linear classifier recognises by their code"),
    Text("For training and measuring all runs with this value"),
    Text("Their numbers on the Runs page"),
)


@dataclass(frozen=True)
class Sweep:
    """What a sweep is asked to do."""

    run: Run
    path: str
    values: tuple[Number, ...]
    seeds: int = 1
    probe: bool = False

    @property
    def label(self) -> Text:
        return Text("Code size") if self.path == CODE_SIZE else Text(number_knob(self.run, self.path).label)

    @property
    def is_spaced(self) -> bool:
        """Whether the values are best drawn on a logarithmic axis."""
        ordered = sorted(self.values)
        return len(ordered) > 2 and ordered[0] > 0 and ordered[-1] / ordered[0] > 8


class Tradeoff(StudyWork):
    """One sweep."""

    def __init__(self, sweep: Sweep, dataset: Dataset | None) -> None:
        self.sweep, self.dataset = sweep, dataset
        self.points: list[Point] = []
        """What was found so far, a run each."""
        self.pca: PCA | None = None
        self._models: dict[Number, Model] = {}
        self._now: SweepEvent | None = None

    def planned(self) -> Planned:
        assert self.dataset is not None
        sweep = self.sweep
        return Planned(tuple(tradeoff.runs(sweep.run, sweep.path, sweep.values, sweep.seeds)), self.dataset)

    def check(self) -> None:
        planned, values = self.planned(), self.sweep.values
        for value in sorted({min(values), max(values)}):  # those between are asked when the sweep begins
            planned.runs[values.index(value)].check(planned.dataset.shape)

    def work(self, engine: Engine) -> Work:
        sweep, dataset = self.sweep, self.dataset
        assert dataset is not None
        floors = sweep.path == CODE_SIZE and prod(dataset.shape) <= min(FLOOR_PIXELS, LARGEST)

        def work(controls: Controls) -> Iterator[Any]:
            if floors:
                yield pca(dataset, report=until_stopped(controls))
            yield from tradeoff.sweep(
                sweep.run,
                sweep.path,
                sweep.values,
                dataset,
                controls,
                probe=sweep.probe,
                seeds=sweep.seeds,
                engine=engine,
            )

        return work

    # -- what was found ------------------------------------------------------------------------------------------------

    def take(self, told: Any) -> None:
        match told:
            case PCA():
                self.pca = told
            case Point():
                self.points.append(told)
            case SweepEvent():
                self._now = told
                if isinstance(told.event, Finished):
                    self._keep_model(told.value, told.event)
            case _:
                pass

    def _keep_model(self, value: Number, end: Finished) -> None:
        if self.dataset is None or end.run is None or end.weights is None or value in self._models:
            return
        self._models[value] = Model(end.run, self.dataset.shape, end.weights, end.depth)

    def where(self) -> Text | None:
        now, sweep = self._now, self.sweep
        if now is None:
            return None
        count = len(sweep.values) * sweep.seeds
        return Text(
            "{run} ({label} {value:g}): {far}",
            run=which(now.index, count, now.seed if sweep.seeds > 1 else None),
            label=sweep.label,
            value=now.value,
            far=how_far_it_is(now),
        )

    def outcomes(self) -> list[MeanPoint]:
        """Of every value that has been trained."""
        return tradeoff.outcomes(self.points)

    def model(self, value: Number) -> Model | None:
        """Of the first seed."""
        return self._models.get(value)

    def verdict(self, factor: float = 1.0) -> Said | None:
        said = best_of(self.outcomes(), self.sweep.label, pattern(factor), factor)
        failed = sum(bool(point.trouble) for point in self.points)
        if not failed:
            return said
        failures = plural(
            "{count} run failed; point at its row to read why.",
            "{count} runs failed; point at their rows to read why.",
            failed,
        )
        return failures if said is None else listed([said, failures], SPACE)

    def rows(self, factor: float = 1.0) -> list[TableRow]:
        """Of the table, one for each value, below the HEADINGS."""
        return [
            TableRow(
                (
                    f"{one.value:g}",
                    _text(one.training_error, pattern(factor), factor),
                    _text(one.held_out_error, pattern(factor), factor),
                    "–" if one.probe_accuracy is None else f"{one.probe_accuracy.text('.1f', 100)} %",
                    f"{one.seconds:.1f}",
                    ", ".join(str(point.number or "–") for point in one.points),
                ),
                next((point.trouble for point in one.points if point.trouble), ""),
                next((point.number for point in one.points), 0),
            )
            for one in self.outcomes()
        ]

    def curves(self, factor: float = 1.0) -> list[StudyCurve]:
        """Both errors, the floor of PCA where it is known, and how much of the labels a linear probe reads."""
        found = sorted((one for one in self.outcomes() if one.held_out_error), key=lambda one: one.value)
        if not found:
            return []
        x = np.array([one.value for one in found], float)

        def curve(name: Text, colour: int, spreads: list[Spread | None], by: float, right: bool = False) -> StudyCurve:
            mean = np.array([np.nan if one is None else one.mean for one in spreads])
            half = np.array([0.0 if one is None else one.half for one in spreads])
            return StudyCurve(name, colour, x, by * mean, by * half if half.any() else None, right)

        curves = [
            curve(Text("training error"), 0, [one.training_error for one in found], factor),
            curve(Text("held-out error"), 1, [one.held_out_error for one in found], factor),
        ]
        if self.pca is not None:
            floors = [self.pca.floor(int(one.value))[1] for one in found]
            curves.append(StudyCurve(Text("PCA floor, held out"), -1, x, factor * np.array(floors)))
        if self.sweep.probe:
            accuracy = [one.probe_accuracy for one in found]
            curves.append(curve(Text("linear-probe accuracy"), 2, accuracy, 100.0, right=True))
        return curves


def _text(spread: Spread | None, pattern: str, factor: float) -> str:
    return "–" if spread is None else spread.text(pattern, factor)
