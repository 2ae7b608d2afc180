"""Patches of the sample photographs that scikit-learn and scikit-image carry: no download needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from aestudio.core.data.carried import carried
from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.data.reading.pictures import contrasts, fit_image, read_image
from aestudio.core.data.skipped import Skipped
from aestudio.core.data.source import Data
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob

_LEARN, _IMAGE = "sklearn/datasets/images/", "skimage/data/"

# In the order in which they are held out. The files are read where the wheels put them: scikit-image's own loaders may
# ask pooch to download. One half of its stereo pair is left out, since both show the same, and so are its drawings, its
# medical images and its blurred ones.
COLOUR = (
    _IMAGE + "chelsea.png",
    _LEARN + "china.jpg",
    *(_IMAGE + name for name in ("coffee.png", "rocket.jpg", "astronaut.png", "motorcycle_left.png")),
    _LEARN + "flower.jpg",
)
GREY = tuple(_IMAGE + name for name in ("camera.png", "coins.png", "moon.png", "brick.png", "grass.png", "gravel.png"))


@dataclass(frozen=True, eq=False)
class Cutouts:
    """A store that keeps the photographs and cuts a square patch when asked: memory does not grow with the patches."""

    pixels: Tensor
    """uint8 [C, P]: every photograph's pixels, row by row, one photograph after the other."""
    corners: Tensor
    """int64 [N]: where in P a patch's top left pixel is."""
    strides: Tensor
    """int64 [N]: the width of the patch's photograph."""
    size: int
    scale: float | None = None
    """Where patches are normalised: three standard deviations of what each one's mean leaves of it, 0–255."""

    @property
    def shape(self) -> Shape:
        return len(self.pixels), self.size, self.size

    def __len__(self) -> int:
        return len(self.corners)

    def gather(self, index: Tensor) -> Tensor:
        step = torch.arange(self.size, device=index.device)
        rows = self.corners[index, None] + self.strides[index, None] * step  # [B, size]
        # Whole rows are gathered, each a window of the flat pixels: several times faster than pixel by pixel.
        runs = self.pixels.unfold(1, self.size, 1)[:, rows]  # [C, B, size, size]
        patches = runs.transpose(0, 1)  # [B, C, size, size]
        return patches.contiguous() if self.scale is None else self._normalised(patches, self.scale)

    @staticmethod
    def _normalised(patches: Tensor, scale: float) -> Tensor:
        """Without their means, cut off at ± scale, and squeezed into 0.1 to 0.9 of the range, as in CS294A."""
        left = patches.float()
        left -= left.mean((1, 2, 3), keepdim=True)
        return left.clamp_(-scale, scale).mul_(0.4 / scale).add_(0.5).mul_(255).round_().to(torch.uint8)

    def normalised(self, scale: float) -> Cutouts:
        """The same patches, normalised to this scale."""
        return replace(self, scale=scale)

    def spread(self) -> float:
        """Three standard deviations of up to 10,000 patches, each without its mean."""
        some = self.gather(torch.linspace(0, len(self) - 1, min(10_000, len(self))).long()).float()
        return 3 * float((some - some.mean((1, 2, 3), keepdim=True)).std())

    def to(self, device: torch.device) -> Cutouts:
        return replace(
            self, pixels=self.pixels.to(device), corners=self.corners.to(device), strides=self.strides.to(device)
        )


class Photographs(Data):
    """Square patches of 13 sample photographs, 7 of them in colour; whole photographs are held out.

    Patches overlap, so a split of the patches would score a model on pixels it was trained on.
    """

    kind: ClassVar[str] = "photographs"
    title: ClassVar[str] = "Photographs"
    about: ClassVar[str] = (
        "Square patches of 13 sample photographs, 7 of them in colour; whole photographs are held out."
    )
    source: ClassVar[str] = "Sample photographs of scikit-learn (CC BY 2.0) and scikit-image (public domain and CC0)"
    rank: ClassVar[int] = 1

    size: int = knob(16, "Patch size", low=4, high=256, unit="pixels", tip="The height and width of a patch.")
    colour: bool = knob(
        False, "Colour", tip="Red, green and blue from the colour photographs; otherwise grey from all of them."
    )
    patches: int = knob(
        20_000,
        "Patches",
        low=100,
        high=1_000_000,
        log=True,
        tip="Patches to train on. A fifth as many are cut from the held-out photographs.",
    )
    contrast: float = knob(
        0.02,
        "Least contrast",
        low=0.0,
        high=0.2,
        tip="Patches whose grey values deviate less than this from their mean (black 0, white 1) are left out: "
        "most of them are plain sky. 0 keeps all.",
    )
    normalise: bool = knob(
        False,
        "Normalise",
        tip="Take each patch's mean away, cut off at three standard deviations and squeeze into 0.1 to 0.9, "
        "as the CS294A notes do before sparse coding.",
    )
    held_out: int = knob(
        2, "Held out", low=1, high=4, unit="photographs", tip="Photographs kept from training, to score it."
    )

    def read(self, report: Report = unheard) -> Dataset:
        names = COLOUR if self.colour else COLOUR + GREY
        found: list[np.ndarray] = []
        skipped: list[Skipped] = []
        for done, name in enumerate(names):
            report(say("Reading the sample photographs"), done / len(names))
            package, _, inside = name.partition("/")
            try:
                pixels = read_image(carried(package, inside))
            except DataError as error:  # a distribution may leave a photograph out
                skipped.append(Skipped(name, str(error)))
                continue
            found.append(fit_image(pixels, (3 if self.colour else 1, *pixels.shape[:2])))
        if len(found) <= self.held_out:
            raise DataError(
                "Only {count} sample photographs are installed, too few to hold out {held_out}: install "
                "scikit-learn and scikit-image from their wheels.",
                count=len(found),
                held_out=self.held_out,
            )
        report(say("Cutting patches"), None)
        train = self._cut(found[self.held_out :], self.patches, seed=0)
        held_out = self._cut(found[: self.held_out], self.patches // 5, seed=1)
        if self.normalise:
            scale = train.spread()
            train, held_out = train.normalised(scale), held_out.normalised(scale)
        return Dataset(
            name=self.title,
            train=Split(train),
            held_out=Split(held_out),
            skipped=tuple(skipped),
        )

    def _cut(self, photographs: list[np.ndarray], count: int, seed: int) -> Cutouts:
        """`count` patches, drawn evenly from all places of all photographs that have enough contrast."""
        corners, strides, start = [], [], 0
        for photograph in photographs:  # uint8 [C, H, W]
            height, width = photograph.shape[1:]
            grey = fit_image(photograph.transpose(1, 2, 0) / np.float32(255), (1, height, width))[0]
            tops, lefts = np.nonzero(contrasts(grey, self.size) >= self.contrast * 255)
            corners.append(start + tops * width + lefts)
            strides.append(np.full(len(tops), width))
            start += height * width
        places, widths = np.concatenate(corners), np.concatenate(strides)
        if len(places) == 0:
            raise DataError(
                "No patch of {size}×{size} pixels has a contrast of {contrast:g}: ask for less contrast.",
                size=self.size,
                contrast=self.contrast,
            )
        # Without repeats as long as there are enough places.
        chosen = np.random.default_rng(seed).choice(len(places), count, replace=count > len(places), shuffle=True)
        return Cutouts(
            pixels=torch.from_numpy(np.concatenate([p.reshape(len(p), -1) for p in photographs], axis=1)),
            corners=torch.from_numpy(places[chosen]),
            strides=torch.from_numpy(widths[chosen]),
            size=self.size,
        )
