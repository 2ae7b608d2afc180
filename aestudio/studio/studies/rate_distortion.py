"""A rate–distortion curve as the page Studies knows it: its runs, what was found, as rows, curves and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import SPACE, Said, Text, listed, plural
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.theory import rate_distortion, tradeoff
from aestudio.core.theory.knobs import Number
from aestudio.core.theory.rate_distortion import BETA, MeanRatePoint, RatePoint
from aestudio.core.theory.seeds import Spread
from aestudio.core.theory.tradeoff import SweepEvent
from aestudio.core.theory.trains import Engine
from aestudio.core.training.controls import Controls
from aestudio.studio.studies.curves import StudyCurve, TableRow
from aestudio.studio.studies.plans import Planned, how_far_it_is, which
from aestudio.studio.studies.study import StudyWork
from aestudio.studio.study import Work

HEADINGS = (
    Text("β"),
    Text("Rate"),
    Text("Distortion"),
    Text("R + D"),
    Text("Active units"),
    Text("Mutual information"),
    Text("Seconds"),
    Text("Runs"),
)
TIPS = (
    Text("The weight of the KL that the runs were trained with"),
    Text("What the code tells of a held-out image, in nats: its KL to the prior"),
    Text("The reconstruction loss of a held-out image, with codes that are drawn"),
    Text("With a loss in nats this is the negative evidence lower bound"),
    Text("Numbers of the code whose mean differs from image to image"),
    Text("How much a code tells of which image it came from, in nats"),
    Text("For training and measuring all runs with this value"),
    Text("Their numbers on the Runs page"),
)


class RateDistortion(StudyWork):
    """The same run with several β, of one seed or more."""

    def __init__(self, run: Run, values: tuple[Number, ...], seeds: int, dataset: Dataset | None) -> None:
        self.run, self.values, self.seeds, self.dataset = run, values, seeds, dataset
        self.points: list[RatePoint] = []
        """What was found so far, a run each."""
        self._models: dict[Number, Model] = {}
        self._now: SweepEvent | None = None

    def planned(self) -> Planned:
        assert self.dataset is not None
        rate_distortion.check(self.run)
        return Planned(tuple(tradeoff.runs(self.run, BETA, self.values, self.seeds)), self.dataset)

    def check(self) -> None:
        planned = self.planned()
        planned.runs[0].check(planned.dataset.shape)  # the others differ in a weight alone

    def work(self, engine: Engine) -> Work:
        dataset = self.dataset
        assert dataset is not None

        def work(controls: Controls) -> Iterator[Any]:
            return rate_distortion.rate_distortion(
                self.run, self.values, dataset, controls, seeds=self.seeds, engine=engine
            )

        return work

    # -- what was found ------------------------------------------------------------------------------------------------

    def take(self, told: Any) -> None:
        match told:
            case RatePoint():
                self.points.append(told)
            case SweepEvent(event=Finished(run=Run() as run, weights=dict() as weights, depth=depth), value=value):
                self._now = told
                if self.dataset is not None and value not in self._models:
                    self._models[value] = Model(run, self.dataset.shape, weights, depth)
            case SweepEvent():
                self._now = told
            case _:
                pass

    def where(self) -> Text | None:
        now, count = self._now, len(self.values) * self.seeds
        if now is None:
            return None
        return Text(
            "{run} (β {value:g}): {far}",
            run=which(now.index, count, now.seed if self.seeds > 1 else None),
            value=now.value,
            far=how_far_it_is(now),
        )

    def rates(self) -> list[MeanRatePoint]:
        """Of every β that has been trained."""
        return rate_distortion.rates(self.points)

    def model(self, value: Number) -> Model | None:
        """Of the first seed."""
        return self._models.get(value)

    def verdict(self, factor: float = 1.0) -> Said | None:
        found = [(one, one.rate, one.distortion) for one in self.rates() if one.rate and one.distortion]
        said = []
        if len(found) > 1:
            best = min(found, key=lambda one: _sum(one[1], one[2]))
            said.append(
                Text(
                    "From β = {low:g} to {high:g} the rate goes from {most:.1f} to {least:.1f} nats; rate and "
                    "distortion together are least at β = {best:g}.",
                    low=found[0][0].value,
                    high=found[-1][0].value,
                    most=found[0][1].mean,
                    least=found[-1][1].mean,
                    best=best[0].value,
                )
            )
        if failed := sum(bool(point.trouble) for point in self.points):
            said.append(
                plural(
                    "{count} run failed; point at its row to read why.",
                    "{count} runs failed; point at their rows to read why.",
                    failed,
                )
            )
        return listed(said, SPACE) if said else None

    def rows(self) -> list[TableRow]:
        """Of the table, one for each β, below the HEADINGS."""
        return [
            TableRow(
                (
                    f"{one.value:g}",
                    _text(one.rate),
                    _text(one.distortion),
                    f"{_sum(one.rate, one.distortion):.2f}" if one.rate and one.distortion else "–",
                    _text(one.active, ".1f" if one.active and one.active.count > 1 else ".0f"),
                    _text(one.information),
                    f"{sum(point.seconds for point in one.points):.1f}",
                    ", ".join(str(point.number or "–") for point in one.points),
                ),
                next((point.trouble for point in one.points if point.trouble), ""),
                next((point.number for point in one.points), 0),
            )
            for one in self.rates()
        ]

    def curves(self) -> list[StudyCurve]:
        """Distortion over rate, and the line of all pairs whose sum is the least that was found."""
        found = [(one.rate, one.distortion) for one in self.rates() if one.rate and one.distortion]
        if not found:
            return []
        found.sort(key=lambda pair: pair[0].mean)
        x = np.array([rate.mean for rate, _ in found])
        y = np.array([distortion.mean for _, distortion in found])
        half = np.array([distortion.half for _, distortion in found])
        curves = [StudyCurve(Text("β from large to small"), 0, x, y, half if half.any() else None)]
        if len(found) > 1:
            curves.append(StudyCurve(Text("least R + D"), -1, x, float((x + y).min()) - x))
        return curves


def _sum(rate: Spread, distortion: Spread) -> float:
    return rate.mean + distortion.mean


def _text(spread: Spread | None, pattern: str = ".2f") -> str:
    return "–" if spread is None else spread.text(pattern)
