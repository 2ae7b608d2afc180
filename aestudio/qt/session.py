"""What the person wants and what goes on, without a single widget: intents in, signals out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.source import Data
from aestudio.core.ground import compute
from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.model.model_file import ModelFile, load, some_samples
from aestudio.core.model.trained import Model
from aestudio.core.probes.preview import probe_batch, shown
from aestudio.core.run import equation, recipes
from aestudio.core.run.events import Evaluated, Event, Finished, Held, Preview, Progress, Saved, Started, Warned
from aestudio.core.run.history import CurveRecorder, Curves
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Every, obstacle
from aestudio.qt.loader import Loader
from aestudio.qt.shelf import Shelf
from aestudio.qt.status import State, Status
from aestudio.qt.trainer import Trainer
from aestudio.qt.trial import Trial, preview_of, shape_of

T = TypeVar("T")


@dataclass(frozen=True)
class _Next:
    """Which place in the library the next training gets: a new run again, or an old one continued."""

    number: int | None = None
    parent: int | None = None
    waits: bool = False
    """It begins as soon as the data are there."""


class Session(QObject):
    """One person's work: a run, a data set, perhaps a training, perhaps a model."""

    run_changed = Signal(object)
    """Run: the settings, or a live one of them."""
    dataset_changed = Signal(object)
    """Dataset, or None while it loads or where it could not be loaded."""
    loading = Signal(str, float)
    """What is being loaded and the fraction done, negative where unknown."""
    status_changed = Signal(object)
    samples_changed = Signal(object, object)
    """Original and corrupted held-out images [N, C, H, W], before there is a model."""
    started = Signal(object)
    progressed = Signal(object)
    evaluated = Signal(object)
    previewed = Signal(object)
    tried = Signal(object)
    """Tried, or None where the person's image was put away."""
    held = Signal(int)
    """The training holds after this step."""
    finished = Signal(object)
    history = Signal(object)
    """Curves of what a run had said before: it goes on, or its model was opened."""
    library_changed = Signal()
    """A run in the library is not what it was."""
    failed = Signal(str)
    """A sentence for the person."""
    warned = Signal(str)
    """Something went wrong and the training goes on."""
    told = Signal(str)
    """Good news for the person."""

    def __init__(self, parent: QObject | None = None, *, device: str = "auto") -> None:
        super().__init__(parent)
        self.shelf = Shelf(self)
        self.shelf.failed.connect(self.failed)
        self.compute = compute.choose(device)
        self.run = Run()
        self.recipe_run = self.run
        """The recipe or opened model that the settings started from."""
        self.dataset: Dataset | None = None
        self.data_problem = ""
        """Why there is none, in words."""
        self.preview: Preview | None = None
        self.scores: dict[str, float] = {}
        self.facts: dict[str, str] = {}
        """Where the model that is shown comes from, in words by name."""
        self._curves = CurveRecorder()
        self._next = _Next()
        self._goes_on = False
        """The training under way is an old one continued."""
        self._kept: tuple[int, Run] | None = None
        """The run of the library that is shown: its number, and its settings at the end."""
        self._trainer = Trainer(self)
        self._trainer.said.connect(self._read)
        self._trainer.ended.connect(self._training_ended)
        self._state = State.READY
        self._status: Status | None = None
        self._loader = Loader(self)
        self._loader.said.connect(self.loading)
        self._loader.ended.connect(self._loading_ended)
        self._opened: ModelFile | None = None
        self._trial = Trial()
        self._image: tuple[str, NDArray[np.float32]] | None = None

    # -- what the person wants ---------------------------------------------------

    def choose_recipe(self, name: str) -> None:
        """Fills every slot from a recipe, data included."""
        try:
            run = recipes.find(name).run()
        except RunError as error:
            self.failed.emit(str(error))
            return
        if not self.status.running:
            self.recipe_run = run
            self._next = _Next()
        self.set_run(run)

    def set_run(self, run: Run) -> None:
        """Other settings, all at once."""
        if self.status.running:
            self.failed.emit("Stop the training before you change the recipe.")
            return
        if self._next.number is not None:  # what would have gone on is another run now
            self._next = _Next(parent=self._next.number)
        self._adopt(run)

    def _adopt(self, run: Run) -> None:
        other_data = run.data != self.run.data or self.dataset is None
        if self._opened is not None and run != self._opened.run:
            self._opened = None
        self.run = run
        self.run_changed.emit(run)
        if other_data:
            self._reload()
        else:
            self._show_samples()
        self._refresh()

    def choose_data(self, data: Data) -> None:
        """Another source of images."""
        self.set_run(self.run.with_value("data", data))

    def set_value(self, path: str, value: Any) -> None:
        """One setting changes. While training only live knobs may, and they take effect at the next step."""
        try:
            changed = self.run.with_value(path, value)
            if self.status.running and not changed.knob(path).live:
                raise RunError(f"{changed.knob(path).label} cannot change while training; stop the training first.")
            if self.dataset is not None and self.status.running:
                changed.check(self.dataset.shape)
        except RunError as error:
            self.failed.emit(str(error))
            self.run_changed.emit(self.run)
            return
        if changed == self.run:
            return
        if self.status.running:
            self._trainer.use(changed)
            self.run = changed
            self.run_changed.emit(changed)
        else:
            self.set_run(changed)

    def train(self) -> None:
        """Starts a training, or goes on with the one that is paused."""
        if self._state is State.PAUSED:
            self._trainer.resume()
            self._enter(State.TRAINING)
        elif self.status.can_train:
            self._begin(paused=False)
        elif self.status.problem:
            self.failed.emit(self.status.problem)

    def pause(self) -> None:
        """Holds the training, or goes on with it."""
        if self._state is State.PAUSED:
            self.train()
        elif self._state is State.TRAINING:
            self._trainer.pause()
            self._enter(State.PAUSED)

    def step(self) -> None:
        """One training step; starts a training that holds after it where none is under way."""
        if self._state is State.PAUSED:
            self._trainer.step()
        elif self.status.can_step:
            self._begin(paused=True)
            self._trainer.step()

    def stop(self) -> None:
        """Ends the training after the running step; the model stays."""
        if self.status.can_stop:
            self._trainer.stop()
            self._enter(State.STOPPING)

    def resample(self, units: Sequence[int]) -> None:
        """Draws hidden units anew before the next step, where a training is under way."""
        if not self.status.can_pause:
            self.failed.emit("Units are drawn anew while a training goes on; press Train or Continue first.")
            return
        self._trainer.resample(units)
        named = f"unit {units[0]}" if len(units) == 1 else f"{len(units)} units"
        self.told.emit(f"Gave {named} new weights; the optimiser forgot what it knew of them.")

    def cancel_loading(self) -> None:
        """Gives up on the data set that is being loaded."""
        self._loader.cancel()

    def close(self, seconds: float = 30) -> bool:
        """Stops everything that runs; False where something would not stop in time."""
        over = [self._loader.close(seconds), self._trainer.close(seconds)]
        self.shelf.close()
        return all(over)

    @property
    def every(self) -> Every:
        """How often checkpoints are taken, from the next training on."""
        return self._trainer.every

    @every.setter
    def every(self, every: Every) -> None:
        self._trainer.every = every

    # -- runs of the library ---------------------------------------------------

    @property
    def shown_number(self) -> int | None:
        """The run of the library that is shown, where it is one."""
        return self._kept[0] if self._kept else None

    def train_again(self, number: int) -> None:
        """A run's settings, to be changed and trained as a run of its own."""
        run = self._unless_training(self.shelf.run, number, "take other settings")
        if run is not None:
            self.recipe_run = run
            self.set_run(run)
            self._next = _Next(parent=number)
            self.told.emit(f"The settings of “{run.title}”: change what you like, then press Train.")

    def continue_run(self, number: int, epochs: int | None = None) -> None:
        """Goes on with a training from its newest checkpoint, with its data; `epochs` in all where they change."""
        run = self._unless_training(self.shelf.run, number, "continue another one")
        if run is None:
            return
        if number == self.shown_number and self.status.can_continue:
            run = self.run  # with what was changed since
        if epochs is not None:
            run = run.with_value("epochs", epochs)
        self._opened = None
        self.recipe_run = run
        self._adopt(run)
        self._next = _Next(number=number, waits=True)
        if self._state is State.READY:
            self._begin_waiting()

    def open_run(self, number: int) -> None:
        """The model that a run has learned, with its whole history."""
        opened = self._unless_training(self.shelf.model, number, "open a model")
        curves = self.shelf.curves(number)
        if opened is not None and curves is not None:
            self._show_file(opened, curves)
            self._next = _Next(parent=number)
            self._kept = (number, opened.run)
            self._refresh()

    def _unless_training(self, ask: Callable[[int], T | None], number: int, what: str) -> T | None:
        if self.status.running:
            self.failed.emit(f"Stop the training before you {what}.")
            return None
        return ask(number)

    # -- the model ---------------------------------------------------

    def model(self) -> Model | None:
        """The newest snapshot, ready to try."""
        return None if self.preview is None else self._trial.model(self.preview)

    def decode(self, code: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """A flat code [K] as an image [C, H, W], by the newest snapshot."""
        return None if self.preview is None else self._trial.decode(self.preview, code)

    def try_image(self, name: str, image: NDArray[np.float32]) -> None:
        """An image of the person's, [H, W, C] in [0, 1], fitted to the model's input."""
        self._image = (name, image)
        if self.preview is None:
            self.told.emit(f"{name} is waiting: train a model or open one, and the image goes through it.")
        self._show_image()

    def put_image_away(self) -> None:
        """Back to the held-out samples."""
        self._image = None
        self.tried.emit(None)

    def model_file(self) -> ModelFile | None:
        """The newest snapshot, with all that goes with it into a file or an export; None before there is one."""
        preview = self.preview
        if preview is None:
            return None
        samples = self._opened.samples if self._opened else None
        if self.dataset is not None and self.dataset.shape == shape_of(preview) and self._opened is None:
            samples = some_samples(self.dataset.held_out.images)
        facts = self.facts | ({"steps": f"{preview.step:,}"} if preview.step else {})
        return ModelFile(
            preview.run,
            shape_of(preview),
            preview.weights,
            self.scores,
            preview.depth if preview.depth < self._depth() else None,
            samples,
            self._curves.curves(),
            facts,
        )

    def save(self, path: Path) -> None:
        """Writes the newest snapshot as a model file."""
        made = self.model_file()
        if made is None:
            self.failed.emit("There is nothing to save yet: train a model first.")
            return
        try:
            made.save(path)
        except StudioError as error:
            self.failed.emit(str(error))
            return
        self.told.emit(f"Saved {path}")

    def open(self, path: Path) -> bool:
        """Opens a model file: its run, its data where that can be had, and the model to try. False, and the reason
        told, where it cannot be opened.
        """
        if self.status.running:
            self.failed.emit("Stop the training before you open a model.")
            return False
        try:
            opened = load(path)
        except StudioError as error:
            self.failed.emit(str(error))
            return False
        self._show_file(opened, opened.curves)
        self._next, self._kept = _Next(), None
        self._refresh()
        self.told.emit(f"Opened {path.name}: {opened.run.title}")
        return True

    def _show_file(self, opened: ModelFile, curves: Curves) -> None:
        self.scores, self.facts = dict(opened.scores), dict(opened.facts)
        self._curves = CurveRecorder(curves)
        self._opened = opened
        self.recipe_run = opened.run
        self.set_run(opened.run)
        if self._state is not State.LOADING:
            self._show_opened()

    def _depth(self) -> int:
        model = self.model()
        return model.module.depth if model else 0

    # -- training ---------------------------------------------------

    def _begin(self, *, paused: bool) -> None:
        dataset = self.dataset
        if dataset is None:
            return
        self._opened = None
        self.preview = None
        self._trial.forget()
        self._curves, self._kept = CurveRecorder(), None
        self.facts = {
            "trained on": f"{self.compute.description}, {compute.machine()}",
            "data": type(self.run.data).title,
            "data fingerprint": dataset.fingerprint(),
        }
        where, self._next = self._next, _Next()
        self._goes_on = where.number is not None
        self._trainer.start(
            self.run, dataset, self.compute, self.shelf.folder, number=where.number, parent=where.parent, paused=paused
        )
        self._enter(State.PAUSED if paused else State.TRAINING)

    def _begin_waiting(self) -> None:
        """The training that waited for its data."""
        if not self._next.waits:
            return
        if self.status.can_train:
            self._begin(paused=False)
        else:
            self._next = _Next()

    @Slot(str)
    def _training_ended(self, problem: str) -> None:
        if problem:
            self.failed.emit(problem)
        self._enter(State.READY)
        self.library_changed.emit()

    @Slot(object)
    def _read(self, event: Event) -> None:
        try:
            self._take_in(event)
        except (StudioError, RuntimeError) as error:  # one event that cannot be shown must not swallow the others
            self.failed.emit(str(error))

    def _take_in(self, event: Event) -> None:
        self._curves.read(event)
        match event:
            case Started():
                self._kept = (event.number, event.run) if event.number else None
                self.started.emit(event)
                if self._goes_on and (before := self.shelf.curves(event.number)):
                    before = before.until(event.resumed_at)
                    self._curves = CurveRecorder(before)
                    self.history.emit(before)
                self.library_changed.emit()
            case Progress():
                self.progressed.emit(event)
            case Evaluated():
                self.scores = event.scores or self.scores
                self.evaluated.emit(event)
                self.library_changed.emit()
            case Saved():
                self.library_changed.emit()
            case Warned():
                self.warned.emit(event.sentence)
            case Preview():
                self._show(event)
            case Held(step):
                self.held.emit(step)
            case Finished():
                if self._kept is not None and event.run is not None:
                    self._kept = (self._kept[0], event.run)
                if event.error:
                    self.failed.emit(event.error)
                self.finished.emit(event)

    def _show(self, preview: Preview) -> None:
        first = self.preview is None
        self.preview = preview
        self.previewed.emit(preview)
        if self._image is not None:
            self._show_image()
        if first:
            self._refresh()

    def _show_image(self) -> None:
        if self._image is None:
            return
        name, image = self._image
        try:
            tried = self._trial.image(name, image, self.preview, self.run, self.dataset)
        except (StudioError, RuntimeError) as error:
            self._image = None
            self.failed.emit(f"{name} could not go through the model: {error}")
            return
        if tried is not None:
            self.tried.emit(tried)

    def _show_opened(self) -> None:
        """The opened model, on the held-out images where they fit."""
        opened = self._opened
        if opened is None:
            return
        self._trial.forget()
        self.preview = None
        self._show(preview_of(opened, self.dataset))
        self.history.emit(self._curves.curves())
        self._refresh()

    # -- data ---------------------------------------------------

    def _reload(self) -> None:
        """Loads the run's data in the background."""
        self.dataset = None
        self.dataset_changed.emit(None)
        self._enter(State.LOADING)
        self._loader.load(self.run.data)

    @Slot(object, str)
    def _loading_ended(self, dataset: Dataset | None, problem: str) -> None:
        self.dataset, self.data_problem = dataset, problem
        self._enter(State.READY)
        if problem:
            self.failed.emit(problem)
        self.dataset_changed.emit(dataset)
        self._show_samples()
        self._show_opened()
        self._begin_waiting()

    def _show_samples(self) -> None:
        """Held-out images and what the corruption makes of them, before there is a model."""
        if self.dataset is None or self._opened is not None:
            return
        if self.preview is not None:
            if self.preview.run.data == self.run.data and shape_of(self.preview) == self.dataset.shape:
                return  # the model that was trained on these images stays to be tried
            self.preview = None
            self._refresh()
        images = probe_batch(self.dataset.held_out.images, torch.device("cpu"))[: shown(self.dataset.shape)]
        corrupted = self.run.corruption.seen(images, torch.Generator().manual_seed(self.run.seed))
        self.samples_changed.emit(images.numpy(), corrupted.numpy())
        self._show_image()

    # -- status ---------------------------------------------------

    @property
    def status(self) -> Status:
        if self._status is None:
            self._status = self._resolve()
        return self._status

    def _resolve(self) -> Status:
        problem = ""
        if self.dataset is None:
            problem = "" if self._state is State.LOADING else "There are no images to train on; choose other data."
        elif not self._state.running:
            try:
                self.run.check(self.dataset.shape)
            except RunError as error:
                problem = str(error)
        goes_on = self._kept is not None and not obstacle(self._kept[1], self.run)
        return Status(self._state, problem, trained=self.preview is not None, goes_on=goes_on)

    def _enter(self, state: State) -> None:
        self._state = state
        self._refresh()

    def _refresh(self) -> None:
        self._status = self._resolve()
        self.status_changed.emit(self._status)

    # -- words ---------------------------------------------------

    def equations(self) -> tuple[str, str]:
        """LaTeX of the objective and of the way to the reconstruction."""
        return equation.objective(self.run), equation.reconstruction(self.run)

    def notes(self) -> tuple[str, ...]:
        """How the parts will be computed, and whether what is shown was made with other settings."""
        if self.dataset is None:
            return ()
        said: tuple[str, ...] = ()
        preview = self.preview
        if preview is not None and not self.status.running and preview.run != self.run:
            said = (f"Still showing the model trained as “{preview.run.title}”: press Train for these settings",)
        try:
            return (*self.run.notes(self.dataset.shape), *said)
        except RunError:
            return said
