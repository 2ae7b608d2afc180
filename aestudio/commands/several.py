"""What `aestudio compare` and `aestudio sweep` have in common: several runs behind one progress bar, and how long they
will take.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from types import TracebackType
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aestudio.commands import output
from aestudio.commands.jobs import check_jobs
from aestudio.core.cluster.cluster import Cluster
from aestudio.core.cluster.engine import DaskEngine
from aestudio.core.cluster.pool import Pool
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import LibraryError
from aestudio.core.ground.texts import plural, say
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.library.moments import FEW
from aestudio.core.run.events import Event, Started, Warned, as_json
from aestudio.core.theory.estimate import estimate
from aestudio.core.theory.trains import Engine, Here
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from aestudio.studio.studies.plans import Planned


class Several:
    """A bar on a terminal, or JSON lines; and what is said at the end."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        """Raises: ClusterError where a cluster is asked for that cannot be used; RunError where --jobs is no number for
        it.
        """
        check_jobs(chosen)
        keeps = None if chosen.no_library else partial(fit_and_keep, moments=FEW)
        self._cluster = Cluster(chosen.scheduler) if chosen.scheduler else None
        self.engine: Engine = Here(keeps or fit)
        if self._cluster is not None:
            self.engine = DaskEngine(self._cluster, keeps, chosen.device)
        elif chosen.jobs > 1:
            self.engine = Pool(chosen.jobs, keeps, chosen.device)
        self._kept: set[int] = set()
        """The runs that the library has."""
        self.json: bool = chosen.json
        self.quiet: bool = chosen.quiet
        # What is printed holds titles of the person's: nothing in them is markup.
        self.console = output.console()
        self._bar = Progress(
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=self.json or self.quiet or not self.console.is_terminal,
        )
        self._task = self._bar.add_task(say("Loading"), total=1.0)

    def __enter__(self) -> Several:
        self._bar.start()
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _where: TracebackType | None) -> None:
        self._bar.stop()
        if self._cluster is not None:
            self._cluster.close()

    def say_plan(self, planned: Planned, where: Compute) -> None:
        """How many runs, and about how long they take: on workers, if those are as quick as this machine."""
        workers = max(1, self.engine.workers)
        together = min(workers, len(planned.runs))
        seconds = estimate(planned.runs, planned.dataset, where, report=self.doing) / together
        if self.json:
            told = {"event": "Planned", "runs": len(planned.runs), "epochs": planned.epochs(), "seconds": seconds}
            self.line(told | ({} if isinstance(self.engine, Here) else {"workers": workers}))
            return
        if self.quiet:
            return
        self.console.print(str(planned.words(seconds)), soft_wrap=True)
        if self._cluster is not None:
            address = self._cluster.address
            said = plural("{count} worker of {address}", "{count} workers of {address}", workers, address=address)
            self.console.print(str(said), soft_wrap=True)
        elif together > 1:
            self.console.print(say("{count} runs at the same time", count=together), soft_wrap=True)

    def doing(self, what: str, fraction: float | None) -> None:
        """A Report."""
        self._bar.update(self._task, description=what, completed=fraction or 0.0)

    def read(self, event: Event, **place: Any) -> None:
        """One event of one of the runs; `place` says which run and where."""
        if isinstance(event, Started) and event.number:
            self._kept.add(event.number)
        if self.json:
            self.line(as_json(event) | place)
        elif isinstance(event, Warned) and self.quiet:
            print(f"aestudio: {event.sentence}", file=sys.stderr)
        elif isinstance(event, Warned):
            self.console.print(say("Warning: {sentence}", sentence=event.sentence), style="yellow")

    def say_kept(self, controls: Controls) -> None:
        """Where the person has hurried: what there is of the runs that were begun."""
        if not controls.hurried:
            return
        try:
            with Library() as library:
                models = sum((library.files(number) / MODEL).is_file() for number in self._kept)
        except LibraryError as error:
            print(f"aestudio: {error}", file=sys.stderr)
            return
        curves = len(self._kept) - models
        if self._kept:
            sentence = say(
                "Ended at once. Runs in the library with their model: {models}; with their curves alone: {curves}.",
                models=models,
                curves=curves,
            )
        else:
            sentence = say("Ended at once. No run is kept.")
        if self.json:
            self.line({"event": "Kept", "models": models, "curves": curves, "sentence": sentence})
        else:
            print(f"aestudio: {sentence}", file=sys.stderr)

    def line(self, said: dict[str, Any]) -> None:
        print(json.dumps(said, ensure_ascii=False), flush=True)
