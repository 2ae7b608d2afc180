"""What an experiment of several runs trains with: the loop alone, or the loop with the library around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import Cancelled
from aestudio.core.ground.reports import Report
from aestudio.core.run.events import Event
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls


class Trains(Protocol):
    """`fit`, or `kept.fit_and_keep`, with which every run lands in the library (`functools.partial` says in which)."""

    def __call__(
        self, run: Run, dataset: Dataset, controls: Controls | None, compute: Compute | None, /
    ) -> Iterator[Event]: ...


def until_stopped(controls: Controls) -> Report:
    """A Report that raises Cancelled once the person has stopped the experiment."""

    def report(_doing: str, _fraction: float | None) -> None:
        if controls.stopped:
            raise Cancelled("The experiment was stopped.")

    return report
