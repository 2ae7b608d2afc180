"""Writes a training into the library while it goes on. It reads the same stream as everybody, and keeps checkpoints."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import BaseFileLock

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import LibraryError, StudioError, is_full
from aestudio.core.ground.texts import say
from aestudio.core.library import kept_epochs
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.changes import insert_changes
from aestudio.core.library.learned import facts
from aestudio.core.library.moments import Diary, thin_others
from aestudio.core.library.points import insert_points, insert_scores, joined
from aestudio.core.library.thumbnail import thumbnail
from aestudio.core.library.unforeseen import in_words
from aestudio.core.model.model_file import ModelFile, of_epoch, some_samples
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Evaluated, Event, Finished, Held, Progress, Saved, Started, Warned
from aestudio.core.run.history import Curves
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from aestudio.core.training.every import Due, Every

FLUSH_SECONDS = 1.0
"""A crash may cost the points since the last checkpoint at most; they are written this often for others to read."""
WORTH_WAITING = 20
"""How much longer than writing took the next writing waits at least."""
NOT_SCORED: dict[str, Any] = {"objective": None, "psnr": None, "scores": "{}"}
"""Of a run whose model as it is nobody has scored."""
POINTS, CHECKPOINT = "points", "checkpoint"
"""What may be in trouble."""
PICTURE_SECONDS = 60.0
"""Between two thumbnails of a run that is training."""


class Recorder:
    """One training's place in the library: `for event in recorder.record(fit(…, keeper=recorder))`.

    A disk that will not take it is told once for each cause, as a Warned, and tried again; the training goes on.
    Belongs to the thread that its Library belongs to.
    """

    def __init__(
        self,
        library: Library,
        number: int,
        lock: BaseFileLock,
        dataset: Dataset,
        every: Every,
        diary: Diary,
        resume: Checkpoint | None = None,
        scored: int = 0,
    ) -> None:
        """`beginning` makes one; the scores that the run has already are of the step `scored`."""
        self.number = number
        self.resume = resume
        """Where the training goes on from; None for a new one."""
        self.diary = diary
        """Moments to go back to, and what was changed between them."""
        self.warnings: list[str] = []
        self._library = library
        self._files = library.files(number)
        self._lock = lock
        self._checkpoints = CheckpointFolder(self._files)
        self._due = Due(every, begun=resume is not None)
        self._samples = some_samples(dataset.held_out.images)
        self._progress: list[Progress] = []
        self._evaluations: list[Evaluated] = []
        self._row: dict[str, Any] = {}
        self._scored = scored
        self._pictured = self._since = time.monotonic()
        self._flush_at = self._pictured + FLUSH_SECONDS
        self._seconds = 0.0
        self._holds = False
        """It is paused, which is no time spent training, until more is said."""
        self._model: Model | None = None
        self._trouble: dict[str, str] = {}
        """Why points or checkpoints cannot be written now, by which of them it is; told already."""
        self._over_budget = False
        self._in_place = False
        """The model file is written."""
        self._ended_at = 0
        self._kept_epoch: int | None = None
        """Which epoch's weights are kept, where they are not the newest."""
        self._unkept = ""
        """Why the model is not in its place."""

    # -- the stream ----------------------------------------------------------------------------------------------------

    def record(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, with what the library has to say in between; the last is still Finished."""
        try:
            for event in events:
                try:
                    yield from self._read(event)
                except Exception as error:  # whatever it is, the training goes on, and its last event is told
                    self._tell_unforeseen(error, event)
                if isinstance(event, Started):  # the first that is said, whatever there is to warn of
                    yield replace(event, number=self.number)
                yield from (Warned(words) for words in self._take_warnings())
                if isinstance(event, Finished):
                    yield replace(event, unkept=self._unkept)
                elif not isinstance(event, Started):
                    yield event
        finally:
            self.close()

    def _tell_unforeseen(self, error: Exception, event: Event) -> None:
        match event:
            case Finished(weights=dict(), step=step) if not self._in_place and self._checkpoints.newest_step() != step:
                self._unkept = str(in_words(error))
            case _:
                self.warnings.append(str(in_words(error)))

    def catch_up(self, heard: Iterable[Event]) -> None:
        """What was said before the library could be written to."""
        for event in heard:
            for _ in self._read(event):
                pass

    def _read(self, event: Event) -> Iterator[Event]:
        self._count()
        self._holds = isinstance(event, Held)
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
                if time.monotonic() >= self._flush_at:
                    self._flush()
            case Evaluated():
                self._evaluations.append(event)
                if event.split == "held-out" and event.step:  # an untrained network lends nobody its scores
                    self._scored = event.step
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
        """Writes what was heard since the last time; what could not be written is tried again."""
        try:
            self.diary.with_room(self._write)
        except LibraryError as error:
            self._tell_trouble(error)
        except Exception as error:  # the model is written all the same
            self._tell_trouble(LibraryError(in_words(error)))

    def _tell_trouble(self, error: StudioError) -> None:
        """Once for each cause, until it is over."""
        if self._is_news(error, POINTS):
            self.warnings.append(say("{error} Training goes on; what was not written is tried again.", error=error))

    def _is_news(self, error: StudioError, what: str) -> bool:
        why = "full" if is_full(error.__cause__) else str(error.text.values.get("reason", error))
        news = why not in self._trouble.values()
        self._trouble[what] = why
        return news

    def _write(self) -> None:
        """What was heard since the last time, all or nothing. Raises LibraryError."""
        began = self._count()
        row = self._row | {"updated": time.time()}
        try:
            with self._library.transaction() as connection:
                for progress in joined(self._progress):
                    insert_points(connection, self.number, progress)
                insert_scores(connection, self.number, self._evaluations)
                insert_changes(connection, self.number, self.diary.changes)
                kept_epochs.write(connection, self.number, self._ended_at, self._kept_epoch)
                names = ", ".join(f"{name} = ?" for name in row)
                connection.execute(
                    f"UPDATE runs SET {names}, seconds = seconds + ? WHERE id = ?",
                    (*row.values(), self._seconds, self.number),
                )
        finally:
            # A database that another program has locked is waited for; most of the time is for training all the same.
            ended = time.monotonic()
            self._flush_at = ended + max(FLUSH_SECONDS, WORTH_WAITING * (ended - began))
        self._trouble.pop(POINTS, None)
        self._progress, self._evaluations, self._row, self._seconds = [], [], {}, 0.0
        self.diary.changes = []

    def _count(self) -> float:
        """Adds what has gone by to the time spent. What time it is now."""
        now = time.monotonic()
        if not self._holds:
            self._seconds += now - self._since
        self._since = now
        return now

    def _finish(self, event: Finished) -> Iterator[Event]:
        """The model, the last picture, and how it ended. Whatever goes wrong, the run does not stay `training`."""
        self._row |= {"state": event.reason, "error": event.error, "step": event.step, "depth": event.depth}
        if event.step != self._scored:
            self._row |= NOT_SCORED
        if event.run is not None:
            self._row["run"] = event.run.to_json()
        self._ended_at, self._kept_epoch = event.step, event.kept_epoch
        self._flush()
        if event.run is None or event.weights is None:
            return
        channels, height, width = self._samples.shape[1:]
        shape = (channels, height, width)
        title, curves, about = event.run.title, Curves(), facts("", "", event.run, "", event.step, time.time())
        try:
            row, curves = self._library.summary(self.number), self._library.curves(self.number)
            title = row.title
            about = facts(row.device, row.machine, event.run, row.fingerprint, event.step, row.updated)
        except LibraryError as error:  # the weights are kept all the same
            self._tell_trouble(error)
        about |= of_epoch(event.kept_epoch)
        run, scores = event.run.model_copy(update={"title": title}), curves.scores_at(event.step)
        try:
            made = ModelFile(run, shape, event.weights, scores, event.depth, self._samples, curves, about)
            self.diary.with_room(lambda: made.save(self._files / MODEL))
            self._in_place = True
            yield Saved(str(self._files / MODEL), "model")
        except StudioError as error:
            if self._checkpoints.newest_step() == event.step:  # which has the same weights
                self.warnings.append(str(error))
            else:
                self._unkept = str(error)
        self._picture(lambda: Model(run, shape, event.weights or {}, event.depth))
        try:
            thin_others(self._library, self.number)
        except LibraryError as error:
            self._tell_trouble(error)

    def _picture(self, model: Callable[[], Model]) -> None:
        """Whatever goes wrong, it is a picture only."""
        self._pictured = time.monotonic()
        try:
            picture = thumbnail(model(), self._samples)
            with self._library.transaction() as connection:
                connection.execute("UPDATE pictures SET thumbnail = ? WHERE run = ?", (picture, self.number))
        except LibraryError as error:
            self._tell_trouble(error)
        except Exception as error:
            self.warnings.append(
                say(
                    "No picture of this run could be made ({kind}: {error}).",
                    kind=type(error).__name__,
                    error=error,
                )
            )

    def close(self) -> None:
        """Lets go of the run; harmless the second time."""
        self._lock.release()

    # -- checkpoints: what the loop's Keeper does ----------------------------------------------------------------------

    def due(self, epoch: int) -> bool:
        return self._due(epoch)

    def keep(self, made: Checkpoint) -> Path | None:
        """Raises StudioError and nothing else: no checkpoint is a reason to end a training."""
        try:
            path = self._keep(made)
            self._trouble.pop(CHECKPOINT, None)
            return path
        except StudioError as error:
            if self._is_news(error, CHECKPOINT):
                raise
            return None
        except Exception as error:
            raise LibraryError(in_words(error)) from error

    def _keep(self, made: Checkpoint) -> Path:
        """The points first, and nothing where they cannot be written: after a crash there may be more of them than the
        checkpoint has seen, never fewer.
        """
        first = not self._checkpoints.files()
        self._due.taken()
        self._row["run"] = made.run.to_json()
        self.diary.with_room(self._write)
        path = self.diary.with_room(lambda: self._checkpoints.keep(made))
        self._row |= {"checkpoint_step": made.position.step, "checkpoint_bytes": self._checkpoints.size()}
        self._flush()
        self._make_room()
        if not first and time.monotonic() - self._pictured >= PICTURE_SECONDS:
            self._picture(lambda: self._snapshot(made))
        return path

    def _make_room(self) -> None:
        try:
            words = self._library.make_room(keep=self.number)
        except LibraryError as error:
            self._tell_trouble(error)
            return
        if words and not self._over_budget:  # told once, until it is over
            self.warnings.append(words)
        self._over_budget = bool(words)

    def _snapshot(self, made: Checkpoint) -> Model:
        if self._model is None:
            self._model = Model(made.run, made.shape, made.weights)
        self._model.load(made.weights)
        self._model.run, self._model.depth = made.run, made.depth or self._model.module.depth
        return self._model
