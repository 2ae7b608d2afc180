"""One line of work: settings with undo, data, perhaps a training, perhaps a model. Intents in, events out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.source import Data
from aestudio.core.ground import compute
from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.model.model_file import ModelFile, load, some_samples
from aestudio.core.model.trained import Model
from aestudio.core.probes.preview import probe_batch, shown
from aestudio.core.run import equation, recipes
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Saved, Started
from aestudio.core.run.history import CurveRecorder, Curves
from aestudio.core.run.run import Run, differences
from aestudio.core.training.checkpoint import Every, obstacle
from aestudio.studio.background import Ended, Start, plain_thread
from aestudio.studio.events import (
    CurvesShown,
    DataChanged,
    Failed,
    ImageTried,
    LibraryChanged,
    Loading,
    Noted,
    Reader,
    RunChanged,
    SamplesShown,
    StatusChanged,
    Told,
)
from aestudio.studio.loading import Loaded, Loader
from aestudio.studio.shelf import Shelf
from aestudio.studio.status import State, Status
from aestudio.studio.training import Training
from aestudio.studio.trial import Trial, opened_preview, shape_of
from aestudio.studio.undo import Undo

T = TypeVar("T")


@dataclass(frozen=True)
class _Next:
    """Which place in the library the next training gets: a new run again, or an old one continued."""

    number: int | None = None
    parent: int | None = None
    waits: bool = False
    """It begins as soon as the data are there."""


class Document:
    """Several live in one process. All of one is of one thread: whoever made it calls `tick` from time to time, and
    then the events of what goes on in the background are told, in the order in which they came.
    """

    def __init__(
        self,
        shelf: Shelf | None = None,
        start: Start = plain_thread,
        wake: Callable[[], None] = lambda: None,
        *,
        device: str = "auto",
    ) -> None:
        """`wake` is called when something has begun in the background, for `tick` to be called from then on."""
        self.shelf = shelf or Shelf(lambda reason: self.tell(Failed(reason)))
        self.compute = compute.choose(device)
        self.run = Run()
        self.recipe_run = self.run
        """The recipe or opened model that the settings started from."""
        self.dataset: Dataset | None = None
        self.data_problem = ""
        """Why there is none, in words."""
        self.preview: Preview | None = None
        """The newest snapshot, with what it does to held-out images."""
        self.scores: dict[str, float] = {}
        self.facts: dict[str, str] = {}
        """Where the model that is shown comes from, in words by name."""
        self._readers: list[Reader] = []
        self._wake = wake
        self._undo = Undo()
        self._curves = CurveRecorder()
        self._next = _Next()
        self._goes_on = False
        """The training under way is an old one continued."""
        self._kept: tuple[int, Run] | None = None
        """The run of the library that is shown: its number, and its settings at the end."""
        self._training = Training(start)
        self._loader = Loader(start)
        self._state = State.READY
        self._status: Status | None = None
        self._opened: ModelFile | None = None
        self._trial = Trial()
        self._image: tuple[str, NDArray[np.float32]] | None = None

    # -- whoever listens -----------------------------------------------------------------------------------------------

    def listen(self, reader: Reader) -> Callable[[], None]:
        """Tells the reader all that happens from now on; call what comes back to leave."""
        self._readers.append(reader)
        return lambda: self._readers.remove(reader)

    def tell(self, event: Told) -> None:
        """To all who listen, in the order in which they came."""
        for reader in list(self._readers):
            reader(event)

    @property
    def busy(self) -> bool:
        """Something goes on in the background, so `tick` is wanted."""
        return self._training.running or self._loader.running

    def tick(self) -> None:
        """Takes in what has come from the background since the last time."""
        for told in self._loader.take():
            match told:
                case Loading():
                    self.tell(told)
                case Loaded(dataset, problem):
                    self._loading_ended(dataset, problem)
        for event in self._training.take():
            match event:
                case Ended(error):
                    self._training_ended(error)
                case _:
                    self._read(event)

    # -- settings ------------------------------------------------------------------------------------------------------

    def choose_recipe(self, name: str) -> None:
        """Fills every slot from a recipe, data included."""
        try:
            run = recipes.find(name).run()
        except RunError as error:
            self.tell(Failed(str(error)))
            return
        if not self.status.running:
            self.recipe_run = run
            self._next = _Next()
        self.set_run(run)

    def set_run(self, run: Run) -> None:
        """Other settings, all at once."""
        self._change(run)

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
            self.tell(Failed(str(error)))
            self.tell(RunChanged(self.run))
            return
        if changed == self.run:
            return
        if self.status.running:
            self._undo.changed(self.run, path)
            self._use(changed)
        else:
            self._change(changed, path)

    def _change(self, run: Run, path: str = "") -> None:
        if self.status.running:
            self.tell(Failed("Stop the training before you change the recipe."))
            return
        if run != self.run:
            self._undo.changed(self.run, path)
        self._replace(run)

    def _replace(self, run: Run) -> None:
        if self._next.number is not None:  # what would have gone on is another run now
            self._next = _Next(parent=self._next.number)
        self._adopt(run)

    def _use(self, run: Run) -> None:
        """Other live values, in the training too."""
        self._training.use(run)
        self.run = run
        self.tell(RunChanged(run))
        self._refresh()

    def _adopt(self, run: Run) -> None:
        other_data = run.data != self.run.data or self.dataset is None
        if self._opened is not None and run != self._opened.run:
            self._opened = None
        self.run = run
        self.tell(RunChanged(run))
        if other_data:
            self._reload()
        else:
            self._show_samples()
        self._refresh()

    def undo(self) -> None:
        """The settings as they were before the last change; while training, where only live ones changed."""
        before = self._undo.before
        if before is None:
            self.tell(Failed("There is no change of the settings to undo."))
        elif self._may_become(before):
            self._undo.undo(self.run)
            self._become(before)

    def redo(self) -> None:
        """Takes back what was undone last."""
        after = self._undo.after
        if after is None:
            self.tell(Failed("There is nothing to redo."))
        elif self._may_become(after):
            self._undo.redo(self.run)
            self._become(after)

    def _may_become(self, run: Run) -> bool:
        if self.status.running and not _differ_live(self.run, run):
            self.tell(Failed("The last change is of a setting that cannot change while training; stop it first."))
            return False
        return True

    def _become(self, run: Run) -> None:
        if self.status.running:
            self._use(run)
        else:
            self._replace(run)

    # -- training ------------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Starts a training, or goes on with the one that is paused."""
        if self._state is State.PAUSED:
            self._training.resume()
            self._enter(State.TRAINING)
        elif self.status.can_train:
            self._begin(paused=False)
        elif self.status.problem:
            self.tell(Failed(self.status.problem))

    def pause(self) -> None:
        """Holds the training, or goes on with it."""
        if self._state is State.PAUSED:
            self.train()
        elif self._state is State.TRAINING:
            self._training.pause()
            self._enter(State.PAUSED)

    def step(self) -> None:
        """One training step; starts a training that holds after it where none is under way."""
        if self._state is State.PAUSED:
            self._training.step()
        elif self.status.can_step:
            self._begin(paused=True)
            self._training.step()

    def stop(self) -> None:
        """Ends the training after the running step; the model stays."""
        if self.status.can_stop:
            self._training.stop()
            self._enter(State.STOPPING)

    def resample(self, units: Sequence[int]) -> None:
        """Draws hidden units anew before the next step, where a training is under way."""
        if not self.status.can_pause:
            self.tell(Failed("Units are drawn anew while a training goes on; press Train or Continue first."))
            return
        self._training.resample(units)
        named = f"unit {units[0]}" if len(units) == 1 else f"{len(units)} units"
        self.tell(Noted(f"Gave {named} new weights; the optimiser forgot what it knew of them."))

    def cancel_loading(self) -> None:
        """Gives up on the data set that is being loaded."""
        self._loader.cancel()

    def close(self, seconds: float = 30) -> bool:
        """Stops everything that runs; False where something would not stop in time."""
        over = [self._loader.close(seconds), self._training.close(seconds)]
        return all(over)

    @property
    def every(self) -> Every:
        """How often checkpoints are taken, from the next training on."""
        return self._training.every

    @every.setter
    def every(self, every: Every) -> None:
        self._training.every = every

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
        place = {"number": where.number, "parent": where.parent}
        self._training.begin(self.run, dataset, self.compute, self.shelf.folder, **place, paused=paused)
        self._wake()
        self._enter(State.PAUSED if paused else State.TRAINING)

    def _begin_waiting(self) -> None:
        """The training that waited for its data."""
        if not self._next.waits:
            return
        if self.status.can_train:
            self._begin(paused=False)
        else:
            self._next = _Next()

    def _training_ended(self, error: BaseException | None) -> None:
        if error is not None:
            self.tell(Failed(f"The training thread ended unexpectedly: {error}"))
        self._enter(State.READY)
        self.tell(LibraryChanged())

    def _read(self, event: Event) -> None:
        try:
            self._take_in(event)
        except (StudioError, RuntimeError) as error:  # one event that cannot be shown must not swallow the others
            self.tell(Failed(str(error)))

    def _take_in(self, event: Event) -> None:
        self._curves.read(event)
        match event:
            case Preview():
                self._show(event)
            case Started():
                self._kept = (event.number, event.run) if event.number else None
                self.tell(event)
                if self._goes_on and (before := self.shelf.curves(event.number)):
                    before = before.until(event.resumed_at)
                    self._curves = CurveRecorder(before)
                    self.tell(CurvesShown(before))
                self.tell(LibraryChanged())
            case Evaluated():
                self.scores = event.scores or self.scores
                self.tell(event)
                self.tell(LibraryChanged())
            case Saved():
                self.tell(event)
                self.tell(LibraryChanged())
            case Finished():
                if self._kept is not None and event.run is not None:
                    self._kept = (self._kept[0], event.run)
                if event.error:
                    self.tell(Failed(event.error))
                self.tell(event)
            case _:
                self.tell(event)

    # -- runs of the library -------------------------------------------------------------------------------------------

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
            self.tell(Noted(f"The settings of “{run.title}”: change what you like, then press Train."))

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
        self._undo.forget()
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
            self.tell(Failed(f"Stop the training before you {what}."))
            return None
        return ask(number)

    @property
    def curves(self) -> Curves:
        """All that the run that is shown has said of its losses and scores."""
        return self._curves.curves()

    # -- the model -----------------------------------------------------------------------------------------------------

    def model(self) -> Model | None:
        """The newest snapshot, ready to try; it is given the weights of the next one when that is tried."""
        return None if self.preview is None else self._trial.model(self.preview)

    def own_model(self) -> Model | None:
        """The newest snapshot as a model of its own, for whoever keeps it."""
        preview = self.preview
        return None if preview is None else Model(preview.run, shape_of(preview), preview.weights, preview.depth)

    def decode(self, code: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """A flat code [K] as an image [C, H, W], by the newest snapshot."""
        return None if self.preview is None else self._trial.decode(self.preview, code)

    def try_image(self, name: str, image: NDArray[np.float32]) -> None:
        """An image of the person's, [H, W, C] in [0, 1], fitted to the model's input."""
        self._image = (name, image)
        if self.preview is None:
            self.tell(Noted(f"{name} is waiting: train a model or open one, and the image goes through it."))
        self._show_image()

    def put_image_away(self) -> None:
        """Back to the held-out samples."""
        self._image = None
        self.tell(ImageTried(None))

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
            preview.depth if preview.depth < self._trial.model(preview).module.depth else None,
            samples,
            self._curves.curves(),
            facts,
        )

    def save(self, path: Path) -> None:
        """Writes the newest snapshot as a model file."""
        made = self.model_file()
        if made is None:
            self.tell(Failed("There is nothing to save yet: train a model first."))
            return
        try:
            made.save(path)
        except StudioError as error:
            self.tell(Failed(str(error)))
            return
        self.tell(Noted(f"Saved {path}"))

    def open(self, path: Path) -> bool:
        """Opens a model file: its run, its data where that can be had, and the model to try. False, and the reason
        told, where it cannot be opened.
        """
        if self.status.running:
            self.tell(Failed("Stop the training before you open a model."))
            return False
        try:
            opened = load(path)
        except StudioError as error:
            self.tell(Failed(str(error)))
            return False
        self._show_file(opened, opened.curves)
        self._next, self._kept = _Next(), None
        self._refresh()
        self.tell(Noted(f"Opened {path.name}: {opened.run.title}"))
        return True

    def _show_file(self, opened: ModelFile, curves: Curves) -> None:
        self.scores, self.facts = dict(opened.scores), dict(opened.facts)
        self._curves = CurveRecorder(curves)
        self._opened = opened
        self.recipe_run = opened.run
        self._undo.forget()
        self._replace(opened.run)
        if self._state is not State.LOADING:
            self._show_opened()

    def _show_opened(self) -> None:
        """The opened model, on the held-out images where they fit."""
        opened = self._opened
        if opened is None:
            return
        self._trial.forget()
        self.preview = None
        self._show(opened_preview(opened, self.dataset))
        self.tell(CurvesShown(self._curves.curves()))
        self._refresh()

    def _show(self, preview: Preview) -> None:
        first = self.preview is None
        self.preview = preview
        self.tell(preview)
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
            self.tell(Failed(f"{name} could not go through the model: {error}"))
            return
        if tried is not None:
            self.tell(ImageTried(tried))

    # -- data ----------------------------------------------------------------------------------------------------------

    def _reload(self) -> None:
        """Loads the run's data in the background."""
        self.dataset = None
        self.tell(DataChanged(None))
        self._enter(State.LOADING)
        self._loader.load(self.run.data)
        self._wake()

    def _loading_ended(self, dataset: Dataset | None, problem: str) -> None:
        self.dataset, self.data_problem = dataset, problem
        self._enter(State.READY)
        if problem:
            self.tell(Failed(problem))
        self.tell(DataChanged(dataset))
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
        self.tell(SamplesShown(images.numpy(), corrupted.numpy()))
        self._show_image()

    # -- what may be done now ------------------------------------------------------------------------------------------

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
        return Status(
            self._state,
            problem,
            trained=self.preview is not None,
            goes_on=self._kept is not None and not obstacle(self._kept[1], self.run),
            can_undo=self._undo.before is not None,
            can_redo=self._undo.after is not None,
        )

    def _enter(self, state: State) -> None:
        self._state = state
        self._refresh()

    def _refresh(self) -> None:
        self._status = self._resolve()
        self.tell(StatusChanged(self._status))

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


def _differ_live(one: Run, other: Run) -> bool:
    """Whether only what may change while training tells two runs apart."""
    if [penalty.kind for penalty in one.penalties] != [penalty.kind for penalty in other.penalties]:
        return False
    return all(not path.endswith("kind") and other.knob(path).live for path in differences(one, other))
