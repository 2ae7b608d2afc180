"""What an experiment of several runs trains with: the loop alone, or with the library around it; here one run after the
other, or on an engine that spreads them over processes and machines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import Cancelled
from aestudio.core.ground.reports import Report
from aestudio.core.run.events import Event, Finished
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit


class Trains(Protocol):
    """`fit`, or `kept.fit_and_keep`, with which every run lands in the library (`functools.partial` says in which)."""

    def __call__(
        self, run: Run, dataset: Dataset, controls: Controls | None, compute: Compute | None, /
    ) -> Iterator[Event]: ...


class Engine(Protocol):
    """Trains several runs that do not depend on each other."""

    @property
    def workers(self) -> int:
        """How many runs it can train at the same time, as far as that is known now."""
        ...

    def train(
        self, runs: Sequence[Run], dataset: Dataset, controls: Controls, compute: Compute | None
    ) -> Iterator[tuple[int, Event]]:
        """The events of all runs, each with the place of its run: those of one in their order, Finished the last, those
        of several perhaps between each other. Once the person stops, no further run begins.
        """
        ...


@dataclass(frozen=True)
class Here:
    """The engine of this process: one run after the other, in the order in which they are given."""

    trains: Trains = fit

    @property
    def workers(self) -> int:
        return 1

    def train(
        self, runs: Sequence[Run], dataset: Dataset, controls: Controls, compute: Compute | None
    ) -> Iterator[tuple[int, Event]]:
        for index, run in enumerate(runs):
            for event in self.trains(run, dataset, controls, compute):
                yield index, event
                if isinstance(event, Finished) and event.reason == "stopped":
                    return


HERE = Here()


def until_stopped(controls: Controls) -> Report:
    """A Report that raises Cancelled once the person has stopped the experiment."""

    def report(_doing: str, _fraction: float | None) -> None:
        if controls.stopped:
            raise Cancelled("The experiment was stopped.")

    return report
