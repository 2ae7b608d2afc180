"""A picture file as a Picture, or one sentence why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.header import Header
from aestudio.core.data.reading.planes import read_head, read_planes
from aestudio.core.data.reading.sentences import in_sentences
from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.texts import Text, plural


def read_header(path: str | Path) -> Header:
    """What the file is, without decoding it.

    Raises: DenoiseError, one sentence that starts with the file's name, where it is missing, empty, a folder, not to be
    opened, cut short, no image, of too many pixels or of another kind that is not read.
    """
    path = Path(path)
    with in_sentences(path, DenoiseError):
        return read_head(path)


def read_picture(path: str | Path, page: int = 0) -> Picture:
    """A page of a file, upright, in the depth that it has there, with the black and white that were found in it where
    it has not 8 bits.

    Palettes become colours, or greys where they hold nothing else, and one bit a pixel eight. The extras hold what
    stands beside the pixels, for `write_pages`: `source`, the file's absolute path; `format`; `icc`, `exif` and `xmp`
    in bytes; `dpi`; and what is of one format only, such as `mosaic`, where a sensor saw one colour at each pixel.
    Pixels that are no numbers get the middle of those around them, and are in the file that is written what they were.

    Raises: DenoiseError, as `read_header` does, and where the file is damaged or holds no number at all.
    """
    path = Path(path)
    with in_sentences(path, DenoiseError):
        read = read_planes(path, page)
        stored, holes = _filled(read.pixels, path)
        notes = read.notes
        if holes is not None:
            count = int((~np.isfinite(holes)).any(2).sum())
            notes = (*notes, *_holes(count))
        made = Picture(stored, read.white or 1.0, read.alpha, path.name, read.extras, holes=holes, notes=notes)
        return made.with_levels()


def _holes(count: int) -> tuple[Text, ...]:
    return (
        plural(
            "{count:,} pixel is no number and stays as it is.",
            "{count:,} pixels are no numbers and stay as they are.",
            count,
        ),
    )


def _filled(pixels: NDArray[Any], path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Pixels of numbers alone, and those that were none; `Picture.holes`."""
    if pixels.dtype.kind != "f" or np.isfinite(pixels).all():
        return pixels, None
    known = np.isfinite(pixels)
    if not known.any():
        raise DenoiseError("{name} holds no numbers, so there is nothing to clean.", name=path.name)
    from scipy.ndimage import distance_transform_edt

    filled = pixels.copy()
    for channel in range(pixels.shape[2]):
        inside = known[..., channel]
        if not inside.any():
            filled[..., channel] = np.median(pixels[known])
        elif not inside.all():
            nearest = distance_transform_edt(~inside, return_distances=False, return_indices=True)
            filled[..., channel] = pixels[..., channel][tuple(nearest)]
    return filled, np.where(known, 0, pixels)
