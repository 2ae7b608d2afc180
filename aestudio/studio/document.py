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
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.model.model_file import ModelFile, load
from aestudio.core.probes.preview import probe_batch, shown
from aestudio.core.run import equation, recipes
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Saved, Started
from aestudio.core.run.history import Curves
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Every
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
from aestudio.studio.settings import Settings
from aestudio.studio.shelf import Shelf
from aestudio.studio.shown import Shown
from aestudio.studio.status import State, Status
from aestudio.studio.training import Training

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
        self.settings = Settings()
        self.dataset: Dataset | None = None
        self.data_problem = ""
        """Why there is none, in words."""
        self.shown = Shown()
        """The model, if there is one."""
        self._readers: list[Reader] = []
        self._wake = wake
        self._next = _Next()
        self._goes_on = False
        """The training under way is an old one continued."""
        self._training = Training(start)
        self._loader = Loader(start)
        self._state = State.READY
        self._status: Status | None = None

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

    @property
    def run(self) -> Run:
        """The settings as they are now."""
        return self.settings.run

    def begin(self, name: str) -> None:
        """The recipe that a new document begins with: nobody has changed anything yet, so nothing can be undone.

        Raises: RunError where there is none of this name.
        """
        self._open(recipes.find(name).run())

    def choose_recipe(self, name: str) -> None:
        """Fills every slot from a recipe, data included."""
        try:
            run = recipes.find(name).run()
        except RunError as error:
            self.tell(Failed(str(error)))
            return
        if not self.status.running:
            self._next = _Next()
        self._change(run, origin=run)

    def set_run(self, run: Run) -> None:
        """Other settings, all at once."""
        self._change(run)

    def choose_data(self, data: Data) -> None:
        """Another source of images."""
        self.set_run(self.run.with_value("data", data))

    def set_value(self, path: str, value: Any) -> None:
        """One setting changes. While training only live knobs may, and they take effect at the next step."""
        running, shape = self.status.running, self.dataset.shape if self.dataset is not None else None
        try:
            changed = self.settings.with_value(path, value, running=running, shape=shape)
        except RunError as error:
            self.tell(Failed(str(error)))
            self.tell(RunChanged(self.run))
            return
        if changed == self.run:
            return
        if running:
            self.settings.change(changed, path)
            self._use()
        else:
            self._change(changed, path)

    def undo(self) -> None:
        """The settings as they were before the last change; while training, where only live ones changed."""
        self._go(self.settings.undo)

    def redo(self) -> None:
        """Takes back what was undone last."""
        self._go(self.settings.redo)

    def _go(self, way: Callable[..., None]) -> None:
        before = self.run
        try:
            way(running=self.status.running)
        except RunError as error:
            self.tell(Failed(str(error)))
            return
        if self.status.running:
            self._use()
        else:
            self._adopt(before)

    def _change(self, run: Run, path: str = "", origin: Run | None = None) -> None:
        if self.status.running:
            self.tell(Failed(say("Stop the training before you change the recipe.")))
            return
        before = self.run
        self.settings.change(run, path, origin)
        self._adopt(before)

    def _use(self) -> None:
        """Other live values, in the training too."""
        self._training.use(self.run)
        self.tell(RunChanged(self.run))
        self._refresh()

    def _adopt(self, before: Run) -> None:
        """The settings are others than before, or may be."""
        run = self.run
        if self._next.number is not None:  # what would have gone on is another run now
            self._next = _Next(parent=self._next.number)
        if self.shown.opened is not None and run != self.shown.opened.run:
            self.shown.opened = None
        self.tell(RunChanged(run))
        if run.data != before.data or self.dataset is None:
            self._reload()
        else:
            self._show_samples()
        self._refresh()

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
            self.tell(Failed(say("Units are drawn anew while a training goes on; press Train or Continue first.")))
            return
        self._training.resample(units)
        said = plural(
            "Gave unit {unit} new weights; the optimiser forgot what it knew of them.",
            "Gave {count} units new weights; the optimiser forgot what it knew of them.",
            len(units),
            unit=units[0] if units else "",
        )
        self.tell(Noted(str(said)))

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
        self.shown.begin(
            {
                "trained on": f"{self.compute.description}, {compute.machine()}",
                "data": type(self.run.data).title,
                "data fingerprint": dataset.fingerprint(),
            }
        )
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
            self.tell(Failed(say("The training thread ended unexpectedly: {error}", error=error)))
        self._enter(State.READY)
        self.tell(LibraryChanged())

    def _read(self, event: Event) -> None:
        try:
            self._take_in(event)
        except (StudioError, RuntimeError) as error:  # one event that cannot be shown must not swallow the others
            self.tell(Failed(str(error)))

    def _take_in(self, event: Event) -> None:
        first = self.preview is None
        self.shown.read(event)
        if isinstance(event, Finished) and event.error:
            self.tell(Failed(event.error))
        self.tell(event)
        match event:
            case Preview():
                self._try_image()
                if first:
                    self._refresh()
            case Started():
                if self._goes_on and (before := self.shelf.curves(event.number)):
                    before = before.until(event.resumed_at)
                    self.shown.goes_on(before)
                    self.tell(CurvesShown(before))
                self.tell(LibraryChanged())
            case Evaluated() | Saved():
                self.tell(LibraryChanged())
            case _:
                pass

    # -- runs of the library -------------------------------------------------------------------------------------------

    def train_again(self, number: int) -> None:
        """A run's settings, to be changed and trained as a run of its own."""
        run = self._unless_training(self.shelf.run, number, say("Stop the training before you take other settings."))
        if run is not None:
            self._change(run, origin=run)
            self._next = _Next(parent=number)
            title = Text(run.title)
            self.tell(Noted(say("The settings of “{title}”: change what you like, then press Train.", title=title)))

    def continue_run(self, number: int, epochs: int | None = None) -> None:
        """Goes on with a training from its newest checkpoint, with its data; `epochs` in all where they change."""
        run = self._unless_training(self.shelf.run, number, say("Stop the training before you continue another one."))
        if run is None:
            return
        if number == self.shown.number and self.status.can_continue:
            run = self.run  # with what was changed since
        if epochs is not None:
            run = run.with_value("epochs", epochs)
        self.shown.opened = None
        self._open(run)
        self._next = _Next(number=number, waits=True)
        if self._state is State.READY:
            self._begin_waiting()

    def open_run(self, number: int) -> None:
        """The model that a run has learned, with its whole history."""
        opened = self._unless_training(self.shelf.model, number, say("Stop the training before you open a model."))
        curves = self.shelf.curves(number)
        if opened is not None and curves is not None:
            self._show_file(opened, curves)
            self._next = _Next(parent=number)
            self.shown.keep(number, opened.run)
            self._refresh()

    def _open(self, run: Run) -> None:
        before = self.run
        self.settings.open(run)
        self._adopt(before)

    def _unless_training(self, ask: Callable[[int], T | None], number: int, refusal: str) -> T | None:
        if self.status.running:
            self.tell(Failed(refusal))
            return None
        return ask(number)

    # -- the model -----------------------------------------------------------------------------------------------------

    @property
    def preview(self) -> Preview | None:
        """The newest snapshot, with what it does to held-out images."""
        return self.shown.preview

    def try_image(self, name: str, image: NDArray[np.float32]) -> None:
        """An image of the person's, [H, W, C] in [0, 1], fitted to the model's input."""
        self.shown.take_image(name, image)
        if self.preview is None:
            said = say("{name} is waiting: train a model or open one, and the image goes through it.", name=name)
            self.tell(Noted(said))
        self._try_image()

    def put_image_away(self) -> None:
        """Back to the held-out samples."""
        self.shown.put_image_away()
        self.tell(ImageTried(None))

    def model_file(self) -> ModelFile | None:
        """The newest snapshot, with all that goes with it into a file or an export; None before there is one."""
        return self.shown.file(self.dataset)

    def save(self, path: Path) -> None:
        """Writes the newest snapshot as a model file."""
        made = self.model_file()
        if made is None:
            self.tell(Failed(say("There is nothing to save yet: train a model first.")))
            return
        try:
            made.save(path)
        except StudioError as error:
            self.tell(Failed(str(error)))
            return
        self.tell(Noted(say("Saved {path}", path=path)))

    def open(self, path: Path) -> bool:
        """Opens a model file: its run, its data where that can be had, and the model to try. False, and the reason
        told, where it cannot be opened.
        """
        if self.status.running:
            self.tell(Failed(say("Stop the training before you open a model.")))
            return False
        try:
            opened = load(path)
        except StudioError as error:
            self.tell(Failed(str(error)))
            return False
        self._show_file(opened, opened.curves)
        self._next = _Next()
        self._refresh()
        self.tell(Noted(say("Opened {name}: {title}", name=path.name, title=Text(opened.run.title))))
        return True

    def _show_file(self, opened: ModelFile, curves: Curves) -> None:
        self.shown.open(opened, curves)
        self._open(opened.run)
        if self._state is not State.LOADING:
            self._show_opened()

    def _show_opened(self) -> None:
        """The opened model, on the held-out images where they fit."""
        preview = self.shown.opened_preview(self.dataset)
        if preview is None:
            return
        self.shown.preview = preview
        self.tell(preview)
        self._try_image()
        self.tell(CurvesShown(self.shown.curves))
        self._refresh()

    def _try_image(self) -> None:
        told = self.shown.tried(self.run, self.dataset)
        if told is not None:
            self.tell(told)

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
        if self.dataset is None or self.shown.opened is not None:
            return
        if self.preview is not None:
            if self.shown.is_of(self.run, self.dataset):
                return  # the model that was trained on these images stays to be tried
            self.shown.preview = None
            self._refresh()
        images = probe_batch(self.dataset.held_out.images, torch.device("cpu"))[: shown(self.dataset.shape)]
        corrupted = self.run.corruption.seen(images, torch.Generator().manual_seed(self.run.seed))
        self.tell(SamplesShown(images.numpy(), corrupted.numpy()))
        self._try_image()

    # -- what may be done now ------------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        if self._status is None:
            self._status = self._resolve()
        return self._status

    def _resolve(self) -> Status:
        problem = ""
        if self.dataset is None:
            problem = "" if self._state is State.LOADING else say("There are no images to train on; choose other data.")
        elif not self._state.running:
            try:
                self.run.check(self.dataset.shape)
            except RunError as error:
                problem = str(error)
        return Status(
            self._state,
            problem,
            trained=self.preview is not None,
            goes_on=self.shown.may_go_on(self.run),
            can_undo=self.settings.can_undo,
            can_redo=self.settings.can_redo,
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
            title = Text(preview.run.title)
            said = (say("Still showing the model trained as “{title}”: press Train for these settings", title=title),)
        try:
            return (*self.run.notes(self.dataset.shape), *said)
        except RunError:
            return said
