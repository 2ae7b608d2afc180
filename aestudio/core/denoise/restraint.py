"""What is taken off detail, held to what is taken off plain parts of the same picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import Cleaner

WIDTH = 6
"""σ in pixels of the Gaussian over which it is measured how much was taken off somewhere."""
REACH = 4 * WIDTH
TONES = 4
"""From dark to light, each with as many places: noise differs from tone to tone."""
PLAIN = 0.1
"""The share of places, those where least is taken off, that count as plain."""
MORE = 1.5
"""How many times as much may be taken off elsewhere."""
STEADY = 1.25
"""Noise is nearly the same everywhere: where plain places lose less than the middle one by more than this, detail is
among what is taken off, and all is held back by the square of how much less.
"""
NOTHING = 0.25 / 255
"""What rounding to 8 bits alone leaves in plain parts."""
WHOLE, SIDE, EVERY = 0.3, 192, 8
"""Up to so many megapixels all of the picture is looked at, otherwise squares of this side that make up as much; a
place is every EVERY-th pixel.
"""
Numbers = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Restraint:
    """How much may be taken off, by tone."""

    tones: Numbers
    """[T], rising, white being 1."""
    most: Numbers
    """[T], the root mean square of what may be taken off around a pixel."""

    def held(self, seen: Values, made: Values) -> Values:
        """What was made of a part [h, w, C], with as much of what it lost given back as is more than noise."""
        tone, lost = _measured(seen, made)
        share = np.minimum(1, np.interp(tone, self.tones, self.most) / np.maximum(lost, 1e-9)).astype(np.float32)
        kept: Values = seen + share[..., None] * (made - seen)
        return kept

    @staticmethod
    def found(cleaner: Cleaner, picture: Picture) -> Restraint:
        """By cleaning the picture, or nine squares of it, once."""
        places = [
            np.stack(_measured(seen, cleaner.clean(seen)))[:, ::EVERY, ::EVERY].reshape(2, -1)
            for seen in _parts(picture)
        ]
        tone, lost = np.concatenate(places, 1)
        tones, most = [], []
        for some in np.array_split(np.argsort(tone, kind="stable"), min(TONES, len(tone))):
            plain, middle = np.quantile(lost[some], (PLAIN, 0.5))
            steady = min(1.0, STEADY * plain / max(float(middle), 1e-9))
            tones.append(float(tone[some].mean()))
            most.append(max(0.0, MORE * float(plain) * steady**2 - NOTHING))
        return Restraint(np.array(tones, np.float32), np.array(most, np.float32))


def restrained(cleaner: Cleaner, looker: Cleaner, picture: Picture) -> Cleaner:
    """The cleaner, for this picture alone. A network that is told of strong noise takes fine texture for it; but noise
    is where the picture is plain, too. So nowhere is much more taken off than the plain parts of the same tone lose: in
    a clean picture next to nothing. `looker` is what those are measured with: the same, or a quicker one.
    """
    restraint = Restraint.found(looker, picture)

    def clean(values: Values) -> Values:
        made = cleaner.clean(values)
        return restraint.held(values[..., : made.shape[2]], made)

    return replace(cleaner, clean=clean, halo=cleaner.halo + REACH, memory=cleaner.memory + 32, of_picture=True)


def _measured(seen: Values, made: Values) -> tuple[Numbers, Numbers]:
    """The tone around every pixel, and the root mean square of what was taken off there, [h, w] each."""
    from scipy.ndimage import gaussian_filter

    def around(values: Values) -> Numbers:
        found: Numbers = gaussian_filter(values, WIDTH, radius=REACH, mode="nearest")
        return found

    return around(made.mean(2)), np.sqrt(around(np.square(seen - made).mean(2)).clip(min=0))


def taken_off(cleaner: Cleaner, picture: Picture) -> float:
    """The root mean square of what the cleaner takes off the parts that are looked at, white being 1."""
    squares = [np.square(seen - cleaner.clean(seen), dtype=np.float64) for seen in _parts(picture)]
    return float(np.sqrt(sum(one.sum() for one in squares) / sum(one.size for one in squares)))


def _parts(picture: Picture) -> Iterator[Values]:
    """The whole picture, or squares of it in three rows and columns."""
    if picture.megapixels <= WHOLE:
        yield picture.values()
        return
    for top in _starts(picture.height):
        for left in _starts(picture.width):
            yield picture.values(slice(top, top + SIDE), slice(left, left + SIDE))


def _starts(length: int) -> list[int]:
    return sorted({int(start) for start in np.linspace(0, max(0, length - SIDE), 3)})
