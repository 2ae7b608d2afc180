"""Hosts the loop on the command line: the run goes into the library, its stream to every reader, Ctrl-C ends it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from aestudio.commands.readers import Bars, JsonLines, Reader
from aestudio.commands.results import Results, folder
from aestudio.core import compute
from aestudio.core.checkpoint import Every
from aestudio.core.controls import Controls
from aestudio.core.curves import Curves
from aestudio.core.dataset import Dataset
from aestudio.core.errors import LibraryError
from aestudio.core.events import Event, Finished, Warned
from aestudio.core.fit import fit
from aestudio.core.library.catalogue import Library
from aestudio.core.library.recorder import Recorder, begin, go_on
from aestudio.core.run import Run

OK, FAILED, INTERRUPTED = 0, 1, 130


class Host:
    """What `aestudio train` and `aestudio resume` have in common, from their arguments."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        """Raises: StudioError for bad input."""
        self._where = compute.choose(chosen.device)
        self._every = Every.from_text(chosen.checkpoint_every)
        self._out = folder(chosen.out) if chosen.out else None
        self._reader: Reader = JsonLines() if chosen.json else Bars()
        self._keeps = not getattr(chosen, "no_library", False)

    def train(self, run: Run) -> int:
        """A new run. Returns the exit code: 0 completed, 1 failed while training, 130 stopped by Ctrl-C.

        Raises: StudioError where the run does not fit its data, before training.
        """
        with ExitStack() as open_things, self._reader:
            dataset = run.data.load(self._reader.loading)
            run.check(dataset.shape)
            recorder, problem = None, ""
            if self._keeps:
                try:
                    library = open_things.enter_context(Library())
                    recorder = begin(library, run, dataset, every=self._every)
                except LibraryError as error:  # no reason not to train
                    problem = f"{error} This run is not kept."
            return self._host(run, dataset, recorder, problem)

    def go_on(self, library: Library, number: int, run: Run) -> int:
        """A run of the library, from its newest checkpoint; the exit code as for `train`.

        Raises: StudioError where it cannot go on.
        """
        with self._reader:
            dataset = run.data.load(self._reader.loading)
            recorder = go_on(library, number, dataset, run, every=self._every)
            return self._host(run, dataset, recorder, "", library.curves(number))

    def _host(
        self, run: Run, dataset: Dataset, recorder: Recorder | None, problem: str, before: Curves | None = None
    ) -> int:
        controls, finished = Controls(), Finished("failed", 0, "Training ended without a word.")
        events = fit(run, dataset, controls, self._where, keeper=recorder, resume=recorder.resume if recorder else None)
        if recorder is not None:
            events = recorder.record(events)
        with ExitStack() as open_things:
            open_things.enter_context(_until_interrupted(controls))
            results = open_things.enter_context(Results(self._out, dataset, before)) if self._out else None
            if problem:
                self._reader.read(Warned(problem))
            for event in _with_results(events, results, controls):
                self._reader.read(event)
                finished = event if isinstance(event, Finished) else finished
        if finished.reason == "failed":
            print(f"aestudio: {finished.error}", file=sys.stderr)
            return FAILED
        return INTERRUPTED if finished.reason == "stopped" else OK


def _with_results(events: Iterator[Event], results: Results | None, controls: Controls) -> Iterator[Event]:
    for event in events:
        if results is None:
            yield event
            continue
        results.read(event)
        if results.trouble:
            controls.stop()
        if isinstance(event, Finished):
            yield from results.finish(event)
        else:
            yield event


@contextmanager
def _until_interrupted(controls: Controls) -> Iterator[None]:
    """The first Ctrl-C ends training after the running step; a second one ends the program."""

    def stop(*_: object) -> None:
        controls.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
