"""Writes a training into the library while it goes on. It reads the same stream as everybody, and keeps checkpoints."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from filelock import BaseFileLock, FileLock, Timeout

from aestudio.core import checkpoint, compute
from aestudio.core.autoencoder import Model
from aestudio.core.checkpoint import DEFAULT, Checkpoint, Due, Every
from aestudio.core.dataset import Dataset
from aestudio.core.errors import LibraryError, StudioError, reason
from aestudio.core.events import Evaluated, Event, Finished, Progress, Saved, Started, Warned
from aestudio.core.library.catalogue import (
    LOCK,
    MODEL,
    Library,
    facts,
    pack_samples,
    pack_terms,
    unpack_terms,
)
from aestudio.core.library.summary import variant
from aestudio.core.library.thumbnail import thumbnail
from aestudio.core.model_file import ModelFile, some_samples
from aestudio.core.run import Run

FLUSH_SECONDS = 1.0
"""A crash may cost the points since the last checkpoint at most; they are written this often for others to read."""
PICTURE_SECONDS = 60.0
"""Between two thumbnails of a run that is training."""


class Recorder:
    """One training's place in the library: `for event in recorder.record(fit(…, keeper=recorder))`.

    A disk that will not take it is told once, as a Warned, and tried again; the training goes on. Belongs to the thread
    that its Library belongs to.
    """

    def __init__(
        self,
        library: Library,
        number: int,
        lock: BaseFileLock,
        dataset: Dataset,
        every: Every,
        resume: Checkpoint | None = None,
    ) -> None:
        """`begin` and `go_on` make one."""
        self.number = number
        self.resume = resume
        """Where the training goes on from; None for a new one."""
        self.warnings: list[str] = []
        self._library = library
        self._files = library.files(number)
        self._lock = lock
        self._checkpoints = checkpoint.Folder(self._files)
        self._due = Due(every, begun=resume is not None)
        self._samples = some_samples(dataset.held_out.images)
        self._progress: list[Progress] = []
        self._evaluations: list[Evaluated] = []
        self._row: dict[str, Any] = {}
        self._flushed = self._pictured = time.monotonic()
        self._seconds, self._since = 0.0, time.monotonic()
        self._model: Model | None = None
        self._in_trouble = False

    # -- the stream ----------------------------------------------------------------------------------------------------

    def record(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, with what the library has to say in between; the last is still Finished."""
        try:
            for event in events:
                yield from self._read(event)
                yield from (Warned(words) for words in self._take_warnings())
                yield replace(event, number=self.number) if isinstance(event, Started) else event
        finally:
            self.close()

    def _read(self, event: Event) -> Iterator[Event]:
        match event:
            case Started():
                self._row |= {
                    "device": event.device,
                    "parameters": event.parameters,
                    "steps": event.steps,
                    "step": event.resumed_at,
                }
                self._flush()
            case Progress():
                self._progress.append(event)
                step = event.first_step + len(event.terms) - 1
                self._row |= {"step": step, "epoch": event.epoch}
                if time.monotonic() - self._flushed >= FLUSH_SECONDS:
                    self._flush()
            case Evaluated():
                self._evaluations.append(event)
                if event.split == "held-out":
                    self._row |= {
                        "objective": event.objective,
                        "psnr": event.scores.get("psnr"),
                        "scores": json.dumps(event.scores),
                    }
            case Finished():
                yield from self._finish(event)
            case _:
                pass

    def _take_warnings(self) -> list[str]:
        taken, self.warnings = self.warnings, []
        return taken

    def _flush(self) -> None:
        """Writes what was heard since the last time, all or nothing; what could not be written is tried again."""
        self._flushed = time.monotonic()
        self._seconds, self._since = self._seconds + self._flushed - self._since, self._flushed
        row = self._row | {"updated": time.time()}
        try:
            with self._library.transaction() as connection:
                for progress in _joined(self._progress):
                    _insert_points(connection, self.number, progress)
                connection.executemany(
                    "INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            self.number,
                            e.step,
                            e.epoch,
                            e.split,
                            e.phase,
                            *map(json.dumps, (e.terms, e.weighted, e.scores)),
                        )
                        for e in self._evaluations
                    ],
                )
                names = ", ".join(f"{name} = ?" for name in row)
                connection.execute(
                    f"UPDATE runs SET {names}, seconds = seconds + ? WHERE id = ?",
                    (*row.values(), self._seconds, self.number),
                )
        except LibraryError as error:
            if not self._in_trouble:
                self.warnings.append(f"{error} Training goes on; what was not written is tried again.")
            self._in_trouble = True
            return
        self._in_trouble = False
        self._progress, self._evaluations, self._row, self._seconds = [], [], {}, 0.0

    def _finish(self, event: Finished) -> Iterator[Event]:
        """The model, the last picture, and how it ended. Whatever goes wrong, the run does not stay `training`."""
        self._row |= {"state": event.reason, "error": event.error, "step": event.step, "depth": event.depth}
        if event.run is not None:
            self._row["run"] = event.run.to_json()
        self._flush()
        if event.run is None or event.weights is None:
            return
        try:
            row = self._library.summary(self.number)
            curves = self._library.curves(self.number)
            held_out = curves.held_out()
            ModelFile(
                event.run.model_copy(update={"title": row.title}),
                row.shape,
                event.weights,
                held_out[-1].scores if held_out else {},
                event.depth,
                self._samples,
                curves,
                facts(row.device, row.machine, event.run, row.fingerprint, event.step, row.updated),
            ).save(self._files / MODEL)
            yield Saved(str(self._files / MODEL), "model")
            self._picture(Model(event.run, row.shape, event.weights, event.depth))
        except StudioError as error:
            self.warnings.append(str(error))

    def _picture(self, model: Model) -> None:
        with self._library.transaction() as connection:
            picture = thumbnail(model, self._samples)
            connection.execute("UPDATE pictures SET thumbnail = ? WHERE run = ?", (picture, self.number))
        self._pictured = time.monotonic()

    def close(self) -> None:
        """Lets go of the run; harmless the second time."""
        self._lock.release()

    # -- checkpoints: what the loop's Keeper does ----------------------------------------------------------------------

    def due(self, epoch: int) -> bool:
        return self._due(epoch)

    def keep(self, made: Checkpoint) -> Path:
        """The points first: after a crash there may be more of them than the checkpoint has seen, never fewer."""
        first = not self._checkpoints.files()
        self._due.taken()
        self._row["run"] = made.run.to_json()
        self._flush()
        path = self._checkpoints.keep(made)
        self._library.write([self.number], checkpoint_step=made.place.step, checkpoint_bytes=self._checkpoints.size())
        words = self._library.make_room(keep=self.number)
        if words:
            self.warnings.append(words)
        if not first and time.monotonic() - self._pictured >= PICTURE_SECONDS:
            self._picture(self._snapshot(made))
        return path

    def _snapshot(self, made: Checkpoint) -> Model:
        if self._model is None:
            self._model = Model(made.run, made.shape, made.weights)
        self._model.load(made.weights)
        self._model.run, self._model.depth = made.run, made.depth or self._model.module.depth
        return self._model


