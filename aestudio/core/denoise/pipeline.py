"""One picture from noisy to clean: read, estimate the noise, prepare the way, clean, write, score."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from aestudio.core.data.reading.levels import Levels
from aestudio.core.denoise.advice import better, removed
from aestudio.core.denoise.cleaning import Region, clean
from aestudio.core.denoise.comparable import comparable
from aestudio.core.denoise.files.axis import Axis
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.files.writing import write_pages
from aestudio.core.denoise.noise import Noise, estimate
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.scores import picture_psnr
from aestudio.core.denoise.scores import ssim as similarity
from aestudio.core.denoise.way import Callbacks, Cleaner, Way
from aestudio.core.ground.errors import DenoiseError, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import SPACE, Text, listed, say

LEARNING = 9.0
"""What learning is reckoned at for the time that is left, cleaning the same pixels being 1."""
WRITING = 0.1
"""The part of what comes after learning that is reckoned for writing."""
STUMBLES = (RuntimeError, ValueError, ArithmeticError, LookupError, MemoryError)
"""A way that stumbles so over one picture says nothing of others."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a way has made of a picture, or why it has made nothing."""

    name: str
    picture: Picture | None
    seconds: float = 0.0
    """From reading to writing, as far as those were asked for; without scoring."""
    psnr: float | None = None
    """In dB; None where there is no reference, as for SSIM."""
    ssim: float | None = None
    note: str = ""
    """What the way has to say of it."""
    problem: str = ""
    sigma: float = 0.0
    """The noise that was taken off, or that was found, white being 1."""
    before: tuple[float, float] | None = None
    """PSNR and SSIM of the picture as its file has it; None where it was not read here, or there is no reference."""
    pages: int = 1
    """Of the file, each cleaned in the same way."""

    @property
    def levels(self) -> Levels | None:
        """Black and white that were found or set; None where they are those of 8 bits."""
        return None if self.picture is None else self.picture.levels


