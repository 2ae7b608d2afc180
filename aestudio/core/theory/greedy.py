"""Layer by layer against end to end: one deep network trained both ways at an equal budget, then both fine-tuned."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.run.events import Evaluated, Event, Finished, Progress, Started
from aestudio.core.run.run import Run
from aestudio.core.theory.trains import Trains
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit

Way = Literal["end to end", "layer by layer"]
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

    @property
    def error(self) -> float | None:
        """The held-out error per pixel, of images decoded all the way back, where the event says one."""
        scored = isinstance(self.event, Evaluated) and self.event.split == "held-out"
        return self.event.scores["mse"] if scored and isinstance(self.event, Evaluated) else None


@dataclass(frozen=True)
class Compared:
    """The last event, where both runs were completed: held-out squared errors per pixel."""

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


def runs(run: Run, shape: Shape, layer_epochs: int | None = None) -> dict[Way, Run]:
    """The two runs, which differ in their schedule only.

    `layer_epochs` is the budget; by default it is the greedy schedule's, or the run's epochs where its schedule is
    another. Fine-tuning takes the run's epochs.

    Raises: RunError where the network has one layer only, or does not fit.
    """
    named = run.schedule.layer_epochs_knob
    own = int(getattr(run.schedule, named)) if named else run.epochs
    budget = own if layer_epochs is None else layer_epochs
    if budget < 1:
        raise RunError(f"Every layer needs at least one epoch, and {budget} is none; give it more epochs a layer.")
    schedules: dict[Way, dict[str, object]] = {
        "end to end": {"kind": "warm-restart", "first_epochs": budget},
        "layer by layer": {"kind": "greedy", "layer_epochs": budget, "fine_tune": True},
    }
    made: dict[Way, Run] = {}
    for way, schedule in schedules.items():
        made[way] = run.with_value("schedule", schedule).model_copy(update={"title": f"{run.title} · {way}"})
    made["layer by layer"].check(shape)
    return made


def compare(
    run: Run,
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    layer_epochs: int | None = None,
    trains: Trains = fit,
) -> Iterator[CompareEvent | Compared]:
    """Trains both ways, one after the other, and tells the events of both.

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
    both = runs(run, dataset.shape, layer_epochs)
    reached: dict[tuple[Way, str], float] = {}
    seconds: dict[Way, float] = {}
    numbers: dict[Way, int] = {}
    for way, one in both.items():
        began, phase, ledger = time.perf_counter(), "", _Ledger(one, dataset)
        for event in trains(one, dataset, controls, compute):
            match event:
                case Started():
                    numbers[way] = event.number
                case Progress() | Evaluated():
                    phase = event.phase
                case _:
                    pass
            spent = ledger.spent(event)
            done = (len(seconds) + spent / sum(ledger.spans)) / len(both)
            told = CompareEvent(way, _curve(way, phase), event, spent, done)
            if told.error is not None:
                reached[way, phase] = told.error
            yield told
            if isinstance(event, Finished) and event.reason != "completed":
                return
        seconds[way] = time.perf_counter() - began
    last = f"layer {ledger.depth}"
    yield Compared(
        budget=ledger.epochs[0],
        fine_tuning=ledger.epochs[-1],
        layer_by_layer=reached["layer by layer", last],
        end_to_end=reached["end to end", "end to end"],
        layer_by_layer_fine_tuned=reached["layer by layer", "fine-tuning"],
        end_to_end_fine_tuned=reached["end to end", "fine-tuning"],
        seconds=seconds,
        numbers=numbers,
    )


def epochs(count: int) -> str:
    """As words say it."""
    return f"{count:,} epoch" if count == 1 else f"{count:,} epochs"


def _curve(way: Way, phase: str) -> Curve:
    return "layer by layer, fine-tuned" if (way, phase) == ("layer by layer", "fine-tuning") else way


class _Ledger:
    """Counts a run's steps as work."""

    def __init__(self, run: Run, dataset: Dataset) -> None:
        with torch.device("meta"):
            work = [stage.work() for stage in run.network.build(dataset.shape)]
        self.depth = len(work)
        phases = run.schedule.phases(run.epochs, self.depth)
        self.epochs = [phase.epochs for phase in phases]
        self._an_epoch = len(dataset.train) // min(run.batch_size, len(dataset.train))
        self._share = [sum(work[phase.span.first : phase.span.last]) / sum(work) for phase in phases]
        self.spans = [epochs * share for epochs, share in zip(self.epochs, self._share, strict=True)]
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
        for epochs, share in zip(self.epochs, self._share, strict=True):
            here = min(step, epochs * self._an_epoch)
            spent, step = spent + here / self._an_epoch * share, step - here
        return spent
