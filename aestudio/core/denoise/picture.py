"""A picture as its file has it: its own depth, and beside the pixels all that a cleaned copy keeps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.levels import Levels, found_levels
from aestudio.core.ground.texts import Text

Values = NDArray[np.float32]
"""Pixels [H, W, C], C being 1 or 3; black is 0 and white 1, and noise may lie beyond them."""

LOWEST, HIGHEST = -1.0, 2.0
"""Between these ways see values: what lies farther beyond black or white is a broken pixel or a light, and stays."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Upright pixels in the type that the file has: a picture of 100 megapixels is never in memory as float32."""

    stored: NDArray[Any]
    """[H, W, C] in the type of the file, C being 1 (grey) or 3 (red, green, blue)."""
    white: float = 255.0
    """The stored value that stands for white by the file's type; black is 0."""
    alpha: NDArray[Any] | None = None
    """Transparency [H, W]; it is kept as it is."""
    name: str = ""
    """The file's, or what the picture is called."""
    extras: dict[str, Any] = field(default_factory=dict, repr=False)
    """What the file had beside pixels, for the writer: its format, profile, EXIF, palette, resolution …"""
    levels: Levels | None = None
    """Black and white as they were found among the values, or set; None where they are those of the type."""
    holes: NDArray[Any] | None = None
    """[H, W, C] with what the file has where that is no number, and 0 elsewhere; None where all are numbers."""
    notes: tuple[Text, ...] = ()
    """What the person should know of how the file was read, in sentences."""

    @property
    def height(self) -> int:
        return int(self.stored.shape[0])

    @property
    def width(self) -> int:
        return int(self.stored.shape[1])

    @property
    def channels(self) -> int:
        return int(self.stored.shape[2])

    @property
    def megapixels(self) -> float:
        return self.height * self.width / 1e6

    @property
    def black_and_white(self) -> Levels:
        """The stored values that are 0 and 1 for whoever looks at the picture."""
        return self.levels or (0.0, self.white)

    @property
    def keeps_type(self) -> bool:
        """Black and white are always those of the type: pictures of 8 bits."""
        return self.stored.dtype == np.uint8

    def values(self, rows: slice = slice(None), columns: slice = slice(None)) -> Values:
        """A part of it, as float32 with black at 0 and white at 1."""
        part = self.stored[rows, columns]
        if self.levels is None and part.dtype.itemsize <= 4 and part.dtype.kind != "i":
            plain: Values = part.astype(np.float32) / np.float32(self.white)
            return plain
        black, white = self.black_and_white
        scaled = (part.astype(np.float64) - black) / (white - black)
        return scaled.clip(LOWEST, HIGHEST).astype(np.float32)

    def as_stored(self, values: Values) -> NDArray[Any]:
        """Values in this picture's own type: rounded and cut off at the ends of the type where they are whole."""
        black, white = self.black_and_white
        if self.levels is None and self.stored.dtype in (np.uint8, np.uint16, np.float32):
            scaled = values * np.float32(self.white)
            if self.stored.dtype.kind == "u":
                scaled = scaled.round().clip(0, self.white)
            return scaled.astype(self.stored.dtype)
        return self._fitting(values.astype(np.float64) * (white - black) + black)

    def cleaned(self, values: Values, rows: slice, columns: slice) -> NDArray[Any]:
        """What a part of it becomes where its values were made these: what was not changed stays to the last bit."""
        if self.levels is None:
            return self.as_stored(values)
        black, white = self.levels
        change = (values.astype(np.float64) - self.values(rows, columns)) * (white - black)
        part = self.stored[rows, columns]
        if part.dtype.kind == "f":
            made: NDArray[Any] = (part + change).astype(part.dtype)
            return made
        return self._fitting(part + change)

    def _fitting(self, scaled: NDArray[np.float64]) -> NDArray[Any]:
        dtype = self.stored.dtype
        if dtype.kind == "f":
            return scaled.astype(dtype)
        ends = np.iinfo(dtype)
        highest = self.white if dtype in (np.uint8, np.uint16) else ends.max
        return scaled.round().clip(ends.min, highest).astype(dtype)

    def with_levels(self, levels: Levels | None = None) -> Picture:
        """The same picture with other black and white, or with those that are found; one of 8 bits as it is."""
        if self.keeps_type:
            return self
        return replace(self, levels=found_levels(self.stored) if levels is None else levels)

    def with_stored(self, stored: NDArray[Any]) -> Picture:
        """The same picture, other pixels."""
        return replace(self, stored=stored)

    def whole(self) -> NDArray[Any]:
        """The pixels for a file: what was no number in it is so again."""
        if self.holes is None:
            return self.stored
        return np.where(np.isfinite(self.holes), self.stored, self.holes)

    def part(self, rows: slice, columns: slice) -> Picture:
        """A view of a region."""
        alpha = None if self.alpha is None else self.alpha[rows, columns]
        holes = None if self.holes is None else self.holes[rows, columns]
        return replace(self, stored=self.stored[rows, columns], alpha=alpha, holes=holes)