@dataclass(frozen=True)
class Cleaning:
    """How pictures are cleaned. What need not look at each of them is prepared once."""

    way: Way
    sigma: float | None = None
    """The standard deviation of the noise, white being 1; None estimates that of each picture."""
    strength: float = 1.0
    """0 to 1, as `clean` has it."""
    budget: int | None = None
    """Bytes of memory, as `clean` has it."""
    estimate: Noise | None = None
    """What is known of the noise in the picture, where it was looked at before."""
    levels: Levels | None = None
    """Black and white of pictures of more than 8 bits; None finds them in each."""
    axis: Axis = "pages"
    """What the pages of a file are that does not say it."""
    _ready: dict[tuple[int, Way], Cleaner] = field(default_factory=dict, repr=False, compare=False)
    """By the number of channels, and by the way as it suits the noise; a `replace` shares it."""
    _file_states: tuple[tuple[int, int], ...] | None = field(default=None, repr=False)
    """Of the files that the way names, as they were when it was made; a `replace` shares what was made of them."""

    def __post_init__(self) -> None:
        if self._file_states is None:
            object.__setattr__(self, "_file_states", self.way.file_states())

    @property
    def learning(self) -> float:
        """How much of the work on one picture is learning from it: 0 to 1."""
        return LEARNING / (1 + LEARNING) if self.way.learns else 0.0

    def noise(self, picture: Picture) -> Noise:
        """What is known of the noise in a picture; it is looked at unless that has been done or a level is said."""
        if self.sigma is not None:
            return Noise.said(self.sigma) if self.estimate is None else replace(self.estimate, sigma=self.sigma)
        return estimate(picture) if self.estimate is None else self.estimate

    def prepare(self, pictures: Sequence[Picture], noise: Noise, callbacks: Callbacks) -> Cleaner:
        """A cleaner for pictures of one kind: made once, unless the way has to look at each; anew for another noise
        level where it is made for one. Raises what `Way.prepare` does.
        """
        way = self.way.suited(noise) if self.sigma is None else self.way
        sigma = way.told(noise) if self.sigma is None else noise.sigma
        kind = (pictures[0].channels, way)
        made = self._ready.get(kind)
        if made is None or way.learns or made.sigma not in (None, sigma):
            made = way.prepare(pictures, sigma, callbacks)
            if not made.of_picture:
                self._ready[kind] = made
        return made

    def run(
        self,
        source: Path | Picture,
        name: str = "",
        *,
        others: Sequence[Picture] = (),
        cleaner: Cleaner | None = None,
        region: Region | None = None,
        reference: Picture | None = None,
        out: Path | None = None,
        quality: int | None = None,
        begin: Callable[[], None] | None = None,
        report: Report = unheard,
        show: Callable[[Cleaner], None] | None = None,
    ) -> Result:
        """Cleans a picture, or a region of it, and writes what came of it to `out`. `name` is what the result is
        called, and the file while it is read.

        A way that learns does so from `others` too; a `cleaner` that is ready already is used as it is. `reference`
        is the whole picture without noise. `begin` is called just before writing, `show` as in `Callbacks`.

        Raises: DenoiseError where the picture, the way, the reference or the place to write is to blame; Cancelled
        where `report` raises it.
        """
        began = time.perf_counter()
        if isinstance(source, Path):
            report(say("Reading {name}", name=name or source.name), 0.0)
        picture = read_picture(source) if isinstance(source, Path) else source
        if self.levels is not None:
            picture = picture.with_levels(self.levels)
        before = _scores(picture, reference) if reference is not None and isinstance(source, Path) else None
        noise = self.noise(picture)
        learned = self.learning if cleaner is None else 0.0
        cleaned = 1.0 if out is None else 1.0 - WRITING * (1.0 - learned)
        if cleaner is None:
            cleaner = self.prepare([picture, *others], noise, Callbacks(part(report, 0.0, learned), show))
        made = clean(
            picture,
            cleaner,
            region=region,
            strength=self.strength,
            budget=self.budget,
            report=part(report, learned, cleaned),
        )
        if out is not None:
            written([made], out, part(report, cleaned, 1.0), begin, quality)
        seconds = time.perf_counter() - began
        advice = better(self.way, noise, removed(picture, made, region), self.strength, stated=self.sigma is not None)
        unheeded = (
            say("{way} does not use a noise level.", way=Text(self.way.title))
            if self.sigma is not None and not self.way.heeds_noise()
            else ""
        )
        note = str(listed([one for one in (*picture.notes, cleaner.note.strip(), unheeded, advice) if one], SPACE))
        made_of = Result(name, made, seconds, note=note, sigma=noise.sigma, before=before)
        return scored(made_of, reference, region)


def scored(result: Result, reference: Picture | None, region: Region | None = None) -> Result:
    """With scores against the whole clean picture, of which the result shows the region; both cut off at black and
    white.

    Raises: DenoiseError where the reference is of another size.
    """
    if reference is None or result.picture is None:
        return result
    if region is not None:
        reference = reference.part(region.rows, region.columns)
    psnr, ssim = _scores(result.picture, reference)
    return replace(result, psnr=psnr, ssim=ssim)


def part(report: Report, low: float, high: float) -> Report:
    """The Report of what lies between two fractions of the whole."""

    def told(doing: str, fraction: float | None) -> None:
        report(doing, None if fraction is None else low + (high - low) * fraction)

    return told


def _scores(picture: Picture, reference: Picture) -> tuple[float, float]:
    """PSNR in dB and SSIM."""
    values, clean_values = comparable(picture, reference)
    return picture_psnr(clean_values, values), similarity(clean_values, values)


def written(
    pages: Sequence[Picture], path: Path, report: Report, begin: Callable[[], None] | None, quality: int | None
) -> None:
    """Writes a file, in a folder that is made where it is not there. Raises: DenoiseError as `write_pages` does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DenoiseError(
            "The folder {parent} cannot be made: {reason}", parent=path.parent, reason=reason(error)
        ) from error
    if begin is not None:
        begin()
    write_pages(pages, path, report, quality)
