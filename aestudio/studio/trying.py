"""The person's images through each new model of a training: in the background, as that takes longer than a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import use_threads
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, say
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.studio.background import Start
from aestudio.studio.errand import Errand, Over
from aestudio.studio.own_images import OwnImage
from aestudio.studio.status import TriedImage
from aestudio.studio.trial import Trial


@dataclass(frozen=True, eq=False)
class TrialRequest:
    """Images that are to go through a snapshot."""

    own: Sequence[OwnImage]
    preview: Preview
    run: Run
    dataset: Dataset | None


Tried = tuple[TriedImage, ...] | Exception
"""What became of the images, or why nothing did."""


class Trying:
    """One request at a time; the newest that is wanted comes next."""

    def __init__(self, start: Start) -> None:
        self._errand = Errand(start)
        self._trial = Trial()
        self._next: TrialRequest | None = None
        self._under_way: TrialRequest | None = None

    @property
    def busy(self) -> bool:
        return self._errand.running or self._next is not None

    def want(self, request: TrialRequest) -> None:
        """As soon as the one before is over."""
        self._next = request
        if not self._errand.running:
            self._begin()

    def forget(self) -> None:
        """Nothing is wanted any more, and what is under way is not told."""
        self._next = self._under_way = None

    def forget_network(self) -> None:
        """The same, and the next snapshot is of another network."""
        self.forget()
        self._trial = Trial()

    def take(self) -> Tried | None:
        """What has come of a request that is still wanted; the next one begins."""
        found: Tried | None = None
        for told in self._errand.take():
            if isinstance(told, Over):
                request, self._under_way = self._under_way, None
                if request is not None:
                    found = told.found if isinstance(told.found, tuple | Exception) else StudioError(Text(told.problem))
        if not self._errand.running:
            self._begin()
        return found

    def close(self, seconds: float) -> bool:
        """False where the request would not stop in time."""
        self.forget()
        return self._errand.close(seconds)

    def _begin(self) -> None:
        self._under_way, self._next = self._next, None
        if self._under_way is not None:
            self._errand.begin(partial(_tried, self._trial, self._under_way), say("Trying images"))


def _tried(trial: Trial, request: TrialRequest, _report: Report) -> Tried:
    use_threads(1)  # of this thread; the others are the training's
    try:
        return trial.images(request.own, request.preview, request.run, request.dataset)
    except (StudioError, RuntimeError) as error:
        return error
