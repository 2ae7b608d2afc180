"""A run that leaves another one at a step, and may take another way from there."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import CheckpointError, LibraryError
from aestudio.core.ground.texts import Text, say
from aestudio.core.library.catalogue import Library
from aestudio.core.library.changes import changes_of
from aestudio.core.library.holding import hold
from aestudio.core.library.moments import MomentFolder
from aestudio.core.library.numbers import write_down
from aestudio.core.library.points import POINTS, SCORES, rewind
from aestudio.core.library.thumbnail import thumbnail
from aestudio.core.model.model_file import some_samples
from aestudio.core.model.trained import Model
from aestudio.core.parts.plan import steps_an_epoch
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.checkpoint_folder import CheckpointFolder, step_of
from aestudio.core.training.moment import Moment
from aestudio.core.training.replay import replayed

COPIED = (
    "title", "began_with", "data", "network", "variant", "seed", "fingerprint", "shape", "device", "machine",
    "parameters", "steps",
)  # fmt: skip
"""What a branch has in common with the run that it leaves."""
TABLES = {
    "points": (*POINTS, "checksum"),
    "evaluations": (*SCORES, "checksum"),
    "changes": ("step", "settings", "units"),
    "pictures": ("thumbnail", "samples"),
}
"""Their rows are copied."""


def branch(
    library: Library,
    number: int,
    step: int,
    dataset: Dataset,
    compute: Compute | None = None,
    report: Callable[[float], None] = lambda _: None,
) -> int:
    """A new run of the library: run `number` as it was after so many steps, with its curves and moments until then. It
    has stopped there, and can go on with other live settings.

    It is taken up from the last checkpoint before the step, and from there the same way is taken again; where it does
    not end in the weights that were kept, those are used, and the note of the run says so. `report` hears
    which share of that is done, and may raise to give up.
    Raises: LibraryError where there is no such checkpoint, or the library does not take it; CheckpointError or RunError
    where the training cannot be taken up.
    """
    made = as_it_was(library, number, step, dataset, compute, report)
    kept = _kept_moment(library, number, step)
    note = say("Branched from run {number} at step {step:,}.", number=number, step=step)
    if kept is not None and not _same(kept.weights, made.weights):
        made = replace(made, weights=dict(kept.weights), run=kept.run)
        note = say(
            "Branched from run {number} at step {step:,}. Trained again from the checkpoint before it, the weights "
            "were not the same to the last bit, as on another computer or where a change of the settings is not "
            "known; those that were kept are used.",
            number=number,
            step=step,
        )
    restored = made.best is not None and made.best.step != step and step >= library.summary(number).step
    if restored and made.best is not None:
        note = say(
            "{note} That run ended with the weights of its best epoch, at step {best:,}; this one goes on with those "
            "of its last.",
            note=note,
            best=made.best.step,
        )
    return _begin(library, number, made, dataset, note, scored=not restored)


def _kept_moment(library: Library, number: int, step: int) -> Moment | None:
    """Where it is kept."""
    folder = MomentFolder(library.files(number))
    if step not in folder.steps():
        return None
    try:
        return folder.read(step)
    except CheckpointError:
        return None


def _same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() != other.keys() or all(torch.equal(one[name].cpu(), other[name].cpu()) for name in one)


def as_it_was(
    library: Library,
    number: int,
    step: int,
    dataset: Dataset,
    compute: Compute | None,
    report: Callable[[float], None],
    begun: Checkpoint | None = None,
) -> Checkpoint:
    """Run `number` after so many steps: its way is taken again from the last checkpoint before, or from `begun`, which
    is the same run earlier, where that is later. Raises as `branch` does.
    """
    at = -1 if begun is None or begun.position.step > step else begun.position.step
    for found in _whole_before(library.files(number), step):
        if found.position.step <= at:
            break
        return replayed(
            checkpoint.fitting(found, found.run, dataset), changes_of(library, number), step, dataset, compute, report
        )
    if begun is not None and at >= 0:
        return replayed(begun, changes_of(library, number), step, dataset, compute, report)
    raise _nothing_before(library, number, step)


def moment_of(made: Checkpoint) -> Moment:
    """To be looked at."""
    phase = made.run.plan(made.shape).phases[made.position.phase].name
    return Moment(made.run, made.shape, made.position.step, phase, made.weights, made.depth)


def taken_up_from(library: Library, number: int, step: int, *, trains: bool) -> int:
    """The step of a checkpoint that a branch can begin with; of one that `trains`, such as is there after its stop.

    Raises: LibraryError where there is none.
    """
    files = library.files(number)
    own = [step_of(file) for file in CheckpointFolder(files).files()]
    lasting = [max(own)] if trains and own else own  # its end takes the place of the older ones
    found = [one for one in (*lasting, *map(step_of, MomentFolder(files).whole_before(step))) if one <= step]
    if not found:
        raise _nothing_before(library, number, step)
    return max(found)


def _nothing_before(library: Library, number: int, step: int) -> LibraryError:
    return LibraryError(
        "“{title}” keeps no checkpoint of step {step:,} or before it, so it cannot be taken up there; choose a later "
        "step.",
        title=Text(library.summary(number).title),
        step=step,
    )


def _whole_before(files: Path, step: int) -> Iterator[Checkpoint]:
    """Those that can be read, the latest first."""
    own = [file for file in CheckpointFolder(files).files() if step_of(file) <= step]
    for file in sorted([*MomentFolder(files).whole_before(step), *own], key=step_of, reverse=True):
        with suppress(CheckpointError):
            yield checkpoint.load(file)


def _begin(library: Library, parent: int, made: Checkpoint, dataset: Dataset, note: str, *, scored: bool) -> int:
    """`scored`: the parent's scores at this step are of these weights."""
    step, now = made.position.step, time.time()
    folder = time.strftime("%Y-%m-%d-%H%M%S-", time.gmtime()) + secrets.token_hex(3)
    files, epoch = library.folder / "runs" / folder, steps_an_epoch(len(dataset.train), made.run.batch_size)
    samples = some_samples(dataset.held_out.images)
    lock = hold(files)
    try:
        path = CheckpointFolder(files).keep(made)
        row = {
            "folder": folder,
            "parent": parent,
            "created": now,
            "updated": now,
            "state": "stopped",
            "run": made.run.to_json(),
            "depth": made.depth,
            "step": step,
            "epoch": step / epoch,
            "checkpoint_step": step,
            "checkpoint_bytes": path.stat().st_size,
            "note": note,
        }
        with library.transaction() as connection:
            names, copied, marks = ", ".join(row), ", ".join(COPIED), ", ".join("?" * len(row))
            new = connection.execute(
                f"INSERT INTO runs ({names}, {copied}) SELECT {marks}, {copied} FROM runs WHERE id = ?",
                (*row.values(), parent),
            )
            number = int(new.lastrowid or 0)
            for table, columns in TABLES.items():
                said = ", ".join(columns)
                connection.execute(
                    f"INSERT INTO {table} (run, {said}) SELECT ?, {said} FROM {table} WHERE run = ? ORDER BY rowid",
                    (number, parent),
                )
            if not scored:
                connection.execute("DELETE FROM evaluations WHERE run = ? AND step = ?", (number, step))
            if rewind(connection, number, step, epoch) != step:
                connection.execute(
                    "UPDATE runs SET objective = NULL, psnr = NULL, scores = '{}' WHERE id = ?", (number,)
                )
            picture = thumbnail(Model(made.run, made.shape, made.weights, made.depth), samples)
            connection.execute("UPDATE pictures SET thumbnail = ? WHERE run = ?", (picture, number))
        moments = MomentFolder(files)
        MomentFolder(library.files(parent)).copy_to(files, step)
        with suppress(OSError):  # one that can be done without
            moments.add(moment_of(made))
        write_down(library.folder, files, number)
        return number
    except BaseException:
        shutil.rmtree(files, ignore_errors=True)
        raise
    finally:
        lock.release()
