"""What a run of the library has learned: its settings, its model file or its newest checkpoint. Errors and results are
those of the methods of Library of these names.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import LibraryError, StudioError
from aestudio.core.ground.texts import Text
from aestudio.core.library.catalogue import MODEL
from aestudio.core.model import model_file
from aestudio.core.model.model_file import ModelFile, of_epoch
from aestudio.core.run.history import Curves
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint_folder import CheckpointFolder, NewestCheckpoint

if TYPE_CHECKING:
    from aestudio.core.library.catalogue import Library


def run(library: Library, number: int, *, as_it_began: bool = False) -> Run:
    """Its settings at the end, or before any live change; under the title that it has in the library."""
    row = library.row(number, "run, began_with, title")
    return Run.from_json(row["began_with" if as_it_began else "run"]).model_copy(update={"title": row["title"]})


def newest_checkpoint(library: Library, number: int) -> NewestCheckpoint | None:
    """The newest one that is whole and its own. Raises CheckpointError where there are only others."""
    return CheckpointFolder(library.files(number)).newest(
        lambda path, kept: str(_stranger(library, number, path, kept.run, kept.fingerprint) or "")
    )


def saved(library: Library, number: int) -> ModelFile:
    """The model file of a run. Raises ModelFileError where it is damaged, LibraryError where another run's lies in
    its place.
    """
    path = library.files(number) / MODEL
    found = model_file.load(path)
    if stranger := _stranger(library, number, path, found.run, found.facts.get("data fingerprint", "")):
        raise stranger
    return found


def _stranger(library: Library, number: int, path: Path, run: Run, images: str) -> LibraryError | None:
    """That what lies in the place of a run was trained with other settings, or images of another fingerprint."""
    row = library.row(number, "run, fingerprint")
    if not checkpoint.obstacle(Run.from_json(row["run"]), run) and images in ("", row["fingerprint"]):
        return None
    return LibraryError(
        "{path} is not of run {number}: it holds “{title}”, which was trained with other settings or images. "
        "Put the file back that belongs there.",
        path=path,
        number=number,
        title=Text(run.title),
    )


def model(library: Library, number: int) -> tuple[ModelFile, bool]:
    """As Library's, and whether it is one that was saved; else it comes from a checkpoint."""
    row = library.row(number, "title, folder, device, machine, state, step, updated")
    path = library.place(row) / MODEL
    file, damaged = None, None
    if path.is_file():
        try:
            file = library.saved(number)
        except StudioError as error:
            damaged = error
    newest = CheckpointFolder(path.parent).newest_step() or 0
    # Than the model of an earlier stop, or one that could not be replaced.
    newer = file is None or row["state"] in ("training", "interrupted") or newest > _steps(file)
    found = library.newest_checkpoint(number) if newer else None
    if found is None and file is not None:
        return replace(file, run=file.run.model_copy(update={"title": row["title"]})), True
    if found is None and damaged is not None:
        raise damaged
    if found is None:
        raise LibraryError(
            "The run “{title}” has left no model: it ended before it was first saved.", title=Text(row["title"])
        )
    kept = found.checkpoint
    run = kept.run.model_copy(update={"title": row["title"]})
    try:
        curves = library.curves(number)
    except LibraryError:  # the weights are worth more
        curves = Curves()
    best = kept.best if row["state"] == "completed" and row["step"] == kept.position.step else None
    epoch = library.summary(number).kept_epoch if best is not None else None
    made = ModelFile(
        run,
        kept.shape,
        kept.weights if best is None or epoch is None else best.weights,
        curves.scores_at(kept.position.step),
        kept.depth,
        library.samples(number),
        curves,
        facts(row["device"], row["machine"], run, kept.fingerprint, kept.position.step, row["updated"])
        | of_epoch(epoch),
    )
    return made, False


def keep_model(library: Library, number: int) -> bool:
    """A run whose newest model is a checkpoint gets a model file before its checkpoints go. Whether it has one."""
    try:
        with library.intact():
            made, is_saved = model(library, number)
        if not is_saved:
            made.save(library.files(number) / MODEL)
    except StudioError:
        return False
    return True


def facts(device: str, machine: str, run: Run, fingerprint: str, step: int, finished: float) -> dict[str, str]:
    """Where a model comes from, in words by name."""
    return {
        "trained on": ", ".join(said for said in (device, machine) if said),
        "data": type(run.data).title,
        "data fingerprint": fingerprint,
        "steps": f"{step:,}",
        "finished": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(finished)),
    }


def _steps(made: ModelFile) -> int:
    """How many steps of training are in a model file, as `facts` says."""
    said = made.facts.get("steps", "").replace(",", "")
    return int(said) if said.isdecimal() else 0
