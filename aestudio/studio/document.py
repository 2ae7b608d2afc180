"""One line of work: settings with undo, data, perhaps a training, perhaps a model. Intents in, events out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.source import Data
from aestudio.core.ground import compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.model.model_file import ModelFile
from aestudio.core.run import recipes
from aestudio.core.run.events import Preview
from aestudio.core.run.history import Curves
from aestudio.core.run.run import Run
from aestudio.studio.background import Start, plain_thread
from aestudio.studio.events import (
    DataChanged,
    Loading,
    Reader,
    RunChanged,
    StatusChanged,
    Told,
)
from aestudio.studio.images import Images
from aestudio.studio.keeping import Keeping
from aestudio.studio.kept import Kept
from aestudio.studio.loading import Glimpse, Loaded
from aestudio.studio.next_training import NextTraining
from aestudio.studio.notice import Failed
from aestudio.studio.only_here import MayReplace, refuse
from aestudio.studio.settings import Settings
from aestudio.studio.shelf import Shelf
from aestudio.studio.shown import Shown
from aestudio.studio.slow_motion import SlowMotion
from aestudio.studio.snapshots import Snapshot
from aestudio.studio.status import State, Status, problem_of
from aestudio.studio.throttle import Throttle
from aestudio.studio.timeline import Timeline
from aestudio.studio.trainer import Trainer


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
        keeping: Keeping | None = None,
        may_replace: MayReplace = refuse,
        lent: Callable[[Data], Dataset | None] = lambda _data: None,
        throttle: Throttle | None = None,
    ) -> None:
        """`wake` is called when something has begun in the background, for `tick` to be called from then on;
        `may_replace` when something else is to take the place of a model that is in no file; `lent` gives images of a
        source that somebody else has loaded already; `throttle` is that of whoever draws what is told.
        """
        self.shelf = shelf or Shelf(lambda reason: self.tell(Failed(reason)))
        self.compute = compute.choose(device)
        self.settings = Settings()
        self._images = Images(start, lent)
        self.shown = Shown(self.settings, self._images, self.tell, start, wake)
        """The model, if there is one."""
        self.keep(keeping or Keeping())
        self.kept = Kept(self, may_replace)
        """Runs of the library and model files, to be taken up here."""
        self._readers: list[Reader] = []
        self.wake = wake
        """Called when something has begun in the background."""
        self.trainer = Trainer(self, start, throttle or Throttle())
        """Its trainings, one after the other."""
        self._state = State.READY
        self._status = self._resolve()
        self.slow_motion = SlowMotion(self)
        self.timeline = Timeline(self, start)
        """Earlier moments of its training, and branches from them."""

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
        return self.trainer.busy or self._images.loading or self.timeline.busy or self.shown.busy

    def tick(self) -> None:
        """Takes in what has come from the background since the last time."""
        for told in self._images.take():
            match told:
                case Loading():
                    self.tell(told)
                case Glimpse(few):
                    self.shown.glimpse(few)
                case Loaded():
                    self._loading_ended(told)
        self.trainer.tick()
        self.shown.tick()
        self.slow_motion.tick()
        self.timeline.tick()

    # -- settings ------------------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The settings as they are now."""
        return self.settings.run

    def begin(self, name: str) -> None:
        """The recipe that a new document begins with: nobody has changed anything yet, so nothing can be undone.

        Raises: RunError where there is none of this name.
        """
        self.start_from(recipes.find(name).run())

    def choose_recipe(self, name: str) -> None:
        """Fills every slot from a recipe, data included."""
        try:
            run = recipes.find(name).run()
        except RunError as error:
            self.tell(Failed(str(error)))
            return
        waiting, self.trainer.next = self.trainer.next, NextTraining()  # nothing begins while a person is asked
        if not self._may_take(run, origin=run):
            self.trainer.prepare(waiting)
            return
        self.trainer.next = waiting
        self.trainer.wait_no_more()
        self.trainer.next = NextTraining()
        self._take(run, origin=run)

    def set_run(self, run: Run, origin: Run | None = None) -> None:
        """Other settings, all at once; `origin` is the recipe or model that they are, where that is another one now."""
        if self._may_take(run, origin):
            self._take(run, origin)

    def _may_take(self, run: Run, origin: Run | None) -> bool:
        """Where it may not, the reason is told."""
        if self.status.running:
            self.tell(Failed(say("Stop the training before you change the recipe.")))
            return False
        if (origin is not None or run.data != self.run.data) and not self.kept.is_safe():
            self.tell(RunChanged(self.run))
            return False
        return True

    def _take(self, run: Run, origin: Run | None) -> None:
        before = self.run
        self.settings.change(run, origin=origin)
        self._adopt(before)

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
        if changed != self.run:
            before = self.run
            self.settings.change(changed, path)
            self._adopt(before)

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
        self._adopt(before)

    def _adopt(self, before: Run) -> None:
        """The settings are others than before, or may be; while training they are other live values of it."""
        run = self.run
        if self.status.running:
            self.trainer.use(run)
            self.tell(RunChanged(run))
            self.refresh()
            return
        self.trainer.next = self.trainer.next.with_other_settings()
        if self.shown.opened is not None and run != self.shown.opened.run:
            self.shown.opened = None
        self.tell(RunChanged(run))
        if run.data != before.data:
            self.trainer.wait_no_more()  # what waited was another training
        if run.data != before.data or self.dataset is None:
            self._reload()
        else:
            self.shown.show_samples()
        self.refresh()

    # -- training ------------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Starts a training, as soon as its data are there, or goes on with the one that is paused."""
        self.trainer.train()

    def pause(self) -> None:
        """Holds the training, or goes on with it."""
        self.trainer.pause()

    def step(self) -> None:
        """One training step, then hold."""
        self.trainer.step()

    def stop(self) -> None:
        """Ends the training after the running step; the model stays, and is scored. Once more: it is not."""
        self.trainer.stop()

    def resample(self, units: Sequence[int]) -> None:
        """Draws hidden units anew before the next step, where a training is under way."""
        self.trainer.resample(units)

    def close(self, seconds: float = 30) -> bool:
        """Stops everything that runs; False where something would not stop in time."""
        over = [one.close(seconds) for one in (self.timeline, self._images, self.trainer, self.shown)]
        return all(over)

    # -- what was kept -------------------------------------------------------------------------------------------------

    def start_from(self, run: Run, origin: Run | None = None) -> None:
        """Other settings, of something else that was opened: what was before cannot be undone."""
        before = self.run
        self.settings.open(run, origin)
        self._adopt(before)

    def show_model(self, opened: ModelFile, curves: Curves, number: int | None = None) -> None:
        """A model that was trained before, on its data where that can be had; it is run `number` of the library."""
        self.trainer.settle()
        self.shown.open(opened, curves, number)
        self.start_from(opened.run)
        if self._state is not State.LOADING:
            self.shown.show_opened()
        self.trainer.next = NextTraining(parent=number)
        self.refresh()

    def show(self, snapshot: Snapshot) -> None:
        """An older moment is shown from now on, while the training goes on."""
        self.shown.show(snapshot)

    def follow(self) -> None:
        """What the training comes to is shown again."""
        self.shown.follow()

    # -- data and model ------------------------------------------------------------------------------------------------

    @property
    def preview(self) -> Preview | None:
        """What is shown of the model, with what it does to held-out images."""
        return self.shown.preview

    @property
    def dataset(self) -> Dataset | None:
        """The images to train on; None while they load, or where there are none."""
        return self._images.dataset

    @property
    def data_problem(self) -> str:
        """Why there are none, in words."""
        return self._images.problem

    def keep(self, keeping: Keeping) -> None:
        """What is to be kept of trainings."""
        self.keeping, self.shown.snapshots.budget = keeping, keeping.snapshots

    def cancel_loading(self) -> None:
        """Gives up on the data set that is being loaded."""
        self._images.cancel()

    def _reload(self) -> None:
        """Loads the run's data in the background."""
        self.trainer.settle()
        self._images.load(self.run.data)
        self.tell(DataChanged(None))
        self.enter(State.LOADING)
        self.wake()

    def _loading_ended(self, loaded: Loaded) -> None:
        self._fit_settings()
        self.enter(State.READY)
        if loaded.problem:
            self.tell(Failed(loaded.problem))
        self.tell(DataChanged(loaded.dataset))
        self.shown.show_samples()
        self.shown.show_opened()
        self.refresh()
        self.trainer.begin_waiting()

    def _fit_settings(self) -> None:
        """Unless a training of them goes on, or its model was opened."""
        if self.dataset is None or self.shown.opened is not None or self.trainer.next.number is not None:
            return
        if self.settings.fit(self.dataset):
            self.tell(RunChanged(self.run))

    # -- what may be done now ------------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        return self._status

    def _resolve(self) -> Status:
        return Status(
            self._state,
            problem_of(self._state, self.run, self.dataset),
            trained=self.preview is not None,
            goes_on=self.shown.may_go_on,
            can_undo=self.settings.can_undo,
            can_redo=self.settings.can_redo,
        )

    def enter(self, state: State) -> None:
        """Something else goes on from now on."""
        self._state = state
        self.refresh()

    def refresh(self) -> None:
        """What may be done now may be something else."""
        self._status = self._resolve()
        self.tell(StatusChanged(self._status))
