"""The loop with the library around it: what the window and the command line both host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import LibraryError, StudioError
from aestudio.core.ground.texts import say
from aestudio.core.library.catalogue import Library
from aestudio.core.library.recorder import begin, go_on
from aestudio.core.run.events import Event, Finished, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import DEFAULT, Every
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit


def fit_and_keep(
    run: Run,
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    folder: Path | None = None,
    number: int | None = None,
    parent: int | None = None,
    every: Every = DEFAULT,
) -> Iterator[Event]:
    """`fit`, with the library in `folder` (the person's own by default) keeping all that is said and made.

    `number` is a run of the library to go on with, by `run`'s settings; without it the run is a new one, which `parent`
    is trained again in. As with `fit` nothing is raised and Finished is the last event. Where the library cannot keep a
    new run it is trained all the same, and a Warned says so.
    """
    try:
        library = Library(folder)
    except LibraryError as error:
        if number is not None:
            yield Finished("failed", 0, str(error))
            return
        yield from _with_warning(
            say("{error} This run is not kept.", error=error), fit(run, dataset, controls, compute)
        )
        return
    with library:
        try:
            if number is None:
                recorder = begin(library, run, dataset, parent=parent, every=every)
            else:
                recorder = go_on(library, number, dataset, run, every=every)
        except Exception as error:  # whatever it is: nothing is raised
            unexpected = say(
                "The run library failed with an unexpected {kind}: {error}.", kind=type(error).__name__, error=error
            )
            problem = str(error) if isinstance(error, StudioError) else unexpected
            if number is not None:
                yield Finished("failed", 0, problem)
                return
            yield from _with_warning(
                say("{problem} This run is not kept.", problem=problem), fit(run, dataset, controls, compute)
            )
            return
        events = fit(run, dataset, controls, compute, keeper=recorder, resume=recorder.resume)
        yield from recorder.record(events)


def _with_warning(sentence: str, events: Iterator[Event]) -> Iterator[Event]:
    """The same events, and a Warned as soon as something may be said: Started is the first."""
    first = next(events)
    if isinstance(first, Started):
        yield first
    yield Warned(sentence)
    if not isinstance(first, Started):
        yield first
    yield from events
