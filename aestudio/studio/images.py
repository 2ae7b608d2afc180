"""The images that a document trains on: loaded in the background, and none while they load."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.source import Data
from aestudio.core.probes.preview import probe_batch, shown
from aestudio.core.run.run import Run
from aestudio.studio.background import Start
from aestudio.studio.events import Loading, SamplesShown
from aestudio.studio.loading import Glimpse, Loaded, Loader


class Images:
    """Kept up to date by its document, which takes in what has come."""

    def __init__(self, start: Start, lent: Callable[[Data], Dataset | None] = lambda _data: None) -> None:
        """`lent` gives those of a source that somebody else has loaded already."""
        self.dataset: Dataset | None = None
        self.problem = ""
        """Why there is none, in words."""
        self._loader = Loader(start)
        self._lent = lent
        self._borrowed: Loaded | None = None

    @property
    def loading(self) -> bool:
        return self._loader.running or self._borrowed is not None

    def load(self, data: Data) -> None:
        """There are none from now on, until those of this source have come."""
        self.dataset = self._borrowed = None
        if not self._loader.running and (lent := self._lent(data)) is not None:
            self._borrowed = Loaded(lent)
        else:
            self._loader.load(data)

    def take(self) -> Iterator[Loading | Glimpse | Loaded]:
        """What has come since the last time."""
        borrowed, self._borrowed = self._borrowed, None
        for told in [*self._loader.take(), *([borrowed] if borrowed is not None else [])]:
            if isinstance(told, Loaded):
                self.dataset, self.problem = told.dataset, told.problem
            yield told

    def cancel(self) -> None:
        """Gives up on what is being loaded."""
        self._loader.cancel()

    def close(self, seconds: float) -> bool:
        """Stops for good; False where a load would not stop in time."""
        return self._loader.close(seconds)


def samples(dataset: Dataset, run: Run) -> SamplesShown:
    """Held-out images, and what the run's corruption makes of them."""
    return corrupted(probe_batch(dataset.held_out.images, torch.device("cpu"))[: shown(dataset.shape)], run)


def corrupted(images: Tensor, run: Run) -> SamplesShown:
    """Images [N, C, H, W] in [0, 1], and what the run's corruption makes of them."""
    seen = run.corruption.seen(images, torch.Generator().manual_seed(run.seed))
    return SamplesShown(images.numpy(), seen.numpy())
