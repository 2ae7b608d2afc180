"""Images of the person's own: read from files, and fitted to the input of a model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
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
"""Images that are kept to be tried, as many as there are held-out samples to be seen; a large network takes fewer."""
SHARE = 0.25
"""Of the free memory that they may take."""


SIDE = 1024
"""Pixels of the shorter side that are kept of a large image: models to come are smaller."""


@dataclass(eq=False)
class OwnImage:
    """An image [H, W, C] in [0, 1] of the person's; a large one is kept smaller once a model has got it."""

    name: str
    pixels: NDArray[np.float32]
    _fitted: dict[tuple[int, ...], Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.height, self.width = self.pixels.shape[:2]
        """As it came."""

    def fitted(self, shape: Shape) -> Tensor:
        """[C, H, W] as a model of this shape takes it; made once for each, as a training asks at each snapshot, and two
        models that are compared ask in turn.
        """
        key = tuple(shape)
        if key not in self._fitted:
            self._fitted[key] = to_float(torch.from_numpy(fit_image(self.pixels, shape)))
            self.keep_less()
        return self._fitted[key]

    def keep_less(self) -> None:
        """No more of it than models to come need."""
        height, width, channels = self.pixels.shape
        if min(height, width) > SIDE:
            by = SIDE / min(height, width)
            less = fit_image(self.pixels, (channels, round(by * height), round(by * width)))
            self.pixels = less.transpose(1, 2, 0).astype(np.float32) / np.float32(255)


@dataclass(frozen=True, eq=False)
class Opened:
    """What became of files."""

    images: tuple[OwnImage, ...]
    paths: tuple[Path, ...]
    """Of the images."""
    problems: tuple[str, ...]
    """A sentence for each that cannot be read."""
    left: int
    """Those after the last that there was room for."""


def read_several(paths: Sequence[Path], levels: Range | None, shapes: Collection[Shape], report: Report) -> Opened:
    """The first MOST images, or as many as memory holds, fitted to the models that they are for."""
    images: list[OwnImage] = []
    opened: list[Path] = []
    problems: list[str] = []
    room = SHARE * free_memory()
    for number, path in enumerate(paths):
        if len(images) == MOST or room <= 0:
            return Opened(tuple(images), tuple(opened), tuple(problems), len(paths) - number)
        report(say("Opening {name}", name=path.name), number / len(paths))
        try:
            image = OwnImage(path.name, read_own(path, levels))
        except StudioError as error:
            problems.append(str(error))
            continue
        for shape in shapes:
            image.fitted(shape)
        image.keep_less()
        images.append(image)
        opened.append(path)
        room -= image.pixels.nbytes
    return Opened(tuple(images), tuple(opened), tuple(problems), 0)
