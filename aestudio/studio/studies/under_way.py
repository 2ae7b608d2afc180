"""A study that is under way: what trains its runs, and in words how far it is and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aestudio.core.cluster.engine import Distant
from aestudio.core.cluster.pool import Pool
from aestudio.core.ground.texts import DOT, Said, Text, listed, plural
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.library.moments import FEW
from aestudio.core.theory.trains import Engine, Here
from aestudio.core.training.fit import fit
from aestudio.studio.studies.progress import duration, how_far


def engine_for(scheduler: str, jobs: int, folder: Path | None) -> Engine:
    """The cluster where there is a scheduler's address, else this machine with so many runs at the same time. Runs are
    kept in the library in `folder`; None where nowhere.
    """
    keeps = None if folder is None else partial(fit_and_keep, folder=folder, moments=FEW)
    if scheduler:
        return Distant(scheduler, keeps)
    return Pool(jobs, keeps) if jobs > 1 else Here(keeps or fit)


class UnderWay:
    """From its beginning on."""

    def __init__(self, run: str, engine: Engine, *, kept: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """`run` is the title of the settings that it began with."""
        self._run, self._engine, self._kept = Text(run), engine, kept
        self._clock, self._began = clock, clock()

    def how_far(self, done: float, where: Said | None) -> Said:
        """Of the fraction that is done; `where` tells of the run that is trained now, if one alone is."""
        said = how_far(done, self._clock() - self._began)
        words: Said = said if where is None else Text("{run}. Together: {said}", run=where, said=said)
        if not isinstance(self._engine, Here) and (count := self._engine.workers):
            words = listed([plural("{count} worker", "{count} workers", count), words], DOT)
        return words

    def stopped(self) -> Said:
        """By the person."""
        return Text("Stopped. The results of “{run}” so far stay here.", run=self._run)

    def completed(self) -> Said:
        """All of its runs are trained."""
        took = duration(self._clock() - self._began)
        if self._kept:
            return Text("Completed “{run}” in {took}. The runs are on the Runs page.", run=self._run, took=took)
        return Text("“{run}” took {took}.", run=self._run, took=took)
