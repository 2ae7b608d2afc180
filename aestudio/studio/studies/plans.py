"""What a study will do, said before it begins: how many runs, how long each, and about how much time that takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text, plural
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.theory.greedy import epochs
from aestudio.core.theory.tradeoff import SweepEvent
from aestudio.studio.start import about

PATIENCE_SECONDS = 600.0
"""Where several seeds take longer, a study begins with one unless somebody says otherwise."""


@dataclass(frozen=True)
class Planned:
    """The runs of a study, in the order in which they are trained."""

    runs: tuple[Run, ...]
    dataset: Dataset

    def epochs(self) -> list[int]:
        """Of each run, all its phases together."""
        return [_epochs(run.model_copy(update={"seed": 0, "title": ""}), self.dataset.shape) for run in self.runs]

    def words(self, seconds: float | None = None) -> Text:
        """`6 runs × 20 epochs: about 2 minutes`; without the time where nobody has measured it."""
        each, runs = self.epochs(), plural("{count} run", "{count} runs", len(self.runs))
        if len(set(each)) == 1:
            what = Text("{runs} × {epochs}", runs=runs, epochs=epochs(each[0]))
        else:
            what = Text("{runs}, {epochs} together", runs=runs, epochs=epochs(sum(each)))
        return what if seconds is None else Text("{what}: {time}", what=what, time=about(seconds))


@lru_cache(maxsize=1024)
def _epochs(run: Run, shape: Shape) -> int:
    """A window asks after every change, and a network is built for it."""
    return sum(phase.epochs for phase in run.plan(shape).phases)


def seeds_that_fit(wanted: int, seconds: float) -> int:
    """As many seeds as wanted where all runs together take no longer than is waited for; else one."""
    return wanted if seconds <= PATIENCE_SECONDS else 1


def which(index: int, of: int, seed: int | None = None) -> Text:
    """`Run 3 of 18`, with its seed where there are several."""
    if seed is None:
        return Text("Run {number} of {count}", number=index + 1, count=of)
    return Text("Run {number} of {count}, seed {seed}", number=index + 1, count=of, seed=seed)


def how_far_it_is(now: SweepEvent) -> Text:
    """Of one run: how much of its training is done, or that it is done and the model is measured."""
    if isinstance(now.event, Finished):
        return Text("trained, is being measured")
    return Text("{percent:.0f} %", percent=100 * now.share)
