"""A picture as its file has it: its own depth, and beside the pixels all that a cleaned copy keeps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
"""Pixels [H, W, C], C being 1 or 3; black is 0 and white 1, and noise may lie beyond them."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Upright pixels in the type that the file has: a picture of 100 megapixels is never in memory as float32."""

    stored: NDArray[Any]
    """uint8, uint16 or float32 [H, W, C], C being 1 (grey) or 3 (red, green, blue)."""
    white: float = 255.0
    """The stored value that stands for white; black is 0."""
    alpha: NDArray[Any] | None = None
    """Transparency [H, W] of the same type; it is kept as it is."""
    name: str = ""
    """The file's, or what the picture is called."""
    extras: dict[str, Any] = field(default_factory=dict, repr=False)
    """What the file had beside pixels, for the writer: its format, profile, EXIF, palette, resolution …"""

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

    def values(self, rows: slice = slice(None), columns: slice = slice(None)) -> Values:
        """A part of it, as float32 with white at 1."""
        part: Values = self.stored[rows, columns].astype(np.float32) / np.float32(self.white)
        return part

    def as_stored(self, values: Values) -> NDArray[Any]:
        """Values in this picture's own type: rounded and cut off at black and white where they are whole numbers."""
        scaled = values * np.float32(self.white)
        if self.stored.dtype.kind == "u":
            scaled = scaled.round().clip(0, self.white)
        return scaled.astype(self.stored.dtype)

    def with_stored(self, stored: NDArray[Any]) -> Picture:
        """The same picture, other pixels."""
        return replace(self, stored=stored)

    def part(self, rows: slice, columns: slice) -> Picture:
        """A view of a region."""
        alpha = None if self.alpha is None else self.alpha[rows, columns]
        return replace(self, stored=self.stored[rows, columns], alpha=alpha)
