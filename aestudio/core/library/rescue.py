"""A model that its own place did not take is written to another one, and its training counts as failed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import folders
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import SPACE, listed, say
from aestudio.core.model.model_file import ModelFile, of_epoch, some_samples
from aestudio.core.model.suffix import SUFFIX
from aestudio.core.run.events import Event, Finished, Saved
from aestudio.core.run.history import CurveRecorder


def rescued(events: Iterator[Event], dataset: Dataset) -> Iterator[Event]:
    """The same events. Where the last says that the weights are unkept they go, with their curves and scores, to the
    person's data folder, else to the folder for temporary files: a Saved tells it, and Finished becomes a failed one.
    """
    curves = CurveRecorder()
    for event in events:
        if isinstance(event, Finished) and event.unkept:
            yield from _rescue(event, dataset, curves)
        else:
            curves.read(event)
            yield event


def _rescue(event: Finished, dataset: Dataset, heard: CurveRecorder) -> Iterator[Event]:
    if event.run is None or event.weights is None:
        yield event
        return
    curves = heard.curves()
    scores = curves.scores_at(event.step)
    about = {"steps": f"{event.step:,}"} | of_epoch(event.kept_epoch)
    made = ModelFile(event.run, dataset.shape, event.weights, scores, event.depth, None, curves, about)
    with suppress(MemoryError):  # the weights are worth more than the images beside them
        made = replace(made, samples=some_samples(dataset.held_out.images))
    name = f"aestudio-{time.strftime('%Y-%m-%d-%H%M%S')}-{secrets.token_hex(3)}{SUFFIX}"
    lost = False
    said = [sentence for sentence in dict.fromkeys((event.error, event.unkept)) if sentence]
    for place in folders.rescued():
        if _saved(made, place / name):
            yield Saved(str(place / name), "model")
            said.append(say("The model is in {path} instead; move it to a safe place.", path=place / name))
            break
    else:
        lost = True
        said.append(say("No other place took it either, so the model is lost when the program ends."))
    yield replace(event, reason="failed", error=str(listed(said, SPACE)), lost=lost)


def _saved(made: ModelFile, path: Path) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.save(path)
    except (StudioError, OSError, MemoryError):
        return False
    return True
