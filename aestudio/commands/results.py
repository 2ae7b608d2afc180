"""What `--out DIR` gets: metrics.csv as the run goes on, then the model, its settings and every loss point."""

from __future__ import annotations

import csv
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import ModelFileError, RunError, reason
from aestudio.core.ground.texts import say
from aestudio.core.model.model_file import ModelFile, of_epoch, some_samples, where_from
from aestudio.core.run.events import Evaluated, Event, Finished, Saved, Started
from aestudio.core.run.history import CurveRecorder, Curves


def folder(name: str) -> Path:
    """The folder, which is made by Results. Raises RunError where it cannot be written to."""
    out = Path(name)
    try:
        with atomic.folder(out):
            probe = out / f".aestudio-{secrets.token_hex(8)}.part"
            probe.touch()
            probe.unlink()
    except OSError as error:
        raise RunError("The folder {name!r} cannot be written to: {reason}", name=name, reason=reason(error)) from error
    return out


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """The folder itself is locked, which leaves no file in it; the system lets go of it however the program ends.

    Raises: RunError where another training holds it.
    """
    if sys.platform == "win32":  # which locks no folders, but refuses to write into a file that is open
        yield
        return
    import fcntl

    handle = os.open(out, os.O_RDONLY)
    try:
        with suppress(OSError):  # a network drive without locks
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RunError(
                    "Another training is writing into the folder {name!r}; choose another one.", name=str(out)
                ) from error
        yield
    finally:
        os.close(handle)


class Results:
    """Reads a run's stream and writes files. A row of metrics.csv is written as soon as it is known, so that a run that
    is killed leaves its curves. A run that never begins leaves everything as it was.
    """

    def __init__(self, out: Path, dataset: Dataset, *, alone: bool = False) -> None:
        """`alone` where nothing else keeps the model."""
        self._out, self._dataset, self._alone = out, dataset, alone
        self._curves = CurveRecorder()
        self._file: IO[str] | None = None
        self._rows: csv.DictWriter[str] | None = None
        self._facts: dict[str, str] = {}
        """Where the model comes from; empty until a run begins."""
        self._claimed: list[str] = []
        """Scores that are measured from time to time."""
        self._held = ExitStack()
        self.trouble = ""
        """Why a row could not be written, in words."""

    def __enter__(self) -> Results:
        """Raises: RunError where another training writes into the folder."""
        path = self._out / "metrics.csv"
        with ExitStack() as held:
            try:
                held.enter_context(atomic.folder(self._out))
                held.enter_context(_alone_in(self._out))
                atomic.sweep(self._out)
                before = path.read_bytes() if path.is_file() else None
                atomic.write_bytes(path, b"")  # in the place of whatever lies there, a link to another file too
                held.callback(self._put_back, path, before)
                self._file = held.enter_context(path.open("a", newline="", encoding="utf-8"))
            except OSError as error:
                raise RunError("{path} cannot be written to: {reason}", path=path, reason=reason(error)) from error
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # every row has been flushed, or `trouble` says why not
            self._held.close()

    def _put_back(self, path: Path, before: bytes | None) -> None:
        """What lay there, where no run began."""
        if self._facts:
            return
        if before is None:
            path.unlink(missing_ok=True)
        else:
            atomic.write_bytes(path, before)

    def go_on(self, before: Curves) -> None:
        """What a training that goes on had said already."""
        self._curves = CurveRecorder(before)
        for event in before.evaluations:
            self._add_row(event)

    def read(self, event: Event) -> None:
        """Takes in one event; a disk that will not take its row is remembered as `trouble`."""
        self._curves.read(event)
        match event:
            case Started(run=run, device=device):
                self._facts = where_from(run, self._dataset, device)
                self._claimed = [name for claim in run.claims for name in claim.scores]
            case Evaluated():
                self._add_row(event)
            case _:
                pass

    def _add_row(self, event: Evaluated) -> None:
        if self._file is None or self.trouble:
            return
        try:
            self.write(self._file, event)
        except OSError as error:
            path = self._out / "metrics.csv"
            self.trouble = say(
                "{path} could not be written: {reason} Free some space and train again.",
                path=path,
                reason=reason(error),
            )

    def write(self, file: IO[str], event: Evaluated) -> None:
        """One more row of scores."""
        if self._rows is None:
            names = ["step", "epoch", "split", *event.terms, "objective", *event.scores, *self._claimed]
            self._rows = csv.DictWriter(file, list(dict.fromkeys(names)), restval="")
            self._rows.writeheader()
        place = {"step": event.step, "epoch": event.epoch, "split": event.split}
        self._rows.writerow({**place, **event.terms, "objective": event.objective, **event.scores})
        file.flush()

    def finish(self, finished: Finished) -> Iterator[Event]:
        """Writes the rest and tells what was written; then Finished, a failed one where something could not be."""
        if finished.run is None or finished.weights is None:
            yield finished
            return
        model, settings, points = (self._out / name for name in ("model.safetensors", "run.toml", "curves.csv"))
        curves = self._curves.curves()
        scores = curves.scores_at(finished.step)
        samples = some_samples(self._dataset.held_out.images)
        trouble, writing = self.trouble, model
        try:
            shape, run = self._dataset.shape, finished.run
            about = self._facts | {"steps": f"{finished.step:,}"} | of_epoch(finished.kept_epoch)
            made = ModelFile(run, shape, finished.weights, scores, finished.depth, samples, curves, about)
            made.save(model)
            yield Saved(str(model), "model")
            writing = settings
            atomic.write_text(settings, finished.run.to_toml())
            yield Saved(str(settings), "settings")
            writing = points
            atomic.write_text(points, curves.to_csv())
            yield Saved(str(points), "curves")
        except ModelFileError as error:
            trouble = str(error)
        except OSError as error:
            trouble = say("{writing} could not be written: {reason}", writing=writing, reason=reason(error))
        if writing != model:
            finished = replace(finished, unkept="")
        elif trouble and self._alone:
            finished = replace(finished, unkept=trouble)
        if trouble:
            yield replace(finished, reason="failed", error=finished.error or trouble)
            return
        yield Saved(str(self._out / "metrics.csv"), "curves")
        yield finished
