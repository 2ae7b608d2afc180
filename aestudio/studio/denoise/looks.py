"""What of a file is looked at: which page, and which values are black and white; and all of it written. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.levels import Levels, found_levels
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.files.writing import write_picture
from aestudio.core.denoise.noise import Noise, estimate
from aestudio.core.denoise.pages import clean_file
from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import DOT, Text, listed, say

if TYPE_CHECKING:
    from aestudio.studio.denoise.entries import DeskEntry

BINS = 128
BESIDE = 0.25
"""How far the histogram reaches beyond black and white, as a part of what lies between them."""
COUNTED = 1_000_000
"""Values of a large picture, from evenly spaced rows."""


@dataclass(frozen=True, eq=False)
class Look:
    """A page with its black and white, and the noise that was found in it."""

    picture: Picture
    found: Noise
    page: int


def look(entry: DeskEntry, page: int, levels: Levels | None, report: Report) -> Look:
    """Another page of the entry's file, or the same one with other levels; None finds them.

    Raises: DenoiseError as `read_picture` does.
    """
    picture = entry.picture
    if page != entry.page:
        assert entry.path is not None
        report(say("Opening page {page} of {name}", page=page + 1, name=entry.name), None)
        picture = read_picture(entry.path, page)
    if levels is not None or page == entry.page:
        picture = picture.with_levels(levels)
    return Look(picture, estimate(picture), page)


def take_look(entry: DeskEntry, seen: Look) -> None:
    """What was made of another look is forgotten; a reference stays with the page it was chosen for."""
    if seen.page != entry.page:
        entry.before_noise = entry.reference = entry.as_it_is = None
        entry.noise = ""
    elif entry.before_noise is not None:
        entry.before_noise = entry.before_noise.with_levels(seen.picture.levels)
    entry.picture, entry.found, entry.page = seen.picture, seen.found, seen.page
    entry.forget()


def save_file(entry: DeskEntry, name: str, path: Path, report: Report) -> Path:
    """Writes a result; where the file has several pages, all of them, the others cleaned in the same way.

    Raises: DenoiseError where noise was added to one page of several, or a region of it was cleaned.
    """
    result = entry.results[name].picture
    assert result is not None
    if entry.pages == 1:
        write_picture(entry.as_file(result), path, report)
        return path
    if name in entry.regions:
        raise DenoiseError("This result is of a region only: clean the whole picture first.")
    how = entry.cleanings.get(name)
    if entry.before_noise is not None or how is None or entry.path is None:
        raise DenoiseError("Noise was added to one page alone: remove it, clean the page, and save then.")
    clean_file(replace(how, estimate=None, levels=entry.levels, axis=entry.axis), entry.path, out=path, report=report)
    return path


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values occur in a picture."""

    low: float
    high: float
    counts: NDArray[np.int64]
    """Of equally wide parts between them; what lies beyond is counted in the outermost."""


def histogram_of(picture: Picture) -> Histogram:
    """About black and white as they are found in the picture and as they are set."""
    black, white = found_levels(picture.stored)
    shown = picture.black_and_white
    beside = BESIDE * (white - black)
    low, high = min(black - beside, shown[0]), max(white + beside, shown[1])
    some = picture.stored[:: max(1, picture.stored.size // COUNTED)].astype(np.float64)
    counts, _ = np.histogram(some.clip(low, high), BINS, (low, high))
    return Histogram(low, high, counts)


def about(picture: Picture) -> str:
    """What is to be said of a picture of more than 8 bits; empty for one of 8."""
    said = list(picture.notes)
    if picture.levels is not None:
        black, white = picture.levels
        said.insert(0, Text("black {black:.6g}, white {white:.6g}", black=black, white=white))
    return str(listed(said, DOT))
