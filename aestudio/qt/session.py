"""What the person wants and what goes on, without a single widget: intents in, signals out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core import compute, equation, recipes
from aestudio.core.autoencoder import Model
from aestudio.core.controls import Controls
from aestudio.core.dataset import Data, Dataset, Shape, to_float
from aestudio.core.errors import RunError, StudioError
from aestudio.core.events import Evaluated, Event, Finished, Preview, Progress, Started
from aestudio.core.fit import fit
from aestudio.core.images import fit_image
from aestudio.core.model_file import ModelFile, load
from aestudio.core.parts import Phase, Span
from aestudio.core.probes.preview import SHOWN, Previewer, probe_batch
from aestudio.core.run import Run
from aestudio.qt.loader import Loader
from aestudio.qt.mailbox import Mailbox
from aestudio.qt.worker import Job

TICK_MS = 33
PREVIEW_SECONDS = 0.1
"""The window asks for a new preview this long after it showed one: drawing, not the preview, is what costs."""


class State(Enum):
    """What goes on."""

    LOADING = "Loading data"
    READY = "Ready"
    TRAINING = "Training"
    PAUSED = "Paused"
    STOPPING = "Stopping"


@dataclass(frozen=True)
class Status:
    """What the window may offer, worked out from what goes on."""

    state: State
    problem: str
    """Why training is refused, in words; empty where it is not."""
    trained: bool
    """There is a model to try, save and pull sliders of."""

    @property
    def running(self) -> bool:
        return self.state in (State.TRAINING, State.PAUSED, State.STOPPING)

    @property
    def can_train(self) -> bool:
        return self.state is State.READY and not self.problem

    @property
    def can_pause(self) -> bool:
        return self.state in (State.TRAINING, State.PAUSED)

    @property
    def can_step(self) -> bool:
        return self.state is State.PAUSED or (self.state is State.READY and not self.problem)

    @property
    def can_stop(self) -> bool:
        return self.state in (State.TRAINING, State.PAUSED)


@dataclass(frozen=True, eq=False)
class Tried:
    """An image of the person's, through the model: arrays [C, H, W], the code flat [K]. It may wait for a model."""

    name: str
    original: NDArray[np.float32]
    corrupted: NDArray[np.float32]
    reconstructed: NDArray[np.float32] | None
    code: NDArray[np.float32] | None
    fitted: str
    """What was done to its size, in words; empty where nothing was."""


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
    finished = Signal(object)
    failed = Signal(str)
    """A sentence for the person."""
    told = Signal(str)
    """Good news for the person."""

    def __init__(self, parent: QObject | None = None, *, device: str = "auto") -> None:
        super().__init__(parent)
        self.compute = compute.choose(device)
        self.run = Run()
        self.recipe_run = self.run
        """The recipe or opened model that the settings started from."""
        self.dataset: Dataset | None = None
        self.preview: Preview | None = None
        self.scores: dict[str, float] = {}
        self._controls: Controls | None = None
        self._mailbox = Mailbox()
        self._job: Job | None = None
        self._state = State.READY
        self._status: Status | None = None
        self._loader = Loader(self)
        self._loader.said.connect(self.loading)
        self._loader.ended.connect(self._loading_ended)
        self._opened: ModelFile | None = None
        self._model: Model | None = None
        self._model_of: Preview | None = None
        self._image: tuple[str, NDArray[np.float32]] | None = None
        self._preview_due = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

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
        self.set_run(run)

    def set_run(self, run: Run) -> None:
        """Other settings, all at once."""
        if self.status.running:
            self.failed.emit("Stop the training before you change the recipe.")
            return
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
        if self._controls is not None and self.status.running:
            self._controls.change(path, value)
            self.run = changed
            self.run_changed.emit(changed)
        else:
            self.set_run(changed)

    def train(self) -> None:
        """Starts a training, or goes on with the one that is paused."""
        if self._state is State.PAUSED and self._controls is not None:
            self._controls.resume()
            self._enter(State.TRAINING)
        elif self.status.can_train:
            self._begin(paused=False)
        elif self.status.problem:
            self.failed.emit(self.status.problem)

    def pause(self) -> None:
        """Holds the training, or goes on with it."""
        if self._state is State.PAUSED:
            self.train()
        elif self._state is State.TRAINING and self._controls is not None:
            self._controls.pause()
            self._enter(State.PAUSED)

    def step(self) -> None:
        """One training step; starts a training that holds after it where none is under way."""
        if self._state is State.PAUSED and self._controls is not None:
            self._controls.step()
        elif self.status.can_step:
            self._begin(paused=True)
            if self._controls is not None:
                self._controls.step()

    def stop(self) -> None:
        """Ends the training after the running step; the model stays."""
        if self.status.can_stop and self._controls is not None:
            self._controls.stop()
            self._enter(State.STOPPING)

    def cancel_loading(self) -> None:
        """Gives up on the data set that is being loaded."""
        self._loader.cancel()

    def close(self, seconds: float = 30) -> bool:
        """Stops everything that runs; False where something would not stop in time."""
        if self._controls is not None:
            self._controls.stop()
        over = [self._loader.close(seconds), self._job is None or self._job.wait(seconds)]
        self._timer.stop()
        return all(over)

    # -- the model ---------------------------------------------------

    def model(self) -> Model | None:
        """The newest snapshot, ready to try."""
        preview = self.preview
        if preview is None:
            return None
        shape = _shape(preview)
        same = self._model_of is not None and self._model_of.run.network == preview.run.network
        if self._model is None or not same or self._model.shape != shape:
            self._model = Model(preview.run, shape, preview.weights, preview.depth)
        elif self._model_of is not preview:
            self._model.load(preview.weights)
            self._model.run, self._model.depth = preview.run, preview.depth
        self._model_of = preview
        return self._model

    def decode(self, code: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """A flat code [K] as an image [C, H, W], by the newest snapshot."""
        try:
            model = self.model()
            if model is None:
                return None
            image: NDArray[np.float32] = model.decode(torch.from_numpy(np.ascontiguousarray(code))[None])[0].numpy()
        except (StudioError, RuntimeError):  # the code of a layer that is not the one in training any more
            return None
        return image

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

    def save(self, path: Path) -> None:
        """Writes the newest snapshot as a model file."""
        if self.preview is None:
            self.failed.emit("There is nothing to save yet: train a model first.")
            return
        preview = self.preview
        try:
            ModelFile(preview.run, _shape(preview), preview.weights, self.scores, preview.depth).save(path)
        except StudioError as error:
            self.failed.emit(str(error))
            return
        self.told.emit(f"Saved {path}")

    def open(self, path: Path) -> None:
        """Opens a model file: its run, its data where that can be had, and the model to try."""
        if self.status.running:
            self.failed.emit("Stop the training before you open a model.")
            return
        try:
            opened = load(path)
        except StudioError as error:
            self.failed.emit(str(error))
            return
        self.scores = dict(opened.scores)
        self._opened = opened
        self.recipe_run = opened.run
        self.set_run(opened.run)
        if self._state is not State.LOADING:
            self._show_opened()
        self.told.emit(f"Opened {path.name}: {opened.run.title}")

    # -- training ---------------------------------------------------

    def _begin(self, *, paused: bool) -> None:
        dataset = self.dataset
        if dataset is None:
            return
        self._opened = None
        self.preview = None
        self._model = self._model_of = None
        self._controls = controls = Controls(paused=paused)
        controls.ask_for_preview()
        run, where, mailbox = self.run, self.compute, self._mailbox

        def work() -> None:
            for event in fit(run, dataset, controls, where):
                mailbox.post(event)

        self._job = Job(work, "training", self, niceness=5)
        self._job.ended.connect(self._training_ended)
        self._job.start()
        self._timer.start()
        self._enter(State.PAUSED if paused else State.TRAINING)

    @Slot()
    def _training_ended(self) -> None:
        self._drain()
        self._timer.stop()
        error = self._job.error if self._job else None
        if error is not None:
            self.failed.emit(f"The training thread ended unexpectedly: {error}")
        if self._job is not None:
            self._job.deleteLater()
        self._job = self._controls = None
        self._enter(State.READY)

    @Slot()
    def _tick(self) -> None:
        self._drain()
        if self._controls is not None and self._state is State.TRAINING and time.monotonic() >= self._preview_due:
            self._controls.ask_for_preview()
            self._preview_due = time.monotonic() + PREVIEW_SECONDS

    def _drain(self) -> None:
        for event in self._mailbox.take():
            try:
                self._read(event)
            except (StudioError, RuntimeError) as error:  # one event that cannot be shown must not swallow the others
                self.failed.emit(str(error))

    def _read(self, event: Event) -> None:
        match event:
            case Started():
                self.started.emit(event)
            case Progress():
                self.progressed.emit(event)
            case Evaluated():
                self.scores = event.scores or self.scores
                self.evaluated.emit(event)
            case Preview():
                self._show(event)
            case Finished():
                if event.error:
                    self.failed.emit(event.error)
                self.finished.emit(event)
            case _:
                pass

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
            model = self.model()
            shape = model.shape if model else self.dataset.shape if self.dataset else None
            if shape is None:
                return
            fitted = to_float(torch.from_numpy(fit_image(image, shape)))[None]
            if model is None:
                corrupted = self.run.corruption(fitted, torch.Generator().manual_seed(self.run.seed))
                made = code = None
            else:
                corrupted, codes, reconstructed = model.try_on(fitted, model.run.seed)
                made, code = reconstructed[0].numpy(), codes[0].numpy()
        except (StudioError, RuntimeError) as error:
            self._image = None
            self.failed.emit(f"{name} could not go through the model: {error}")
            return
        (height, width), (_, tall, wide) = image.shape[:2], shape
        said = "" if (height, width) == (tall, wide) else f"{width} × {height} fitted to {wide} × {tall}"
        waits = "" if model else "waiting for a model"
        note = " · ".join(words for words in (said, waits) if words)
        self.tried.emit(Tried(name, fitted[0].numpy(), corrupted[0].numpy(), made, code, note))

    def _show_opened(self) -> None:
        """The opened model, on the held-out images where they fit, else on grey."""
        opened = self._opened
        if opened is None:
            return
        model = opened.model()
        self._model = self._model_of = None
        if self.dataset is not None and self.dataset.shape == opened.shape:
            store = self.dataset.held_out.images
            phase = Phase("opened", Span(0, model.depth), 0)
            self._show(Previewer(model.module, store, compute.choose("cpu"), opened.run.seed)(opened.run, 0, phase))
        else:
            grey = np.full((1, *opened.shape), 0.5, dtype=np.float32)
            corrupted, codes, made = (t.numpy() for t in model.try_on(torch.from_numpy(grey)))
            hidden = model.module.encode(torch.from_numpy(corrupted), model.depth).flatten(1).numpy()
            self._show(
                Preview(
                    0, "opened", grey, corrupted, made, hidden, codes, model.depth, opened.run, dict(opened.weights)
                )
            )
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
        self.dataset = dataset
        self._enter(State.READY)
        if problem:
            self.failed.emit(problem)
        self.dataset_changed.emit(dataset)
        self._show_samples()
        self._show_opened()

    def _show_samples(self) -> None:
        """Held-out images and what the corruption makes of them, before there is a model."""
        if self.dataset is None or self._opened is not None:
            return
        if self.preview is not None:
            if self.preview.run.data == self.run.data and _shape(self.preview) == self.dataset.shape:
                return  # the model that was trained on these images stays to be tried
            self.preview = None
            self._refresh()
        images = probe_batch(self.dataset.held_out.images, torch.device("cpu"))[:SHOWN]
        corrupted = self.run.corruption(images, torch.Generator().manual_seed(self.run.seed))
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
        elif not self._state_is_running():
            try:
                self.run.check(self.dataset.shape)
            except RunError as error:
                problem = str(error)
        return Status(self._state, problem, trained=self.preview is not None)

    def _state_is_running(self) -> bool:
        return self._state in (State.TRAINING, State.PAUSED, State.STOPPING)

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


def _shape(preview: Preview) -> Shape:
    channels, height, width = preview.original.shape[1:]
    return channels, height, width
