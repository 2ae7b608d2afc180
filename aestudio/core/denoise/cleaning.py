"""A picture cleaned tile by tile: of any size, within a memory budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.memory import free_memory, is_out_of_memory
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, say

if TYPE_CHECKING:
    from aestudio.core.denoise.way import Cleaner

SHARE = 0.25
"""Of the free memory that is used where nobody says how much."""
LARGEST = 1024
"""A tile's side in pixels, without the halo: the next report and the next look at a cancel are never far."""
SMALLEST = 32


@dataclass(frozen=True)
class Region:
    """A rectangle of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.width)


def clean(
    picture: Picture,
    cleaner: Cleaner,
    *,
    region: Region | None = None,
    strength: float = 1.0,
    budget: int | None = None,
    report: Report = unheard,
) -> Picture:
    """The cleaned picture, or the cleaned region of it.

    Tiles are cleaned together with what lies around them as far as the cleaner can see, so no seam shows: the result is
    that of the whole picture at once, to rounding. `strength` 0 to 1 blends it with the original. `budget` is in bytes,
    by default a quarter of the free memory; a device that runs out of memory gets tiles of half the side.

    Raises: DenoiseError where even the smallest tile does not fit; Cancelled where `report` raises it.
    """
    whole = region or Region(0, 0, picture.height, picture.width)
    made = np.empty((whole.height, whole.width, picture.channels), picture.stored.dtype)
    side = tile_side(cleaner, picture.channels, budget if budget is not None else int(SHARE * free_memory()))
    left, done = [whole], 0
    doing = say("Cleaning {name}", name=picture.name) if picture.name else say("Cleaning")
    while left:
        tile = left.pop()
        if max(tile.height, tile.width) > side:
            left += reversed(list(tiles(tile, side, cleaner.step)))
            continue
        report(doing, done / (whole.height * whole.width))
        try:
            values = _tile(picture, cleaner, tile, strength)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if side <= SMALLEST:
                raise DenoiseError(
                    "There is not enough memory to clean {name}, even in tiles of {side}×{side} pixels; close "
                    "other programs or choose another method.",
                    name=picture.name or Text("the picture"),
                    side=side,
                ) from error
            side = max(SMALLEST, max(tile.height, tile.width) // 2)
            left.append(tile)
            continue
        rows = slice(tile.top - whole.top, tile.top - whole.top + tile.height)
        columns = slice(tile.left - whole.left, tile.left - whole.left + tile.width)
        made[rows, columns] = picture.cleaned(values, tile.rows, tile.columns)
        done += tile.height * tile.width
    report(doing, 1.0)
    if region is not None:
        picture = picture.part(region.rows, region.columns)
    return picture.with_stored(made)


def tile_side(cleaner: Cleaner, channels: int, budget: int) -> int:
    """The side of the largest square tile, without its halo, that stays within `budget` bytes; at most LARGEST."""
    padded = int((budget / (cleaner.memory * channels)) ** 0.5)
    return min(LARGEST, max(SMALLEST, padded - 2 * cleaner.halo))


def tiles(region: Region, side: int, step: int) -> Iterator[Region]:
    """The region cut into tiles of at most `side` pixels, evenly, row by row; cuts lie at multiples of the step where
    the side is longer than it.
    """
    for top, bottom in _cuts(region.top, region.height, side, step):
        for left, right in _cuts(region.left, region.width, side, step):
            yield Region(top, left, bottom - top, right - left)


def _cuts(start: int, length: int, side: int, step: int) -> Iterator[tuple[int, int]]:
    count = -(-length // (side - step + 1 if side > step else side))  # room for moving the cuts
    ends = [start + length * (i + 1) // count for i in range(count)]
    if side > step:
        ends = [max(start + 1, end - end % step) for end in ends[:-1]] + ends[-1:]
    ends = sorted(set(ends))
    yield from zip([start, *ends[:-1]], ends, strict=True)


def _tile(picture: Picture, cleaner: Cleaner, tile: Region, strength: float) -> Values:
    """The cleaned tile [h, w, C]."""
    top, left = (max(0, edge - cleaner.halo) for edge in (tile.top, tile.left))
    top, left = top - top % cleaner.step, left - left % cleaner.step
    rows = slice(top, min(picture.height, tile.top + tile.height + cleaner.halo))
    columns = slice(left, min(picture.width, tile.left + tile.width + cleaner.halo))
    around = seen = picture.values(rows, columns)
    if cleaner.beside is not None:
        seen = np.concatenate([around, cleaner.beside[rows, columns]], axis=2)
    cleaned = cleaner.clean(seen)
    inside = (
        slice(tile.top - top, tile.top - top + tile.height),
        slice(tile.left - left, tile.left - left + tile.width),
    )
    if strength == 1:
        return cleaned[inside]
    blended: Values = around[inside] + np.float32(strength) * (cleaned[inside] - around[inside])
    return blended
