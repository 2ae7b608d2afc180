"""Loads data sets in the background, one at a time; the newest wish wins."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.source import Data
from aestudio.core.ground.errors import Cancelled, StudioError
from aestudio.core.ground.texts import Text, say
from aestudio.studio.background import Ended, Start, Stream
from aestudio.studio.events import Loading


@dataclass(frozen=True, eq=False)
class Glimpse:
    """A few images [N, C, H, W] of a data set that is still being read."""

    images: NDArray[np.uint8]


@dataclass(frozen=True)
class Loaded:
    """A data set, or None and why there is none, in words."""

    dataset: Dataset | None
    problem: str = ""


def _doing(event: object) -> object:
    return Loading if isinstance(event, Loading) else None


class Loader:
    """Loads what it was last asked for; a load that is under way when another is asked for is given up first."""

    def __init__(self, start: Start) -> None:
        self._stream: Stream[Loading | Glimpse | Dataset] = Stream(start, _doing)
        self._data: Data | None = None
        self._next: Data | None = None
        self._dataset: Dataset | None = None
        self._given_up = Flag()

    @property
    def running(self) -> bool:
        return self._stream.running

    def load(self, data: Data) -> None:
        """Begins at once, or as soon as a load that is under way has noticed that nobody wants it any more."""
        if self._stream.running:
            self._next = data
            self._given_up.set()
            return
        self._data, self._next = data, None
        self._given_up = given_up = Flag()
        name = say("Loading {title}", title=Text(data.title))

        def work(post: Callable[[Loading | Glimpse | Dataset], None]) -> None:
            def report(doing: str, fraction: float | None) -> None:
                if given_up.is_set():
                    raise Cancelled("{name} was cancelled.", name=name)
                post(Loading(doing, -1.0 if fraction is None else fraction))

            post(Loading(name, -1.0))
            with suppress(StudioError, OSError):  # the reading will say it
                if (few := data.glimpse()) is not None:
                    post(Glimpse(few))
            post(data.load(report))

        self._stream.begin(work, "loading")

    def cancel(self) -> None:
        """Gives up on what is being loaded, at its next report."""
        self._given_up.set()

    def take(self) -> list[Loading | Glimpse | Loaded]:
        """What has come since the last time; Loaded is the last of a load."""
        told: list[Loading | Glimpse | Loaded] = []
        for one in self._stream.take():
            match one:
                case Glimpse() if self._given_up.is_set():
                    pass
                case Loading() | Glimpse():
                    told.append(one)
                case Ended(error):
                    told.extend(self._end(error))
                case dataset:
                    self._dataset = dataset
        return told

    def close(self, seconds: float) -> bool:
        """Stops for good; False where a load would not stop in time."""
        self._next = None
        self.cancel()
        return self._stream.wait(seconds)

    def _end(self, error: BaseException | None) -> list[Loading | Loaded]:
        dataset, self._dataset = self._dataset, None
        title = Text(self._data.title if self._data is not None else "the data")
        if self._next is not None:
            self.load(self._next)
            return []
        if isinstance(error, StudioError):
            return [Loaded(None, str(error))]
        if error is not None:
            return [Loaded(None, say("Loading {title} failed: {error}", title=title, error=error))]
        if self._given_up.is_set():  # it was done before it noticed
            return [Loaded(None, say("Loading {title} was cancelled.", title=title))]
        return [Loaded(dataset)]
