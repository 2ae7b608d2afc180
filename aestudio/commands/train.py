"""`aestudio train`: the loop with progress bars, or one JSON event a line."""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aestudio.core import compute, recipes
from aestudio.core.controls import Controls
from aestudio.core.data.paths import data_from_path
from aestudio.core.dataset import Data, Dataset
from aestudio.core.errors import RunError
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
    dataset = run.data.load(reader.loading)
    run.check(dataset.shape)
    controls = Controls()
    with _until_interrupted(controls), reader, _Metrics(out) as metrics:
        finished = None
        for event in fit(run, dataset, controls, where):
            metrics.read(event)
            if isinstance(event, Finished):
                finished = event
                for saved in _save(out, event, dataset, metrics):
                    reader.read(saved)
            reader.read(event)
    if finished is None or finished.reason == "failed":
        print(f"aestudio: {finished.error if finished else 'Training ended without a word.'}", file=sys.stderr)
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
        run = run.with_value(path.strip(), _value(value.strip()))
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
    raise RunError(f"There is no data source or path {wanted!r}; the sources are {', '.join(kinds)}.")


def _value(text: str) -> Any:
    """As TOML reads it; `256,64` is a list; a bare word is itself."""
    for candidate in (text, f"[{text}]" if "," in text else text):
        try:
            return tomllib.loads(f"value = {candidate}")["value"]
        except tomllib.TOMLDecodeError:
            continue
    return text


# -- what comes out ----------------------------------------------------------------------------------------------------


def _folder(name: str) -> Path:
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "metrics.csv").touch()
    except OSError as error:
        raise RunError(f"The folder {name!r} cannot be written to: {error.strerror or error}.") from error
    return folder


class _Metrics:
    """metrics.csv, a row as soon as it is known, so that a run that is killed leaves its curves."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "metrics.csv" if folder else None
        self._file: IO[str] | None = None
        self._rows: csv.DictWriter[str] | None = None
        self.scores: dict[str, float] = {}

    def __enter__(self) -> _Metrics:
        self._file = self._path.open("w", newline="", encoding="utf-8") if self._path else None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def read(self, event: Event) -> None:
        if not isinstance(event, Evaluated):
            return
        if event.split == "held-out":
            self.scores = event.scores
        if self._file is None:
            return
        if self._rows is None:
            names = ["step", "epoch", "split", *event.terms, "objective", *event.scores]
            self._rows = csv.DictWriter(self._file, names, restval="")
            self._rows.writeheader()
        place = {"step": event.step, "epoch": event.epoch, "split": event.split}
        self._rows.writerow({**place, **event.terms, "objective": event.objective, **event.scores})
        self._file.flush()


def _save(out: Path | None, finished: Finished, dataset: Dataset, metrics: _Metrics) -> Iterator[Saved]:
    """The model and its run, and the metrics that have been written all along."""
    if out is None or finished.run is None or finished.weights is None:
        return
    model, settings = out / "model.safetensors", out / "run.toml"
    ModelFile(finished.run, dataset.shape, finished.weights, metrics.scores).save(model)
    settings.write_text(finished.run.to_toml(), encoding="utf-8")
    for path in (model, settings, out / "metrics.csv"):
        yield Saved(str(path))


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
        self._console = Console()
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[said]}"),
            TimeRemainingColumn(compact=True),
            console=self._console,
        )
        self._task = self._progress.add_task("Loading", total=None, said="")

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def loading(self, doing: str, fraction: float | None) -> None:
        self._progress.start()
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
                said = f"epoch {event.epoch:.1f}/{event.epochs} · loss {objective:.4g} · {event.samples_per_second:,.0f} images/s"
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
                self._console.print(f"Wrote {event.path}", highlight=False)
            case Finished():
                self._console.print(f"{event.reason.capitalize()} after {event.step} steps.")
            case _:
                pass
