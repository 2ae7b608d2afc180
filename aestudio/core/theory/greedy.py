"""Layer by layer against end to end: one deep network trained both ways at an equal budget, then both fine-tuned."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import torch

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.plan import steps_an_epoch
from aestudio.core.parts.schedules.greedy import Greedy
from aestudio.core.parts.schedules.warm_restart import WarmRestart
from aestudio.core.parts.slots import validated
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Progress, Started
from aestudio.core.run.run import Run
from aestudio.core.theory.seeds import with_seeds
from aestudio.core.theory.trains import HERE, Engine
from aestudio.core.training.controls import Controls

Way = Literal["end to end", "layer by layer"]
TITLES: dict[Way, Text] = {"end to end": Text("End to end"), "layer by layer": Text("Layer by layer")}
IN_A_TITLE: dict[Way, Text] = {"end to end": Text("end to end"), "layer by layer": Text("layer by layer")}
Curve = Literal["end to end", "layer by layer", "layer by layer, fine-tuned"]


@dataclass(frozen=True, eq=False)
class CompareEvent:
    """An event of one of the two runs, and where it belongs in the picture of both."""

    way: Way
    """The run that says it."""
    curve: Curve
    event: Event
    spent: float
    """The budget used so far, in epochs of the whole network: the axis on which the curves can be compared."""
    done: float
    """The fraction of the whole comparison."""
    share: float
    """The fraction of this run."""
    begins_tuning: bool = False
    """A preview of the weights that fine-tuning begins with."""
    index: int = 0
    """Which of the pairs of runs, from 0."""
    seed: int = 0

    @property
    def error(self) -> float | None:
        """The held-out error per pixel, of images decoded all the way back, where the event says one."""
        scored = isinstance(self.event, Evaluated) and self.event.split == "held-out"
        return self.event.scores["mse"] if scored and isinstance(self.event, Evaluated) else None


@dataclass(frozen=True)
class Compared:
    """What follows the events of two runs with one seed that were completed: held-out squared errors per pixel."""

    budget: int
    """Epochs of the whole network that both had before fine-tuning."""
    fine_tuning: int
    """Epochs of fine-tuning that both had."""
    layer_by_layer: float
    end_to_end: float
    layer_by_layer_fine_tuned: float
    end_to_end_fine_tuned: float
    seconds: dict[Way, float]
    """Of each run in all, evaluations and previews included."""
    numbers: dict[Way, int]
    """Of the runs in the library; 0 where they are not kept."""
    seed: int = 0
    index: int = 0
    """Which of the pairs of runs, from 0."""


def runs(run: Run, shape: Shape, layer_epochs: int | None = None) -> dict[Way, Run]:
    """The two runs, which differ in their schedule only. Both take their whole budget: an ending that could cut one of
    them short is left out, as a difference would then be one of budgets.

    `layer_epochs` is the budget; by default it is the greedy schedule's, or the run's epochs where its schedule is
    another. Fine-tuning takes the run's epochs.

    Raises: RunError where the network has one layer only, or does not fit.
    """
    named = run.schedule.layer_epochs_knob
    own = int(getattr(run.schedule, named)) if named else run.epochs
    budget = own if layer_epochs is None else layer_epochs
    if budget < 1:
        raise RunError(
            "Every layer needs at least one epoch, and {budget} is none; give each layer more epochs.", budget=budget
        )
    schedules: dict[Way, Schedule] = {
        "end to end": validated(WarmRestart, {"first_epochs": budget}),
        "layer by layer": validated(Greedy, {"layer_epochs": budget, "fine_tune": True}),
    }
    made: dict[Way, Run] = {}
    for way, schedule in schedules.items():
        title = say("{title} · {way}", title=Text(run.title), way=IN_A_TITLE[way])
        made[way] = run.model_copy(update={"schedule": schedule, "title": title, "endings": ()})
    made["layer by layer"].check(shape)
    return made


def borders(run: Run, dataset: Dataset, layer_epochs: int | None = None) -> list[tuple[str, float]]:
    """The phases of the run that is trained layer by layer, and the budget that is spent when each begins.

    Raises: RunError as `runs` does.
    """
    ledger = _Ledger(runs(run, dataset.shape, layer_epochs)["layer by layer"], dataset)
    return [(phase.name, sum(ledger.spans[:place])) for place, phase in enumerate(ledger.phases)]


def compare(
    run: Run,
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    layer_epochs: int | None = None,
    seeds: int = 1,
    engine: Engine = HERE,
) -> Iterator[CompareEvent | Compared]:
    """Trains both ways with each of so many seeds: the events of the two runs with a seed, and then Compared. An engine
    that trains several runs at the same time tells their events between each other.

    **Equal budget.** A step layer by layer trains one layer l and costs its wₗ multiply-adds, a step end to end trains
    all of them and costs w = Σₗ wₗ. Both ways give every layer the same number n of gradient steps, so that the work
    is n Σₗ wₗ both times. It is counted in epochs of the whole network: an epoch of layer l is wₗ/w of one. What layer
    by layer needs besides, encoding the images through the finished layers below, is not counted: nothing is learned
    there, and it could be done once and stored; `Compared.seconds` has it. Both ways begin with the same weights, and
    both are then fine-tuned alike: all layers together, with a fresh optimiser.

    A run that fails or is stopped ends the comparison; its Finished is then the last event.

    Raises, before training: RunError where the network has one layer only, or does not fit.
    Source: Bengio et al. (2006), Greedy Layer-Wise Training of Deep Networks; Larochelle et al. (2009), section 5.
    """
    controls = controls or Controls()
    pairs = [runs(one, dataset.shape, layer_epochs) for one in with_seeds(run, seeds)]
    every = [_Half(index, way, one, dataset) for index, pair in enumerate(pairs) for way, one in pair.items()]
    for place, event in engine.train([half.run for half in every], dataset, controls, compute):
        half = every[place]
        told = half.read(event)
        told = replace(told, done=sum(other.share for other in every) / len(every))
        yield told
        if isinstance(event, Finished):
            if event.reason != "completed":
                return
            pair_of = [other for other in every if other.index == half.index]
            if all(other.is_complete for other in pair_of):
                yield _compared(*pair_of)


class _Half:
    """One run of a pair, and how far it is."""

    def __init__(self, index: int, way: Way, run: Run, dataset: Dataset) -> None:
        self.index, self.way, self.run = index, way, run
        self.ledger = _Ledger(run, dataset)
        self.reached: dict[str, float] = {}
        """The last held-out error of each phase."""
        self.number, self.seconds, self.share = 0, 0.0, 0.0
        self.is_complete = False
        self._began, self._phase, self._tuned = 0.0, "", False

    def read(self, event: Event) -> CompareEvent:
        """The event with its place; the fraction of the whole is not known here."""
        self._began = self._began or time.perf_counter()
        tuning = self.ledger.phases[-1].name
        match event:
            case Started():
                self.number = event.number
            case Progress() | Evaluated() | Preview():  # the first picture of a phase comes before its scores
                self._phase = event.phase
                self._tuned |= isinstance(event, Progress) and event.phase == tuning
            case Finished(reason="completed"):
                self.is_complete, self.seconds = True, time.perf_counter() - self._began
            case _:
                pass
        spent = self.ledger.spent(event)
        self.share = spent / sum(self.ledger.spans)
        in_tuning = self.way == "layer by layer" and self._phase == tuning
        begins = in_tuning and not self._tuned and isinstance(event, Preview)
        curve: Curve = "layer by layer, fine-tuned" if in_tuning and not begins else self.way
        told = CompareEvent(
            self.way, curve, event, spent, 0.0, self.share, begins, index=self.index, seed=self.run.seed
        )
        if told.error is not None:
            self.reached[self._phase] = told.error
        return told


def _compared(*both: _Half) -> Compared:
    halves = {half.way: half for half in both}
    before, after = ({way: list(half.reached.values())[place] for way, half in halves.items()} for place in (-2, -1))
    phases = halves["layer by layer"].ledger.phases
    return Compared(
        budget=phases[0].epochs,
        fine_tuning=phases[-1].epochs,
        layer_by_layer=before["layer by layer"],
        end_to_end=before["end to end"],
        layer_by_layer_fine_tuned=after["layer by layer"],
        end_to_end_fine_tuned=after["end to end"],
        seconds={way: half.seconds for way, half in halves.items()},
        numbers={way: half.number for way, half in halves.items()},
        seed=both[0].run.seed,
        index=both[0].index,
    )


def epochs(count: int) -> Text:
    """As words say it."""
    return plural("{count} epoch", "{count:,} epochs", count)


class _Ledger:
    """Counts a run's steps as work."""

    def __init__(self, run: Run, dataset: Dataset) -> None:
        with torch.device("meta"):
            work = [stage.work() for stage in run.network.build(dataset.shape)]
        self.phases = run.schedule.phases(run.epochs, len(work))
        self._an_epoch = steps_an_epoch(len(dataset.train), run.batch_size)
        self._share = [sum(work[phase.span.first : phase.span.last]) / sum(work) for phase in self.phases]
        self.spans = [phase.epochs * share for phase, share in zip(self.phases, self._share, strict=True)]
        self._spent = 0.0

    def spent(self, event: Event) -> float:
        """Epochs of the whole network after the last event that says where the run is."""
        match event:
            case Progress():
                self._spent = self._until(event.first_step + len(event.terms) - 1)
            case Evaluated():
                self._spent = self._until(event.step)
            case _:
                pass
        return self._spent

    def _until(self, step: int) -> float:
        spent = 0.0
        for phase, share in zip(self.phases, self._share, strict=True):
            here = min(step, phase.epochs * self._an_epoch)
            spent, step = spent + here / self._an_epoch * share, step - here
        return spent
