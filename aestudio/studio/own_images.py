"""Images of the person's own: read from files, and fitted to the input of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aestudio.core.data.dataset import to_float
from aestudio.core.data.reading.pictures import Range, fit_image, read_own
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.memory import free_memory
from aestudio.core.ground.reports import Report
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import say

MOST = 64
"""Images that are tried at the same time, as many as there are held-out samples to be seen."""
SHARE = 0.25
"""Of the free memory that they may take."""


@dataclass(eq=False)
class OwnImage:
    """An image [H, W, C] in [0, 1] of the person's."""

    name: str
    pixels: NDArray[np.float32]
    _fitted: Tensor | None = None

    def fitted(self, shape: Shape) -> Tensor:
        """[C, H, W] as a model of this shape takes it; made once, as a training asks at each snapshot."""
        if self._fitted is None or tuple(self._fitted.shape) != tuple(shape):
            self._fitted = to_float(torch.from_numpy(fit_image(self.pixels, shape)))
        return self._fitted


@dataclass(frozen=True, eq=False)
class Opened:
    """What became of files."""

    images: tuple[OwnImage, ...]
    problems: tuple[str, ...]
    """A sentence for each that cannot be read."""
    left: int
    """Those after the last that there was room for."""


def read_several(paths: Sequence[Path], levels: Range | None, report: Report) -> Opened:
    """The first MOST images, or as many as memory holds."""
    images: list[OwnImage] = []
    problems: list[str] = []
    room = SHARE * free_memory()
    for number, path in enumerate(paths):
        if len(images) == MOST or room <= 0:
            return Opened(tuple(images), tuple(problems), len(paths) - number)
        report(say("Opening {name}", name=path.name), number / len(paths))
        try:
            images.append(OwnImage(path.name, read_own(path, levels)))
            room -= images[-1].pixels.nbytes
        except StudioError as error:
            problems.append(str(error))
    return Opened(tuple(images), tuple(problems), 0)
