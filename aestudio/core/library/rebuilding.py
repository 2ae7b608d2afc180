"""The library made again from what lies beside its database: the newest copy of it, model files and checkpoints."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from calendar import timegm
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from aestudio.core.ground.errors import DamagedError, LibraryError, StudioError, reason
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.library import backups, kept_epochs, schema
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.numbers import highest, number_of
from aestudio.core.library.packing import pack_samples
from aestudio.core.library.points import forget, insert_points, insert_scores
from aestudio.core.library.summary import variant
from aestudio.core.library.thumbnail import thumbnail
from aestudio.core.model import model_file
from aestudio.core.model.model_file import ModelFile
from aestudio.core.run.events import Evaluated, Progress
from aestudio.core.run.history import Curves, events
from aestudio.core.training.checkpoint_folder import CheckpointFolder


@dataclass(frozen=True)
class Rebuilt:
    """What became of it."""

    folder: Path
    anew: bool
    """The database was damaged, so another one was made."""
    from_backup: Path | None
    adopted: tuple[int, ...]
    """The numbers of the runs that were taken in from their files."""
    redrawn: tuple[int, ...]
    """The numbers of the runs whose damaged curves were replaced by those of their model files."""
    lost: tuple[str, ...]
    """A sentence for each folder whose files cannot be used."""

    def sentences(self) -> list[str]:
        """For the person."""
        said: list[Text | str] = []
        if not self.anew:
            said.append(say("The library in {folder} is whole, so it stays.", folder=self.folder))
        if self.from_backup:
            said.append(say("Made again from the copy {path}.", path=self.from_backup))
        if self.anew:
            said.append(say("What was there is set aside in {folder}; nothing was deleted.", folder=self.folder))
        said.append(
            plural(
                "{count:,} run was taken in from its files.",
                "{count:,} runs were taken in from their files.",
                len(self.adopted),
            )
        )
        if self.redrawn:
            said.append(
                plural(
                    "The damaged curves of {count:,} run are those of its model file now.",
                    "The damaged curves of {count:,} runs are those of their model files now.",
                    len(self.redrawn),
                )
            )
        return [*map(str, said), *self.lost]


def mend(folder: Path) -> Rebuilt:
    """Makes the library again where its database is damaged, empty or gone, and takes in what belongs to no run.

    Raises: LibraryError where the disk does not take it, another program holds it or a newer one has written it.
    """
    try:
        with Library(folder) as library:
            library.make_sure_it_is_whole(full=True)
            redrawn = _redraw(library)
            adopted, lost = adopt(library)
            return Rebuilt(folder, False, None, tuple(adopted), tuple(redrawn), tuple(lost))
    except DamagedError:
        return rebuild(folder)


def rebuild(folder: Path) -> Rebuilt:
    """A new database in the place of the one that there is, which is moved aside; nothing is deleted.

    Raises: LibraryError where the disk does not take it.
    """
    try:
        _move_aside(folder)
        copy = next((path for path in backups.backups(folder) if backups.is_whole(path)), None)
        if copy is not None:
            shutil.copyfile(copy, folder / schema.FILE)
        schema.connect(folder, fresh=True).close()
    except OSError as error:
        raise LibraryError(
            "The run library in {folder} cannot be made again: {reason}", folder=folder, reason=reason(error)
        ) from error
    with Library(folder) as library:
        _catch_up(library)
        adopted, lost = adopt(library)
        redrawn = _redraw(library)
    return Rebuilt(folder, True, copy, tuple(adopted), tuple(redrawn), tuple(lost))


def orphans(library: Library) -> list[Path]:
    """Folders of runs that no row names and that hold a model or a checkpoint, the oldest first."""
    known = {row["folder"] for row in library.rows("SELECT folder FROM runs")}
    found = schema.folders_of_runs(library.folder)
    return [path for path in found if path.name not in known]


def adopt(library: Library) -> tuple[list[int], list[str]]:
    """Takes orphans in, under the numbers that they had where these are free; and why others were not."""
    adopted, lost = [], []
    for path in orphans(library):
        try:
            adopted.append(_take_in(library, path))
        except StudioError as error:
            lost.append(str(error))
    with library.transaction() as connection:
        most = highest(library.folder)
        connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'runs'", (most,))
    return adopted, lost


OF_FILES = ("state", "updated", "step", "steps", "epoch", "objective", "psnr", "scores", "depth",
            "checkpoint_step", "checkpoint_bytes", "run", "device", "machine", "variant")  # fmt: skip
"""What a row says that its model file knows better where it was written later."""


def _catch_up(library: Library) -> None:
    """What runs have come to since the copy was taken, as their model files say; what a person wrote of them stays."""
    places = {path.name: path for path in schema.folders_of_runs(library.folder)}
    for row in library.rows("SELECT id, folder, state, step, updated, machine FROM runs"):
        path = places.get(row["folder"])
        if path is None or not (path / MODEL).is_file():
            continue
        if row["state"] == "completed" and (path / MODEL).stat().st_mtime <= row["updated"]:
            continue  # it was not resumed
        with suppress(StudioError), library.transaction() as connection:  # what is damaged stays as it was copied
            made, checkpoint_step = _left(path)
            told = _row(made, path, checkpoint_step) | {"machine": ""}
            device = told["device"].removesuffix(f", {row['machine']}")
            if device != told["device"]:  # a model file names both in one
                told |= {"device": device, "machine": row["machine"]}
            if told["step"] > row["step"]:
                names = ", ".join(f"{name} = ?" for name in OF_FILES)
                values = (*(told[name] for name in OF_FILES), row["id"])
                connection.execute(f"UPDATE runs SET {names} WHERE id = ?", values)
                forget(connection, row["id"])
                _write(connection, row["id"], made.curves)
                kept_epochs.write(connection, row["id"], told["step"], made.kept_epoch)


def _redraw(library: Library) -> list[int]:
    """Replaces damaged curves by those of the model file, where that has some; the numbers of the runs."""
    redrawn = []
    for run in library.runs() + library.runs(trashed=True):
        try:
            library.curves(run.id)
        except LibraryError:
            with suppress(StudioError), library.transaction() as connection:
                kept = library.saved(run.id).curves
                forget(connection, run.id)
                _write(connection, run.id, kept)
                redrawn.append(run.id)
    return redrawn


def _write(connection: sqlite3.Connection, number: int, curves: Curves) -> None:
    told = list(events(curves))
    insert_scores(connection, number, (one for one in told if isinstance(one, Evaluated)))
    for one in told:
        if isinstance(one, Progress):
            insert_points(connection, number, one)


def _move_aside(folder: Path) -> None:
    aside = time.strftime("library.set-aside-%Y-%m-%d-%H%M%S.sqlite", time.gmtime())
    for end in ("", "-wal", "-shm"):
        if (folder / f"{schema.FILE}{end}").exists():
            os.replace(folder / f"{schema.FILE}{end}", folder / f"{aside}{end}")


def _take_in(library: Library, path: Path) -> int:
    made, checkpoint_step = _left(path)
    row = _row(made, path, checkpoint_step)
    wanted = number_of(path)
    with library.transaction() as connection:
        taken = connection.execute("SELECT 1 FROM runs WHERE id = ?", (wanted,)).fetchone()
        if wanted is not None and taken is None:
            row["id"] = wanted
        marks = ", ".join("?" * len(row))
        names = ", ".join(row)
        number = connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", tuple(row.values())).lastrowid or 0
        samples = torch.zeros((0, *made.shape), dtype=torch.uint8) if made.samples is None else made.samples
        picture = thumbnail(made.model(), samples) if len(samples) else None
        connection.execute("INSERT INTO pictures VALUES (?, ?, ?)", (number, picture, pack_samples(samples)))
        _write(connection, number, made.curves)
        kept_epochs.write(connection, number, row["step"], made.kept_epoch)
    return number


def _left(path: Path) -> tuple[ModelFile, int | None]:
    """What a run has left, and the step of its newest checkpoint. Raises StudioError where all of it is damaged."""
    kept = CheckpointFolder(path)
    newest = kept.newest_step()
    if (path / MODEL).is_file():
        return model_file.load(path / MODEL), newest
    found = kept.newest()
    if found is None:
        raise LibraryError("{path} holds neither a model nor a checkpoint.", path=path)
    one = found.checkpoint
    about = {"steps": f"{one.position.step:,}", "data fingerprint": one.fingerprint}
    return ModelFile(one.run, one.shape, one.weights, {}, one.depth, facts=about), newest


def _row(made: ModelFile, path: Path, checkpoint_step: int | None) -> dict[str, Any]:
    """As `begin` and the recorder would have written it, from what the files say."""
    run, curves = made.run, made.curves
    last = curves.evaluations[-1] if curves.evaluations else None
    steps = made.facts.get("steps", "0").replace(",", "")
    step = int(steps) if steps.isdecimal() else 0
    held_out = [one for one in curves.held_out() if one.step == step]
    settings = run.to_json()
    done = last is not None and last.epoch >= run.epochs
    return {
        "folder": path.name,
        "title": run.title,
        "state": "completed" if done else "stopped",
        "created": _began(path),
        "updated": path.stat().st_mtime,
        "run": settings,
        "began_with": settings,
        "data": type(run.data).title,
        "network": type(run.network).title,
        "variant": variant(run),
        "seed": run.seed,
        "fingerprint": made.facts.get("data fingerprint", ""),
        "shape": json.dumps(made.shape),
        "device": made.facts.get("trained on", ""),
        "parameters": sum(parameter.numel() for parameter in made.model().module.parameters()),
        "step": step,
        "steps": step,
        "epoch": last.epoch if last else 0,
        "depth": made.depth,
        "objective": held_out[-1].objective if held_out else None,
        "psnr": made.scores.get("psnr"),
        "scores": json.dumps(dict(made.scores)),
        "checkpoint_step": checkpoint_step,
        "checkpoint_bytes": CheckpointFolder(path).size(),
    }


def _began(path: Path) -> float:
    """When a run began, by the name of its folder, `2026-01-31-235959-a1b2c3`; else when the folder was changed."""
    try:
        return float(timegm(time.strptime(path.name[:17], "%Y-%m-%d-%H%M%S")))
    except ValueError:
        return path.stat().st_mtime
