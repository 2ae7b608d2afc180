"""How the recording of a training starts: as a new run of the library, or as one of it that goes on."""

from __future__ import annotations

import json
import secrets
import shutil
import time

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import atomic, compute
from aestudio.core.ground.errors import LibraryError
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.library.catalogue import Library
from aestudio.core.library.holding import hold
from aestudio.core.library.moments import Diary, room_for_moments
from aestudio.core.library.numbers import write_down
from aestudio.core.library.packing import pack_samples
from aestudio.core.library.points import rewind
from aestudio.core.library.recorder import Recorder
from aestudio.core.library.summary import variant
from aestudio.core.model.model_file import some_samples
from aestudio.core.parts.plan import steps_an_epoch
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from aestudio.core.training.every import DEFAULT, Every


def begin(
    library: Library,
    run: Run,
    dataset: Dataset,
    *,
    parent: int | None = None,
    every: Every = DEFAULT,
    moments: int | None = None,
) -> Recorder:
    """A new run in the library, which `parent` is trained again in; `moments` are the bytes that those to go back to
    may take, by default as many as the library allows. Raises LibraryError.
    """
    folder = time.strftime("%Y-%m-%d-%H%M%S-", time.gmtime()) + secrets.token_hex(3)
    now, settings = time.time(), run.to_json()
    row = {
        "folder": folder,
        "title": run.title,
        "parent": parent,
        "created": now,
        "updated": now,
        "run": settings,
        "began_with": settings,
        "data": type(run.data).title,
        "network": type(run.network).title,
        "variant": variant(run),
        "seed": run.seed,
        "fingerprint": dataset.fingerprint(),
        "shape": json.dumps(dataset.shape),
        "machine": compute.machine(),
    }
    files = library.folder / "runs" / folder
    lock = hold(files)  # before anybody can see the run and find nobody training it
    try:
        with library.transaction() as connection:
            if not connection.execute("SELECT 1 FROM runs WHERE id = ?", (parent,)).fetchall():
                row["parent"] = None  # it has been deleted meanwhile
            marks = ", ".join("?" * len(row))
            made = connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
            number = int(made.lastrowid or 0)
            samples = pack_samples(some_samples(dataset.held_out.images))
            connection.execute("INSERT INTO pictures (run, samples) VALUES (?, ?)", (number, samples))
        write_down(library.folder, files, number)
        return Recorder(library, number, lock, dataset, every, Diary(files, _room(library, moments)))
    except BaseException:
        lock.release()
        shutil.rmtree(files, ignore_errors=True)
        raise


def go_on(
    library: Library,
    number: int,
    dataset: Dataset,
    run: Run | None = None,
    *,
    every: Every = DEFAULT,
    moments: int | None = None,
) -> Recorder:
    """A run of the library, from its newest checkpoint that is whole; what came after it is forgotten.

    `run` changes live knobs or the number of epochs. Where newer checkpoints were damaged, `recorder.warnings` says so.
    Raises: LibraryError, CheckpointError or RunError where it cannot go on.
    """
    files = library.files(number)
    lock = hold(files)
    try:
        found = library.newest_checkpoint(number)
        if found is None:
            raise LibraryError(
                "The run “{title}” has no checkpoint to continue from; train it again instead.",
                title=Text(library.summary(number).title),
            )
        kept = checkpoint.fitting(found.checkpoint, run or found.checkpoint.run, dataset)
        atomic.sweep(files)
        epoch = steps_an_epoch(len(dataset.train), kept.run.batch_size)
        with library.transaction() as connection:
            scored = rewind(connection, number, kept.position.step, epoch)
        for stranger in found.strange:  # another run's only one, perhaps: it is not taken away with the later ones
            stranger.replace(stranger.with_name(f"other-{stranger.name}"))
        CheckpointFolder(files).forget_after(kept.position.step)
        diary = Diary(files, _room(library, moments))
        diary.folder.forget_after(kept.position.step)
        if kept.run != found.checkpoint.run:
            diary.changed(kept.position.step, kept.run)
        library.write(
            [number],
            state="training",
            error="",
            trashed=None,
            step=kept.position.step,
            epoch=kept.position.step / epoch,
            checkpoint_step=kept.position.step,
            checkpoint_bytes=CheckpointFolder(files).size(),
        )
        recorder = Recorder(library, number, lock, dataset, every, diary, kept, scored)
    except BaseException:
        lock.release()
        raise
    if found.damaged:
        recorder.warnings.append(
            say(
                "{damaged} The training goes on from the one before, at step {step:,}.",
                damaged=listed(found.damaged, SPACE),
                step=kept.position.step,
            )
        )
    return recorder


def _room(library: Library, moments: int | None) -> int:
    return room_for_moments(library) if moments is None else moments
