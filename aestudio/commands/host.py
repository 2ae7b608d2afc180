"""Hosts the loop on the command line: its stream goes to every reader, and a signal ends it after the running step."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from aestudio.commands import FAILED, OK, together
from aestudio.commands.output import whoever_listens
from aestudio.commands.readers import Bars, JsonLines, Quiet, Reader, Silent
from aestudio.commands.results import Results, folder
from aestudio.commands.stopping import Interruption, until_interrupted
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import compute, folders
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.library import locks
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_into_library, make_sure_of_room
from aestudio.core.library.rescue import rescued
from aestudio.core.model import model_file
from aestudio.core.run.events import Event, Finished, Started, Warned
from aestudio.core.run.history import Curves
from aestudio.core.run.run import Run
from aestudio.core.training import ranks
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.controls import Controls
from aestudio.core.training.every import Every
from aestudio.core.training.fit import fit
from aestudio.core.training.starting import make_sure_it_starts
from aestudio.core.training.tensorboard import TensorBoard


class Host:
    """What `aestudio train` and `aestudio resume` have in common, from their arguments."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        """Raises: StudioError for bad input."""
        self._leads = ranks.leads()
        self._where = compute.choose(chosen.device)
        self._every = Every.from_text(chosen.checkpoint_every)
        self._moments = _bytes(chosen.snapshots)
        self._out = folder(chosen.out) if chosen.out and self._leads else None
        self._tensorboard = Path(chosen.tensorboard) if chosen.tensorboard and self._leads else None
        self._reader = _reader(chosen) if self._leads else Silent()
        start = getattr(chosen, "start", None)
        self._start = model_file.load(Path(start)).weights if start else None
        self._keeps = self._leads and not getattr(chosen, "no_library", False)

    def host(self, run: Run, fitted: Callable[[Dataset], Run] | None = None, *, number: int | None = None) -> int:
        """Trains a new run, as it is `fitted` to its images, or goes on with one of the library.

        Returns the exit code: 0 completed, 1 where the training failed or its model is not in its place, 130, 143 or
        129 where Ctrl-C, SIGTERM or SIGHUP stopped it.
        Raises: StudioError where the run does not fit its data or the weights to start from, or there is no place for
        it, before training.
        """
        finished, ending = Finished("failed", 0, say("Training ended without a word.")), Interruption()
        with whoever_listens(), together.joined(self._where), self._reader, ExitStack() as open_things:
            where = replace(self._where, description=described(self._where.description, ranks.count()))
            dataset = run.data.load(self._reader.loading)
            run = fitted(dataset) if fitted else run
            run.check(dataset.shape)
            if self._start is not None:
                make_sure_it_starts(run, dataset.shape, self._start)
            together.check(run, len(dataset.train))
            controls = Controls()
            board = open_things.enter_context(TensorBoard(self._tensorboard)) if self._tensorboard else None
            if self._leads:
                ending = open_things.enter_context(until_interrupted(controls))
            begun = False
            for event in self._events(run, dataset, controls, where, number):
                begun = begun or isinstance(event, Started)
                if isinstance(event, Finished) and not begun and (number is not None or not event.run):
                    # It cannot begin as it is wanted: bad input, not a failed training.
                    if number is None:  # there is no place for it
                        raise RunError(
                            "{error} `--out FOLDER` keeps the model in a folder of your own.", error=event.error
                        )
                    raise RunError("{error}", error=event.error)
                if board is not None:
                    board.read(event)
                self._reader.read(event)
                if isinstance(event, Started) and self._keeps and (note := locks.network_note(folders.library())):
                    self._reader.read(Warned(str(note)))
                finished = event if isinstance(event, Finished) else finished
            open_things.close()
            if ranks.count() > 1:
                together.hear_no_more()
            if finished.reason == "failed" or (board and board.trouble):
                print(f"aestudio: {finished.error or (board.trouble if board else '')}", file=sys.stderr)
                return FAILED
        return ending.code if self._leads and finished.reason == "stopped" else OK

    def _events(
        self, run: Run, dataset: Dataset, controls: Controls, where: Compute, number: int | None
    ) -> Iterator[Event]:
        """The training, with every place that was asked for around it."""
        if not self._leads:
            return fit(run, dataset, controls, where, resume=_from_library(number), start=self._start)
        if self._out is not None:
            make_sure_of_room(run, dataset, self._out)
        if self._keeps:
            only = self._out is None
            events = fit_into_library(
                run,
                dataset,
                controls,
                where,
                number=number,
                every=self._every,
                moments=self._moments,
                only=only,
                start=self._start,
            )
        else:
            events = fit(run, dataset, controls, where, start=self._start)
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


def _reader(chosen: argparse.Namespace) -> Reader:
    if chosen.json:
        return JsonLines()
    return Quiet() if chosen.quiet else Bars()


def described(device: str, processes: int) -> str:
    """The device, and how many processes train together."""
    if processes == 1:
        return device
    return say("{count} processes, each: {device}", count=processes, device=device)


def _from_library(number: int | None) -> Checkpoint | None:
    """The newest checkpoint of a run, as the process reads it that goes on with it and keeps it."""
    if number is None:
        return None
    with Library() as library:
        found = library.newest_checkpoint(number)
    return found.checkpoint if found is not None else None


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