# -- how a recording starts --------------------------------------------------------------------------------------------


def begin(
    library: Library, run: Run, dataset: Dataset, *, parent: int | None = None, every: Every = DEFAULT
) -> Recorder:
    """A new run in the library, which `parent` is trained again in. Raises LibraryError."""
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
    lock = _hold(library.folder / "runs" / folder)  # before anybody can see the run and find nobody training it
    try:
        with library.transaction() as connection:
            marks = ", ".join("?" * len(row))
            made = connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
            number = int(made.lastrowid or 0)
            samples = pack_samples(some_samples(dataset.held_out.images))
            connection.execute("INSERT INTO pictures (run, samples) VALUES (?, ?)", (number, samples))
        return Recorder(library, number, lock, dataset, every)
    except BaseException:
        lock.release()
        raise


def go_on(
    library: Library, number: int, dataset: Dataset, run: Run | None = None, *, every: Every = DEFAULT
) -> Recorder:
    """A run of the library, from its newest checkpoint that is whole; what came after it is forgotten.

    `run` changes live knobs or the number of epochs. Where newer checkpoints were damaged, `recorder.warnings` says so.
    Raises: LibraryError, CheckpointError or RunError where it cannot go on.
    """
    files = library.files(number)
    lock = _hold(files)
    try:
        found = library.newest_checkpoint(number)
        if found is None:
            raise LibraryError(
                f"The run “{library.summary(number).title}” has no checkpoint to continue from; train it again instead."
            )
        kept = found.checkpoint if run is None else checkpoint.with_run(found.checkpoint, run)
        _rewind(library, number, kept.place.step)
        checkpoint.Folder(files).forget_after(kept.place.step)
        library.write([number], state="training", error="", trashed=None, checkpoint_step=kept.place.step)
        recorder = Recorder(library, number, lock, dataset, every, kept)
    except BaseException:
        lock.release()
        raise
    if found.damaged:
        recorder.warnings.append(
            f"{' '.join(found.damaged)} The training goes on from the one before, at step {kept.place.step:,}."
        )
    return recorder


def _hold(files: Path) -> BaseFileLock:
    """A run's folder, taken for one training; the system lets go of it however the program ends."""
    lock = FileLock(files / LOCK)
    try:
        files.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout as error:
        raise LibraryError("This run is training in another window or program; it can go on in one only.") from error
    except OSError as error:
        raise LibraryError(f"The run library's {files} cannot be written to: {reason(error)}") from error
    return lock


def _rewind(library: Library, number: int, step: int) -> None:
    """Forgets the points and scores after a step."""
    with library.transaction() as connection:
        connection.execute("DELETE FROM points WHERE run = ? AND first_step > ?", (number, step))
        connection.execute("DELETE FROM evaluations WHERE run = ? AND step > ?", (number, step))
        last = connection.execute(
            "SELECT first_step, names, terms FROM points WHERE run = ? ORDER BY first_step DESC LIMIT 1", (number,)
        ).fetchone()
        if last is not None:
            terms = unpack_terms(last["terms"], len(json.loads(last["names"])))[: step + 1 - last["first_step"]]
            connection.execute(
                "UPDATE points SET terms = ? WHERE run = ? AND first_step = ?",
                (pack_terms(terms), number, last["first_step"]),
            )


def _joined(told: list[Progress]) -> Iterator[Progress]:
    """Progress of one phase as one: fewer rows."""
    for _, group in groupby(told, lambda progress: progress.phase):
        several = list(group)
        terms = np.concatenate([one.terms for one in several])
        yield replace(several[0], terms=terms, weights=np.concatenate([one.weights for one in several]))


def _insert_points(connection: sqlite3.Connection, number: int, progress: Progress) -> None:
    """A row for every stretch of steps with the same weights."""
    same = np.all(progress.weights[1:] == progress.weights[:-1], axis=1) if len(progress.weights) > 1 else np.zeros(0)
    starts = [0, *(np.flatnonzero(~same.astype(bool)) + 1).tolist(), len(progress.terms)]
    for start, end in pairwise(starts):
        connection.execute(
            "INSERT INTO points VALUES (?, ?, ?, ?, ?, ?)",
            (
                number,
                progress.first_step + start,
                progress.phase,
                json.dumps(progress.names),
                json.dumps(progress.weights[start].tolist()),
                pack_terms(progress.terms[start:end]),
            ),
        )
