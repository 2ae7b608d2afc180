"""What a picture's file says of it before anything is decoded, and which pictures are refused for it."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

from PIL import Image

from aestudio.core.ground.errors import DataError
from aestudio.core.ground.memory import free_memory

MOST_PIXELS = 200_000_000
"""More are refused: a file of a few kilobytes can claim any number."""
FREE_PIXELS, PIXELS_OF_A_BYTE = 25_000_000, 10_000
"""Beyond so many a file holds next to nothing: an empty page in black and white as archives pack it (Group 4: a bit for
a row), or a trap. Deflate makes 8,256 pixels of one bit from a byte; 7,500 bytes of WebP can hold 200 million.
"""
SHARE_OF_EMPTY = 8
"""Such a file is opened where it takes at most this part of the free memory. The WebP takes 5 GB and half a minute, an
empty page of 35 million grey pixels 0.2 GB.
"""

_opening = Lock()


@dataclass(frozen=True)
class Header:
    """A picture as it will be read: palettes replaced by colours, one bit a pixel by eight."""

    path: Path
    format: str
    """Its kind as Pillow names it: PNG, JPEG, TIFF, WEBP, BMP, PPM …"""
    mode: str
    """How the file holds its pixels: L, RGB, P, CMYK …; where Pillow has no name for it, its own with the depth."""
    stored: tuple[int, int]
    """Width and height as the file has them."""
    channels: int
    """1 for grey, 3 for colour; transparency is not counted."""
    depth: int
    """Bits of each channel in memory."""
    alpha: bool
    plain: bool = True
    """Whole numbers of 8 or 16 bits from 0 on, which most formats hold."""
    orientation: int = 1
    """How the file has it, an EXIF orientation; 1 is upright."""
    frames: int = 1
    """Pages, frames of an animation, or channels that are looked at one by one."""
    layers: int = 1
    """Of these so many lie in one page of the file, as channels."""

    @property
    def is_floating(self) -> bool:
        return not self.plain and (self.mode == "F" or ";f" in self.mode)

    @property
    def width(self) -> int:
        """Of the upright picture, in pixels."""
        return self.stored[self.orientation >= 5]

    @property
    def height(self) -> int:
        return self.stored[self.orientation < 5]

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def bytes_per_pixel(self) -> int:
        """In memory."""
        return (self.channels + self.alpha) * self.depth // 8

    @property
    def bytes_to_read(self) -> int:
        """The most that reading it was measured to take at once, over all formats: 5 to 7 bytes a pixel for 8 bits of
        grey, 14 to 22 for colours, 24 to 48 with transparency.
        """
        return self.pixels * (self.channels + self.alpha) * (6 + 2 * self.depth // 8 + 4 * self.alpha)

    def check(self) -> None:
        """Raises DataError where such a picture is not opened."""
        name = self.path.name
        if not self.pixels:
            raise DataError("{name} has no pixels.", name=name)
        if self.pixels > MOST_PIXELS:
            raise DataError(
                "{name} claims {width}×{height} pixels; pictures of at most {millions} million are opened. Cut it "
                "into parts first.",
                name=name,
                width=self.width,
                height=self.height,
                millions=MOST_PIXELS // 1_000_000,
            )
        if self.pixels > FREE_PIXELS and self.pixels > PIXELS_OF_A_BYTE * (size := self.path.stat().st_size):
            self._check_room(size)

    def _check_room(self, size: int) -> None:
        """For a file of so few bytes."""
        free = free_memory()
        if self.bytes_to_read > free // SHARE_OF_EMPTY:
            raise DataError(
                "{name} claims {width}×{height} pixels in {size:,} bytes, so there is next to nothing in it, and "
                "reading it takes up to {gigabytes:.1f} GB, more than an eighth of the {free:.1f} GB of memory that "
                "are free. It is not opened; cut it into parts first.",
                name=self.path.name,
                width=self.width,
                height=self.height,
                size=size,
                gigabytes=self.bytes_to_read / 1e9,
                free=free / 1e9,
            )


class _AnySize:
    """Around what Pillow is not to refuse for its size, since whoever asks has looked at that; in any threads.

    Where Pillow has a limit it is a number all the time: another thread may be comparing with it.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._before = Lock(), 0, Image.MAX_IMAGE_PIXELS

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = Image.MAX_IMAGE_PIXELS
                Image.MAX_IMAGE_PIXELS = None if self._before is None else sys.maxsize
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                Image.MAX_IMAGE_PIXELS = self._before


any_size = _AnySize()


def open_image(source: Path | IO[bytes]) -> Image.Image:
    """Pillow's image before it is decoded, of any size that the file claims: whoever calls looks at that first.

    Raises: what Pillow raises.
    """
    with _opening, any_size, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about EXIF that is damaged; the pixels need not be
        return Image.open(source)
