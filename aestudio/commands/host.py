"""Hosts the loop on the command line: its stream goes to every reader, and a signal ends it after the running step."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from aestudio.commands.output import whoever_listens
from aestudio.commands.readers import Bars, JsonLines, Reader
from aestudio.commands.results import Results, folder
from aestudio.commands.stopping import Ending, until_interrupted
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import compute, folders
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.library import locks
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_into_library
from aestudio.core.library.rescue import rescued
from aestudio.core.model import model_file
from aestudio.core.run.events import Event, Finished, Started, Warned
from aestudio.core.run.history import Curves
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.every import Every
from aestudio.core.training.fit import fit
from aestudio.core.training.tensorboard import TensorBoard

OK, FAILED = 0, 1


class Host:
    """What `aestudio train` and `aestudio resume` have in common, from their arguments."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        """Raises: StudioError for bad input."""
        self._where = compute.choose(chosen.device)
        self._every = Every.from_text(chosen.checkpoint_every)
        self._moments = _bytes(chosen.snapshots)
        self._out = folder(chosen.out) if chosen.out else None
        self._tensorboard = Path(chosen.tensorboard) if chosen.tensorboard else None
        self._reader: Reader = JsonLines() if chosen.json else Bars()
        start = getattr(chosen, "start", None)
        self._start = model_file.load(Path(start)).weights if start else None
        self._keeps = not getattr(chosen, "no_library", False)

    def host(self, run: Run, fitted: Callable[[Dataset], Run] | None = None, *, number: int | None = None) -> int:
        """Trains a new run, as it is `fitted` to its images, or goes on with one of the library.

        Returns the exit code: 0 completed, 1 where the training failed or its model is not in its place, 130, 143 or
        129 where Ctrl-C, SIGTERM or SIGHUP stopped it.
        Raises: StudioError where the run does not fit its data or there is no place for it, before training.
        """
        finished, ending = Finished("failed", 0, say("Training ended without a word.")), Ending()
        with whoever_listens(), self._reader, ExitStack() as open_things:
            dataset = run.data.load(self._reader.loading)
            run = fitted(dataset) if fitted else run
            run.check(dataset.shape)
            controls = Controls()
            board = open_things.enter_context(TensorBoard(self._tensorboard)) if self._tensorboard else None
            ending = open_things.enter_context(until_interrupted(controls))
            begun = False
            for event in self._events(run, dataset, controls, number):
                begun = begun or isinstance(event, Started)
                if isinstance(event, Finished) and not begun and (number is not None or not event.run):
                    # It cannot begin as it is wanted: bad input, not a failed training.
                    raise RunError("{error}", error=event.error)
                if board is not None:
                    board.read(event)
                self._reader.read(event)
                if isinstance(event, Started) and self._keeps and (note := locks.network_note(folders.library())):
                    self._reader.read(Warned(str(note)))
                finished = event if isinstance(event, Finished) else finished
            open_things.close()
            if finished.reason == "failed" or (board and board.trouble):
                print(f"aestudio: {finished.error or (board.trouble if board else '')}", file=sys.stderr)
                return FAILED
        return ending.code if finished.reason == "stopped" else OK

    def _events(self, run: Run, dataset: Dataset, controls: Controls, number: int | None) -> Iterator[Event]:
        """The training, with every place that was asked for around it."""
        if self._keeps:
            only = self._out is None
            events = fit_into_library(
                run,
                dataset,
                controls,
                self._where,
                number=number,
                every=self._every,
                moments=self._moments,
                only=only,
                start=self._start,
            )
        else:
            events = fit(run, dataset, controls, self._where, start=self._start)
        if self._out is not None:
            events = self._with_results(events, self._out, dataset, controls, goes_on=number is not None)
        return rescued(events, dataset)

    def _with_results(
        self, events: Iterator[Event], out: Path, dataset: Dataset, controls: Controls, *, goes_on: bool
    ) -> Iterator[Event]:
        """The same events, with what was written before the last."""
        with Results(out, dataset, alone=not self._keeps) as results:
            for event in events:
                results.read(event)
                if isinstance(event, Started) and goes_on:
                    results.go_on(_curves_until(event.number, event.resumed_at))
                if results.trouble:
                    controls.stop()
                if isinstance(event, Finished):
                    yield from results.finish(event)
                else:
                    yield event


def _curves_until(number: int, step: int) -> Curves:
    with Library() as library:
        return library.curves(number).until(step)


def _bytes(mebibytes: float | None) -> int | None:
    """Of what --snapshots says. Raises RunError for less than nothing."""
    if mebibytes is None:
        return None
    if not 0 <= mebibytes < float("inf"):
        raise RunError("--snapshots takes a number of MiB, 0 or more, not {size}.", size=mebibytes)
    return int(mebibytes * 2**20)
