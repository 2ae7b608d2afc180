"""`aestudio train`: the loop with progress bars, or one JSON event a line."""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, get_origin

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aestudio.core import atomic, compute, recipes
from aestudio.core.controls import Controls
from aestudio.core.data.paths import data_from_path
from aestudio.core.dataset import Data, Dataset, Shape
from aestudio.core.errors import ModelFileError, RunError, near, reason
from aestudio.core.events import Evaluated, Event, Finished, Saved, Started, as_json
from aestudio.core.events import Progress as Steps
from aestudio.core.fit import fit
from aestudio.core.model_file import ModelFile
from aestudio.core.run import Run
from aestudio.core.slots import options

OK, FAILED, INTERRUPTED = 0, 1, 130


def train(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 completed, 1 failed while training, 130 stopped by Ctrl-C.

    Raises: StudioError for bad input, before training.
    """
    run = _run(chosen)
    where = compute.choose(chosen.device)
    out = _folder(chosen.out) if chosen.out else None
    reader = _JsonLines() if chosen.json else _Bars()
    controls = Controls()
    finished = Finished("failed", 0, "Training ended without a word.")
    with reader:
        dataset = run.data.load(reader.loading)
        run.check(dataset.shape)
        with _until_interrupted(controls), _Metrics(out) as metrics:
            for event in fit(run, dataset, controls, where):
                metrics.read(event)
                if metrics.trouble:
                    controls.stop()
                if isinstance(event, Finished):
                    event = finished = _save(out, event, dataset, metrics, reader)
                reader.read(event)
    if finished.reason == "failed":
        print(f"aestudio: {finished.error}", file=sys.stderr)
        return FAILED
    return INTERRUPTED if finished.reason == "stopped" else OK


# -- what to train -----------------------------------------------------------------------------------------------------


def _run(chosen: argparse.Namespace) -> Run:
    run = recipes.find(chosen.recipe).run()
    if chosen.data is not None:
        run = run.with_value("data", _data(chosen.data, run))
    for setting in chosen.settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise RunError(f"--set takes slot.field=value, and {setting!r} has no equals sign.")
        run = run.with_value(path.strip(), _value(value.strip(), run, path.strip()))
    if chosen.epochs is not None:
        run = run.with_value("epochs", chosen.epochs)
        if run.schedule.kind == "greedy":
            run = run.with_value("schedule.layer_epochs", chosen.epochs)
    return run


def _data(wanted: str, run: Run) -> Data:
    if wanted == run.data.kind:
        return run.data
    kinds = options(Data)
    if wanted in kinds:
        return kinds[wanted]()
    if Path(wanted).exists():
        return data_from_path(Path(wanted))
    raise RunError(f"There is no data source or path {wanted!r}; {near(wanted, kinds)}")


def _value(text: str, run: Run, path: str) -> Any:
    """As TOML reads it; `256,64` is a list, and so is `256` where the setting is one; a bare word is itself."""
    value: Any = text
    for candidate in (text, f"[{text}]" if "," in text else text):
        try:
            value = tomllib.loads(f"value = {candidate}")["value"]
            break
        except tomllib.TOMLDecodeError:
            continue
    with suppress(RunError):  # a setting that is not there yet: with_value has the sentence
        if get_origin(run.knob(path).type) is tuple and not isinstance(value, list):
            return [value]
    return value


# -- what comes out ----------------------------------------------------------------------------------------------------


def _folder(name: str) -> Path:
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "metrics.csv").touch()
    except OSError as error:
        raise RunError(f"The folder {name!r} cannot be written to: {reason(error)}") from error
    return folder


class _Metrics:
    """metrics.csv, a row as soon as it is known, so that a run that is killed leaves its curves."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "metrics.csv" if folder else None
        self._file: IO[str] | None = None
        self._rows: csv.DictWriter[str] | None = None
        self.scores: dict[str, float] = {}
        self.phase = ""
        self.trouble = ""
        """Why a row could not be written, in words."""

    def __enter__(self) -> _Metrics:
        self._file = self._path.open("w", newline="", encoding="utf-8") if self._path else None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            with suppress(OSError):  # every row has been flushed, or `trouble` says why not
                self._file.close()

    def read(self, event: Event) -> None:
        if not isinstance(event, Evaluated):
            return
        if event.split == "held-out":
            self.scores, self.phase = event.scores, event.phase
        if self._file is None or self.trouble:
            return
        try:
            self._write(self._file, event)
        except OSError as error:
            self.trouble = f"{self._path} could not be written: {reason(error)} Free some space and train again."

    def _write(self, file: IO[str], event: Evaluated) -> None:
        if self._rows is None:
            names = ["step", "epoch", "split", *event.terms, "objective", *event.scores]
            self._rows = csv.DictWriter(file, names, restval="")
            self._rows.writeheader()
        place = {"step": event.step, "epoch": event.epoch, "split": event.split}
        self._rows.writerow({**place, **event.terms, "objective": event.objective, **event.scores})
        file.flush()


def _save(
    out: Path | None, finished: Finished, dataset: Dataset, metrics: _Metrics, reader: _JsonLines | _Bars
) -> Finished:
    """Writes the model and its run beside the metrics; where that does not work, the run becomes a failed one."""
    if out is None or finished.run is None or finished.weights is None:
        return finished
    model, settings, trouble = out / "model.safetensors", out / "run.toml", metrics.trouble
    depth = _trained_depth(finished.run, dataset.shape, metrics.phase)
    try:
        ModelFile(finished.run, dataset.shape, finished.weights, metrics.scores, depth).save(model)
        reader.read(Saved(str(model)))
        atomic.write_text(settings, finished.run.to_toml())
        reader.read(Saved(str(settings)))
    except ModelFileError as error:
        trouble = str(error)
    except BrokenPipeError:  # the reader's, not the disk's
        raise
    except OSError as error:
        trouble = f"{settings} could not be written: {reason(error)}"
    if trouble:
        return replace(finished, reason="failed", error=finished.error or trouble)
    reader.read(Saved(str(out / "metrics.csv")))
    return finished


def _trained_depth(run: Run, shape: Shape, phase: str) -> int | None:
    """Layers that have been trained when a run ends in this phase; None for all."""
    stages = len(run.check(shape))
    last = next((p.span.last for p in run.schedule.phases(run.epochs, stages) if p.name == phase), stages)
    return last if last < stages else None


@contextmanager
def _until_interrupted(controls: Controls) -> Iterator[None]:
    """The first Ctrl-C ends training after the running step; a second one ends the program."""

    def stop(*_: object) -> None:
        controls.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# -- readers of the stream ---------------------------------------------------------------------------------------------


class _JsonLines:
    """One event a line on standard output."""

    def __enter__(self) -> _JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()

    def loading(self, _doing: str, _fraction: float | None) -> None:
        """Loading says nothing here: standard output holds events only."""

    def read(self, event: Event) -> None:
        print(json.dumps(as_json(event), ensure_ascii=False), flush=True)


class _Bars:
    """A progress bar, and a line for every epoch."""

    def __init__(self) -> None:
        # What is printed holds titles and paths of the person's: nothing in them is markup.
        self._console = Console(markup=False, emoji=False, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(),
            TextColumn("{task.fields[said]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=self._console,
        )
        self._task = self._progress.add_task("Loading", total=None, said="")
        self._saved = False

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def loading(self, doing: str, fraction: float | None) -> None:
        done = None if fraction is None else fraction * 100
        self._progress.update(self._task, description=doing, total=None if done is None else 100, completed=done)

    def read(self, event: Event) -> None:
        match event:
            case Started():
                self._console.print(
                    f"{event.run.title} · {event.run.data.title} · {event.device} · {event.parameters:,} parameters"
                )
                for note in event.notes:
                    self._console.print(note)
                self._progress.reset(self._task, total=event.steps, description=event.phases[0], said="")
            case Steps():
                objective = float(event.weighted[-1].sum())
                speed = f"{event.samples_per_second:,.0f} images/s"
                said = f"epoch {event.epoch:.1f}/{event.epochs} · loss {objective:.4g} · {speed}"
                done = event.first_step + len(event.terms) - 1
                self._progress.update(self._task, completed=done, description=event.phase, said=said)
            case Evaluated(split="held-out"):
                terms = " · ".join(f"{name} {value:.4g}" for name, value in event.terms.items())
                psnr, mean = event.scores["psnr"], event.scores["mean_activation"]
                self._console.print(
                    f"epoch {event.epoch} held out: {terms} · PSNR {psnr:.2f} dB · mean activation {mean:.3f}",
                    highlight=False,
                )
            case Saved():
                self._saved = True
                self._console.print(f"Wrote {event.path}", highlight=False)
            case Finished():
                self._progress.stop()
                self._console.print(f"{event.reason.capitalize()} after {event.step} steps.")
                if not self._saved and event.reason != "failed":
                    self._console.print("Nothing was saved; --out DIR keeps the model and its metrics.")
            case _:
                pass
