"""One megapixel of grey, cleaned."""

import time
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import Way
from aestudio.core.ground.texts import Text
from aestudio.core.parts.slots import options

SIGMA = 25 / 255


class Denoising(Figure):
    """A grey picture of one megapixel with noise, by non-local means and by the photo denoiser, right way up only."""

    kind: ClassVar[str] = "denoising"
    title: ClassVar[str] = "Denoising one megapixel of grey"
    about: ClassVar[str] = (
        "A grey picture of one megapixel with noise, by non-local means and by the photo denoiser, right way up only."
    )
    unit: ClassVar[str] = "pictures"
    rank: ClassVar[int] = 4

    def contenders(self, size: float = 1.0) -> list[Contender]:
        side = max(32, int(1000 * size**0.5))
        rows, columns = np.mgrid[:side, :side] / side
        noise = np.random.default_rng(0).normal(0, 255 * SIGMA, (side, side))
        values = 127 + 60 * np.sin(12 * rows) * np.cos(9 * columns) + noise
        picture = Picture(values.clip(0, 255).round().astype(np.uint8)[..., None])
        ways = options(Way)
        return [
            Contender(Text("non-local means"), _cleaning(ways["nlm"](), picture)),
            Contender(Text("photo denoiser"), _cleaning(ways["photo"].model_validate({"twice": "never"}), picture)),
        ]


def _cleaning(way: Way, picture: Picture) -> Callable[[float], float]:
    cleaner = way.prepare([picture], 0.0 if way.finds_noise else SIGMA)

    def go_on(seconds: float) -> float:
        until, done = time.perf_counter() + seconds, 0
        while True:
            clean(picture, cleaner)
            done += 1
            if time.perf_counter() >= until:
                return done

    return go_on
