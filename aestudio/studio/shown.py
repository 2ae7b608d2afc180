"""What a document shows: the newest snapshot of a model, where it comes from, and what it does to an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import say
from aestudio.core.model.model_file import ModelFile, some_samples
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Started
from aestudio.core.run.history import CurveRecorder, Curves
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import obstacle
from aestudio.studio.events import Failed, ImageTried
from aestudio.studio.trial import Trial, opened_preview, shape_of


class Shown:
    """Kept up to date by its document; it tells nobody anything."""

    def __init__(self) -> None:
        self.preview: Preview | None = None
        """The newest snapshot, with what it does to held-out images."""
        self.opened: ModelFile | None = None
        """The file that it comes from, unless it was trained here."""
        self.scores: dict[str, float] = {}
        self.facts: dict[str, str] = {}
        """Where it comes from, in words by name."""
        self._curves = CurveRecorder()
        self._kept: tuple[int, Run] | None = None
        self._trial = Trial()
        self._image: tuple[str, NDArray[np.float32]] | None = None

    # -- what becomes of it --------------------------------------------------------------------------------------------

    def begin(self, facts: dict[str, str]) -> None:
        """A training begins: there is no model yet."""
        self.preview = self.opened = self._kept = None
        self._trial.forget()
        self._curves = CurveRecorder()
        self.facts = facts

    def goes_on(self, before: Curves) -> None:
        """The training under way goes on after these curves."""
        self._curves = CurveRecorder(before)

    def open(self, opened: ModelFile, curves: Curves) -> None:
        """A model that was trained before; its preview has to be made, as soon as its data are there or missing."""
        self.scores, self.facts = dict(opened.scores), dict(opened.facts)
        self._curves = CurveRecorder(curves)
        self.opened, self._kept = opened, None

    def opened_preview(self, dataset: Dataset | None) -> Preview | None:
        """The first preview of what was opened, on held-out images where they fit; None where nothing was."""
        if self.opened is None:
            return None
        self._trial.forget()
        self.preview = None
        return opened_preview(self.opened, dataset)

    def keep(self, number: int, run: Run) -> None:
        """It is this run of the library, with its settings at the end."""
        self._kept = (number, run)

    def read(self, event: Event) -> None:
        """Takes in what a training tells."""
        self._curves.read(event)
        match event:
            case Preview():
                self.preview = event
            case Started(run=run, number=number):
                self._kept = (number, run) if number else None
            case Evaluated(scores=scores):
                self.scores = scores or self.scores
            case Finished(run=Run() as run) if self._kept is not None:
                self._kept = (self._kept[0], run)
            case _:
                pass

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def number(self) -> int | None:
        """Of the run of the library, where it is one."""
        return self._kept[0] if self._kept else None

    def may_go_on(self, run: Run) -> bool:
        """Whether the training that is shown may go on with these settings."""
        return self._kept is not None and not obstacle(self._kept[1], run)

    @property
    def curves(self) -> Curves:
        """All that its training has said of losses and scores."""
        return self._curves.curves()

    def is_of(self, run: Run, dataset: Dataset) -> bool:
        """Whether the model was trained on the images of this run."""
        return (
            self.preview is not None and self.preview.run.data == run.data and shape_of(self.preview) == dataset.shape
        )

    def file(self, dataset: Dataset | None) -> ModelFile | None:
        """With all that goes with it into a file or an export; None before there is one."""
        preview = self.preview
        if preview is None:
            return None
        samples = self.opened.samples if self.opened else None
        if dataset is not None and dataset.shape == shape_of(preview) and self.opened is None:
            samples = some_samples(dataset.held_out.images)
        facts = self.facts | ({"steps": f"{preview.step:,}"} if preview.step else {})
        depth = preview.depth if preview.depth < self._trial.model(preview).module.depth else None
        return ModelFile(
            preview.run, shape_of(preview), preview.weights, self.scores, depth, samples, self.curves, facts
        )

    # -- trying it -----------------------------------------------------------------------------------------------------

    def model(self) -> Model | None:
        """Ready to try; it is given the weights of the next snapshot when that is tried."""
        return None if self.preview is None else self._trial.model(self.preview)

    def own_model(self) -> Model | None:
        """As a model of its own, for whoever keeps it."""
        preview = self.preview
        return None if preview is None else Model(preview.run, shape_of(preview), preview.weights, preview.depth)

    def decode(self, code: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """A flat code [K] as an image [C, H, W]."""
        return None if self.preview is None else self._trial.decode(self.preview, code)

    def take_image(self, name: str, image: NDArray[np.float32]) -> None:
        """An image of the person's, [H, W, C] in [0, 1], to be tried from now on."""
        self._image = (name, image)

    def put_image_away(self) -> None:
        self._image = None

    def tried(self, run: Run, dataset: Dataset | None) -> ImageTried | Failed | None:
        """The person's image through the model, or why it cannot go; None where there is none, or no size for it."""
        if self._image is None:
            return None
        name, image = self._image
        try:
            made = self._trial.image(name, image, self.preview, run, dataset)
        except (StudioError, RuntimeError) as error:
            self._image = None
            return Failed(say("{name} could not go through the model: {error}", name=name, error=error))
        return None if made is None else ImageTried(made)
