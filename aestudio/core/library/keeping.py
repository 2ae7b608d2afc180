"""The loop with the library around it: what the window and the command line both host."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import folders
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import BusyError, LibraryError
from aestudio.core.ground.texts import say
from aestudio.core.library import schema
from aestudio.core.library.beginning import begin, go_on
from aestudio.core.library.catalogue import Library
from aestudio.core.library.joining import Joining
from aestudio.core.library.recorder import Recorder
from aestudio.core.library.rescue import rescued
from aestudio.core.library.unforeseen import in_words
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.events import Event, Finished, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.every import DEFAULT, Every
from aestudio.core.training.fit import fit

Loop = Callable[..., Iterator[Event]]
"""`fit`, or another source of the same events that takes the same arguments."""
BEGIN_SECONDS = 2.0
"""A new run waits so long for a library that another program holds; then it trains, and joins it later."""
COPIES, ROOM = 4, 2**18
"""What a run takes on the disk: its weights so often, in a model and a checkpoint, and so many bytes for its points."""


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
    moments: int | None = None,
    loop: Loop = fit,
) -> Iterator[Event]:
    """`fit_into_library`; a model that the library does not take is rescued to another place."""
    return rescued(
        fit_into_library(
            run,
            dataset,
            controls,
            compute,
            folder=folder,
            number=number,
            parent=parent,
            every=every,
            moments=moments,
            loop=loop,
        ),
        dataset,
    )


def fit_into_library(
    run: Run,
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    folder: Path | None = None,
    number: int | None = None,
    parent: int | None = None,
    every: Every = DEFAULT,
    moments: int | None = None,
    only: bool = False,
    start: Mapping[str, Tensor] | None = None,
    loop: Loop = fit,
) -> Iterator[Event]:
    """`fit`, with the library in `folder` (the person's own by default) keeping all that is said and made.

    `number` is a run of the library to go on with, by `run`'s settings; without it the run is a new one, which `parent`
    is trained again in, and may `start` from weights. `moments` are the bytes that those to go back to may take. As
    with `fit` nothing is raised and Finished is the last event. A new run that the library cannot keep is trained all
    the same, and a Warned says so, unless the library is the `only` place for it: then it is not begun. One that
    another program keeps out joins the library when that lets go of it. `loop` is what trains.
    """
    with ExitStack() as held:

        def recorder(seconds: float | None) -> Recorder:
            library = Library(folder, seconds)
            try:
                if number is not None:
                    made = go_on(library, number, dataset, run, every=every, moments=moments)
                else:
                    made = begin(library, run, dataset, parent=parent, every=every, moments=moments)
                with suppress(LibraryError):  # a copy for bad days; this is none of them
                    library.back_up()
            except BaseException:
                library.close()
                raise
            held.callback(library.close)
            held.callback(made.close)
            library.wait_for(schema.SECONDS_TO_WAIT)
            return made

        keeper: Recorder | Joining
        problem = ""
        try:
            if only:
                make_sure_of_room(run, dataset, folder or folders.library(), COPIES)
            keeper = recorder(None if number is not None else min(BEGIN_SECONDS, schema.SECONDS_TO_WAIT))
        except Exception as error:  # whatever it is: nothing is raised
            problem = str(in_words(error))
            if number is not None or (only and not isinstance(error, BusyError)):
                yield Finished("failed", 0, problem)
                return
            if not isinstance(error, BusyError):
                yield from _unkept(problem, loop(run, dataset, controls, compute, start=start))
                return
            keeper = Joining(recorder)
        resume = keeper.resume if isinstance(keeper, Recorder) else None
        album = keeper.diary if isinstance(keeper, Recorder) else keeper
        events = keeper.record(
            loop(run, dataset, controls, compute, keeper=keeper, album=album, resume=resume, start=start)
        )
        if problem:
            words = say("{problem} Training begins, and the run is kept as soon as that is possible.", problem=problem)
            events = _with_warning(words, events)
        yield from events


def make_sure_of_room(run: Run, dataset: Dataset, folder: Path, copies: int = 1) -> None:
    """Raises LibraryError where the disk has no room for the run's model: better now than when it has been trained."""
    with torch.device("meta"):
        count = sum(tensor.nbytes for tensor in Autoencoder(run, dataset.shape).state_dict().values())
    needed = copies * count + ROOM
    place = next(above for above in (folder, *folder.absolute().parents) if above.exists())
    try:
        free = shutil.disk_usage(place).free
    except OSError:  # some network drives do not say
        return
    if free < needed:
        raise LibraryError(
            "{folder} has no room: this training takes {needed:.1f} MiB, and {free:.1f} MiB are free. Free some space "
            "or choose another folder.",
            folder=folder,
            needed=needed / 2**20,
            free=free / 2**20,
        )


def _unkept(problem: str, events: Iterator[Event]) -> Iterator[Event]:
    """The same events of a run that the library does not keep, which the first and the last say."""
    for event in _with_warning(say("{problem} This run is not kept.", problem=problem), events):
        yield replace(event, unkept=problem) if isinstance(event, Finished) and event.weights is not None else event


def _with_warning(sentence: str, events: Iterator[Event]) -> Iterator[Event]:
    """The same events, and a Warned as soon as something may be said: Started is the first."""
    first = next(events)
    if isinstance(first, Started):
        yield first
    yield Warned(sentence)
    if not isinstance(first, Started):
        yield first
    yield from events
