"""What a document shows: the newest weights of a model or an older moment, where they come from, what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import listed, say
from aestudio.core.model.model_file import KEPT_EPOCH, ModelFile, of_epoch, some_samples
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Evaluated, Event, Finished, Joined, Preview, Started
from aestudio.core.run.history import CurveRecorder, Curves
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import obstacle
from aestudio.studio.background import Start
from aestudio.studio.events import CurvesShown, ImagesTried, MomentShown, Reader, SamplesShown, SnapshotsChanged
from aestudio.studio.images import Images, corrupted, samples
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.own_images import OwnImage
from aestudio.studio.settings import Settings
from aestudio.studio.snapshots import Snapshot, Snapshots
from aestudio.studio.trial import Trial, opened_preview, shape_of
from aestudio.studio.trying import TrialRequest, Tried, Trying


def waiting(own: Sequence[OwnImage]) -> str:
    """What is told of images that there is no model for yet."""
    if len(own) == 1:
        return say("{name} is waiting: train a model or open one, and the image goes through it.", name=own[0].name)
    return say("{count} images are waiting: train a model or open one, and they go through it.", count=len(own))


class Shown:
    """Kept up to date by its document, and tells what is to be seen of it: samples, previews, a person's image."""

    def __init__(
        self, settings: Settings, images: Images, tell: Reader, start: Start, wake: Callable[[], None]
    ) -> None:
        self._settings, self._images, self._tell, self._wake = settings, images, tell, wake
        self.newest: Preview | None = None
        """What the training has come to, or what was opened: shown unless an older moment is."""
        self.snapshots = Snapshots()
        """Moments of the training to go back to."""
        self.opened: ModelFile | None = None
        """The file that it comes from, unless it was trained here."""
        self._scores: tuple[int, dict[str, float]] = (0, {})
        """Of the model after which step; an untrained one lends none."""
        self.facts: dict[str, str] = {}
        """Where it comes from, in words by name."""
        self._curves = CurveRecorder()
        self._begun: Run | None = None
        self._kept: tuple[int, Run] | None = None
        self._trial, self._trying = Trial(), Trying(start)
        self._own: tuple[OwnImage, ...] = ()
        self.own_shown = 0
        """How many of the person's own images are seen: fewer than there are where the network is large."""

    # -- what becomes of it --------------------------------------------------------------------------------------------

    def begin(self, facts: dict[str, str], number: int | None) -> None:
        """A training begins: there is no model yet. It goes on with run `number` of the library, where it is that."""
        self._leave(None, snapshots=number is None or number != self.number)
        self.opened = self._kept = None
        self._scores = (0, {})
        self._trial.forget()
        self._trying.forget_network()
        self._curves = CurveRecorder()
        self.facts = facts

    def goes_on(self, before: Curves, step: int) -> None:
        """The training under way goes on from this step, after these curves."""
        self._curves = CurveRecorder(before)
        if held_out := before.held_out():
            self._scores = (held_out[-1].step, held_out[-1].scores)
        self.snapshots.forget(after=step)
        self._tell(SnapshotsChanged(self.snapshots.kept))

    def open(self, opened: ModelFile, curves: Curves, number: int | None = None) -> None:
        """A model that was trained before, run `number` of the library where it is one; its preview has to be made, as
        soon as its data are there or missing.
        """
        self._leave(self.newest)
        self._scores, self.facts = (0, dict(opened.scores)), dict(opened.facts)
        self._curves = CurveRecorder(curves)
        self.opened = opened
        self._kept = None if number is None else (number, opened.run)

    def show_opened(self) -> None:
        """The opened model, if there is one, on the held-out images where they fit."""
        if self.opened is None:
            return
        self._trial.forget()
        self._trying.forget_network()
        self.newest = opened_preview(self.opened, self._images.dataset)
        self._tell(self.newest)
        self.try_again()
        self._tell(CurvesShown(self.curves))

    def samples(self) -> SamplesShown | None:
        """Held-out images and what the corruption makes of them, where there is no model of such images."""
        dataset, run = self._images.dataset, self._settings.run
        if dataset is None or self.opened is not None:
            return None
        if self.preview is not None and self.preview.run.data == run.data and shape_of(self.preview) == dataset.shape:
            return None  # the model that was trained on these images stays to be tried
        return samples(dataset, run)

    def show_samples(self) -> None:
        """These, in the place of a model of other images."""
        shown = self.samples()
        if shown is not None:
            self._leave(None)
            self._tell(shown)
            self.try_again()

    def glimpse(self, few: NDArray[np.uint8]) -> None:
        """Images [N, C, H, W] of a set that is still being read; a model that is shown stays until all are there."""
        if self.opened is None and self.preview is None:
            self._tell(corrupted(to_float(torch.from_numpy(few)), self._settings.run))

    def read(self, event: Event) -> bool:
        """Takes in what a training tells; False where readers are not to see it, as an older moment is shown."""
        self._curves.read(event)
        match event:
            case Preview():
                self.newest = event
                self.snapshots.take(event, self.newest_scores)
                self._tell(SnapshotsChanged(self.snapshots.kept))
                return self.moment is None
            case Started(run=run, number=number):
                self._begun = run
                self._kept = (number, run) if number else None
            case Joined(number=number) if self._begun is not None:
                self._kept = (number, self._begun)
            case Evaluated(split="held-out", step=step, scores=scores) if step:
                self._scores = (step, scores)
                self.snapshots.score(step, scores)
            case Finished(run=Run() as run, kept_epoch=epoch):
                self._kept = (self._kept[0], run) if self._kept is not None else None
                self.facts = self.facts | of_epoch(epoch)
            case _:
                pass
        return True

    def show(self, moment: Snapshot) -> None:
        """An older moment, whatever the training comes to meanwhile; one that was read back need not be in memory."""
        if self.snapshots.hold(moment):
            self._tell_moment()
        else:
            said = say("Step {step:,} is not kept in memory any more; choose another one.", step=moment.step)
            self._tell(Failed(said))

    def follow(self) -> None:
        """The newest moment again, and those to come."""
        if self.moment is not None:
            self.snapshots.held = None
            self._tell_moment()

    def _tell_moment(self) -> None:
        self._tell(MomentShown(self.moment))
        if self.preview is not None:
            self._tell(self.preview)
            self.try_again()

    def _leave(self, newest: Preview | None, *, snapshots: bool = True) -> None:
        """Something else is to be shown than a moment of this training; its snapshots go as well, or stay."""
        self._trying.forget()
        self.newest = newest
        if self.moment is not None:
            self.snapshots.held = None
            self._tell(MomentShown(None))
        if snapshots and self.snapshots.kept:
            self.snapshots.forget()
            self._tell(SnapshotsChanged(()))

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def moment(self) -> Snapshot | None:
        """The older moment that is shown; None while the newest is followed."""
        return self.snapshots.held

    @property
    def preview(self) -> Preview | None:
        """What is shown of the model, with what it does to held-out images."""
        return self.newest if self.moment is None else self.moment.preview

    @property
    def scores(self) -> dict[str, float]:
        """Of held-out images by the model that is shown, and by no other; empty where nobody has taken any."""
        return self.newest_scores if self.moment is None else self.moment.scores

    @property
    def newest_scores(self) -> dict[str, float]:
        """Those of the newest model, whichever is shown."""
        step, scores = self._scores
        return scores if self.newest is not None and self.newest.step == step else {}

    @property
    def number(self) -> int | None:
        """Of the run of the library, where it is one."""
        return self._kept[0] if self._kept else None

    @property
    def may_go_on(self) -> bool:
        """Whether the training that is shown may go on with the settings as they are."""
        return self._kept is not None and not obstacle(self._kept[1], self._settings.run)

    @property
    def curves(self) -> Curves:
        """All that its training has said of losses and scores."""
        return self._curves.curves()

    @property
    def ended(self) -> int:
        """The step that the newest weights are of, as far as the curves say so; 0 where they do not."""
        curves, best = self.curves, self.opened.kept_epoch if self.opened is not None else None
        scored = [one.step for one in curves.held_out() if one.epoch == best]
        return scored[-1] if scored else int(curves.steps[-1]) if len(curves.steps) else 0

    def errors(self) -> tuple[tuple[int, float], ...]:
        """The held-out mean squared error at each evaluation of its training, by step."""
        return tuple((one.step, one.scores["mse"]) for one in self._curves.held_out() if "mse" in one.scores)

    def scored_until(self, step: int) -> Evaluated | None:
        """The last time that its training scored held-out images, not later than after a step."""
        return next((one for one in reversed(self._curves.held_out()) if one.step <= step), None)

    def file(self) -> ModelFile | None:
        """With all that goes with it into a file or an export; None before there is one."""
        preview, dataset = self.preview, self._images.dataset
        if preview is None:
            return None
        samples = self.opened.samples if self.opened else None
        if dataset is not None and dataset.shape == shape_of(preview) and self.opened is None:
            samples = some_samples(dataset.held_out.images)
        facts = self.facts | ({"steps": f"{preview.step:,}"} if preview.step or self.moment is not None else {})
        if self.moment is not None:
            facts.pop(KEPT_EPOCH, None)
        curves = self.curves if self.moment is None else self.curves.until(preview.step)
        depth = preview.depth if preview.depth < self._trial.model(preview).module.depth else None
        place = self.opened.place if self.opened else None
        return ModelFile(
            preview.run, shape_of(preview), preview.weights, self.scores, depth, samples, curves, facts, place
        )

    def file_of(self, end: Finished) -> ModelFile | None:
        """What a training has ended with, with all that goes with it into a file."""
        dataset = self._images.dataset
        if end.run is None or end.weights is None or dataset is None:
            return None
        samples = some_samples(dataset.held_out.images)
        facts = self.facts | {"steps": f"{end.step:,}"} | of_epoch(end.kept_epoch)
        scores = self.curves.scores_at(end.step)
        return ModelFile(end.run, dataset.shape, end.weights, scores, end.depth, samples, self.curves, facts)

    # -- trying it -----------------------------------------------------------------------------------------------------

    def model(self) -> Model | None:
        """Ready to try; it is given the weights of the next snapshot when that is tried."""
        return None if self.preview is None else self._trial.model(self.preview)

    def own_model(self) -> Model | None:
        """As a model of its own, for whoever keeps it."""
        preview = self.preview
        return None if preview is None else Model(preview.run, shape_of(preview), preview.weights, preview.depth)

    def unit_kl(self) -> NDArray[np.float32] | None:
        """What each number of the code tells in nats [K]; None where there is no model, or its code has no prior."""
        return None if self.preview is None else self._trial.unit_kl(self.preview)

    def prior_code(self, seed: int) -> NDArray[np.float32] | None:
        """A code of the prior [K]; None where there is none."""
        return None if self.preview is None else self._trial.prior_code(self.preview, seed)

    def decode(self, code: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """A flat code [K] as an image [C, H, W]."""
        images = self.decode_all(code[None])
        return None if images is None else images[0]

    def decode_all(self, codes: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Flat codes [N, K] as images [N, C, H, W]; None where there is no model, or they are not its codes."""
        return None if self.preview is None else self._trial.decode(self.preview, codes)

    @property
    def code_shape(self) -> tuple[int, ...]:
        """Of one code of the model: [K], or [C, H, W] where it keeps places; nothing where there is no model."""
        return () if self.preview is None else self._trial.code_shape(self.preview)

    def try_images(self, own: Sequence[OwnImage]) -> None:
        """Images of the person's are tried from now on, fitted to the model's input."""
        self._own = tuple(own)
        if self.preview is None:
            self._tell(Noted(waiting(own)))
        self.try_again()

    @property
    def shape(self) -> Shape | None:
        """Of the images that the model takes, or that will be trained on."""
        if self.preview is not None:
            return shape_of(self.preview)
        return self._images.dataset.shape if self._images.dataset is not None else None

    def put_images_away(self) -> None:
        """Back to the held-out samples."""
        self._own = ()
        self._trying.forget()
        self._tell(ImagesTried(()))

    @property
    def own_names(self) -> tuple[str, ...]:
        """Of the person's own images that are tried."""
        return tuple(one.name for one in self._own)

    def try_again(self) -> None:
        """The person's images through the model, if there is one and a size for them."""
        self._trying.forget()
        try:
            made = self._trial.images(self._own, self.preview, self._settings.run, self._images.dataset)
        except (StudioError, RuntimeError) as error:
            self._take_tried(error)
        else:
            self._take_tried(made)

    def try_soon(self) -> None:
        """The same for one model of many that come by themselves, in the background."""
        if self._own and self.preview is not None:
            self._trying.want(TrialRequest(self._own, self.preview, self._settings.run, self._images.dataset))
            self._wake()

    @property
    def busy(self) -> bool:
        """Images go through a model in the background."""
        return self._trying.busy

    def tick(self) -> None:
        """Takes in what has become of them."""
        tried = self._trying.take()
        if tried is not None and self._own:
            self._take_tried(tried, by_itself=True)

    def close(self, seconds: float) -> bool:
        """False where the images would not be let go of in time."""
        return self._trying.close(seconds)

    def _take_tried(self, tried: Tried, *, by_itself: bool = False) -> None:
        if isinstance(tried, Exception):
            names, self._own = listed(self.own_names), ()
            self._tell(Failed(say("{name} could not go through the model: {error}", name=names, error=tried)))
            return
        self.own_shown = len(tried)
        if tried:
            self._tell(ImagesTried(tried, by_itself))
