"""Layer by layer against end to end as the page Studies knows it: its runs, and what was found, as curves, rows and a
sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import Said, Text, plural
from aestudio.core.model.trained import Model
from aestudio.core.parts.plan import layers_below, phase_title
from aestudio.core.run.events import Finished, Preview
from aestudio.core.run.run import Run
from aestudio.core.theory import greedy
from aestudio.core.theory.greedy import Compared, CompareEvent, Curve, Way
from aestudio.core.theory.seeds import Spread, with_seeds
from aestudio.core.theory.trains import Engine
from aestudio.core.theory.verdicts import Verdict, verdict
from aestudio.core.training.controls import Controls
from aestudio.studio.plot_arrays import Doubles
from aestudio.studio.studies.curves import StudyCurve, TableRow, some_bars
from aestudio.studio.studies.plans import Planned, which
from aestudio.studio.studies.study import StudyWork, pattern
from aestudio.studio.study import Work

TOGETHER, GREEDY, TUNED = get_args(Curve)
CURVES: dict[Curve, Text] = {
    TOGETHER: Text("End to end"),
    GREEDY: Text("Layer by layer"),
    TUNED: Text("Layer by layer, fine-tuned"),
}
HEADINGS = (Text("Training"), Text("Before fine-tuning"), Text("Fine-tuned"), Text("Seconds"), Text("Runs"))
TIPS = (
    Text("How the layers were trained"),
    Text("Held-out squared error; ± is the standard deviation of runs with other seeds"),
    Text("Held-out squared error after fine-tuning; ± is the standard deviation of runs with other seeds"),
    Text("For training and measuring all runs of this kind"),
    Text("Their numbers on the Runs page"),
)


@dataclass(frozen=True)
class LayerwisePlan:
    """What a comparison is asked to do."""

    run: Run
    layer_epochs: int
    epochs: int
    """Of fine-tuning."""
    seeds: int = 1

    @property
    def both(self) -> Run:
        """The run with these epochs."""
        return self.run.model_copy(update={"epochs": self.epochs})


@dataclass(frozen=True)
class Border:
    """Where a phase of the training layer by layer begins."""

    name: Text
    """Of the phase, with the size of the layer."""
    spent: float


@dataclass
class _Track:
    """One curve of one seed."""

    spent: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)


class LayerByLayer(StudyWork):
    """One comparison."""

    def __init__(self, comparison: LayerwisePlan, dataset: Dataset | None) -> None:
        self.comparison, self.dataset = comparison, dataset
        self.found: list[Compared] = []
        """Of every seed that is complete."""
        self.models: dict[Curve, tuple[Model, float | None]] = {}
        """What was made last, and its held-out error per pixel, of the first seed."""
        self._tracks: dict[tuple[Curve, int], _Track] = {}
        self._now: CompareEvent | None = None

    def planned(self) -> Planned:
        assert self.dataset is not None
        shape, asked = self.dataset.shape, self.comparison
        pairs = [greedy.runs(one, shape, asked.layer_epochs) for one in with_seeds(asked.both, asked.seeds)]
        return Planned(tuple(run for pair in pairs for run in pair.values()), self.dataset)

    def check(self) -> None:
        self.planned()

    def work(self, engine: Engine) -> Work:
        asked, dataset = self.comparison, self.dataset
        assert dataset is not None

        def work(controls: Controls) -> Iterator[Any]:
            yield from greedy.compare(
                asked.both, dataset, controls, layer_epochs=asked.layer_epochs, seeds=asked.seeds, engine=engine
            )

        return work

    # -- what was found ------------------------------------------------------------------------------------------------

    def take(self, told: Any) -> None:
        match told:
            case CompareEvent():
                self._now = told
                if told.error is not None:
                    track = self._tracks.setdefault((told.curve, told.index), _Track())
                    track.spent.append(told.spent)
                    track.errors.append(told.error)
                elif isinstance(told.event, Preview) and not told.index:
                    self._keep_model(told, told.event)
                elif isinstance(told.event, Finished) and told.event.reason == "completed" and not told.index:
                    self._keep_last(told.curve, told.event)
            case Compared():
                self.found.append(told)
                self.found.sort(key=lambda one: one.index)

    def _keep_model(self, told: CompareEvent, preview: Preview) -> None:
        if told.curve == GREEDY and not told.begins_tuning:  # the last layer is not in yet
            return
        assert self.dataset is not None
        self._keep(told.curve, Model(preview.run, self.dataset.shape, preview.weights))

    def _keep_last(self, curve: Curve, end: Finished) -> None:
        """Of an engine that gives no previews."""
        if self.dataset is not None and end.run is not None and end.weights is not None:
            self._keep(curve, Model(end.run, self.dataset.shape, end.weights, end.depth))

    def _keep(self, curve: Curve, model: Model) -> None:
        track = self._tracks.get((curve, 0))
        self.models[curve] = (model, track.errors[-1] if track else None)

    def where(self) -> Text | None:
        now, seeds = self._now, self.comparison.seeds
        if now is None:
            return None
        ways: tuple[Way, ...] = get_args(Way)
        count, place = len(ways) * seeds, len(ways) * now.index + ways.index(now.way)
        return Text(
            "{run} ({way}): {percent:.0f} %",
            run=which(place, count, now.seed if seeds > 1 else None),
            way=greedy.TITLES[now.way],
            percent=100 * now.share,
        )

    def borders(self) -> list[Border]:
        """Where the phases of the training layer by layer begin."""
        asked, dataset = self.comparison, self.dataset
        assert dataset is not None
        with torch.device("meta"):
            units = [prod(stage.out_shape) for stage in asked.run.network.build(dataset.shape)]
        return [
            Border(_named(name, units), spent)
            for name, spent in greedy.borders(asked.both, dataset, asked.layer_epochs)
        ]

    def curves(self, factor: float = 1.0) -> list[StudyCurve]:
        """The mean of all seeds that are complete, with their deviation, and each way as far as it is of the one that
        is trained.
        """
        drawn = []
        over = [one.index for one in self.found]
        for place, (curve, name) in enumerate(CURVES.items()):
            complete = [self._tracks[curve, index] for index in over]
            if complete:
                drawn.append(_mean(name, place, complete, factor))
            running = next((one for (of, at), one in self._tracks.items() if of == curve and at not in over), None)
            if running is not None or not complete:
                track = running or _Track()
                x, y = np.array(track.spent), factor * np.array(track.errors)
                drawn.append(StudyCurve(name, place, x, y, joined=_joined(x), is_running=bool(complete)))
        return drawn

    def outcome(self) -> Verdict | None:
        """Of the seeds that are complete."""
        return verdict(self.found) if self.found else None

    def verdict(self, factor: float = 1.0) -> Said | None:
        found = self.outcome()
        return None if found is None else found.words(pattern(factor), factor)

    def rows(self, factor: float = 1.0) -> list[TableRow]:
        """Of the table, one for each way, below the HEADINGS."""
        said = self.outcome()
        if said is None:
            return []
        rows: tuple[tuple[Way, Spread, Spread], ...] = (
            ("end to end", said.end_to_end, said.end_to_end_fine_tuned),
            ("layer by layer", said.layer_by_layer, said.layer_by_layer_fine_tuned),
        )
        return [
            TableRow(
                (
                    str(greedy.TITLES[way]),
                    before.text(pattern(factor), factor),
                    after.text(pattern(factor), factor),
                    f"{sum(one.seconds[way] for one in self.found):.1f}",
                    ", ".join(str(one.numbers[way] or "–") for one in self.found),
                ),
                number=self.found[0].numbers[way],
            )
            for way, before, after in rows
        ]


def _named(phase: str, units: list[int]) -> Text:
    if not phase.startswith("layer "):
        return phase_title(phase)
    count = units[layers_below(phase)]
    return plural("{layer}: {count} unit", "{layer}: {count:,} units", count, layer=phase_title(phase))


def _mean(name: Text, colour: int, tracks: list[_Track], factor: float) -> StudyCurve:
    """Of several seeds, all of which took the whole budget."""
    x = np.array(tracks[0].spent)
    errors = factor * np.array([track.errors for track in tracks])  # [seeds, n]
    half = some_bars(errors.std(0, ddof=1)) if len(tracks) > 1 else None
    return StudyCurve(name, colour, x, errors.mean(0), half, joined=_joined(x))


def _joined(x: Doubles) -> NDArray[np.bool_] | None:
    """Two scores at one place are those before and after a border: no line leads over it, to the score of another
    depth.
    """
    again = np.diff(x) <= 0
    return np.append(~again, True) if again.any() else None
