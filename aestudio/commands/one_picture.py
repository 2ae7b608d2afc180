"""One picture cleaned into one file, and scored where there is one without noise to compare it with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aestudio.core.data.dataset import Skipped
from aestudio.core.denoise import scores
from aestudio.core.denoise.batch import Began, Cleaned, Ended
from aestudio.core.denoise.batch import Event as Step
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.files.header import Header
from aestudio.core.denoise.files.reading import read_header, read_picture
from aestudio.core.denoise.files.writing import fitting_suffix, is_same, unfit, write_picture
from aestudio.core.denoise.noise import estimate_sigma
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import Watch, Way
from aestudio.core.ground.errors import Cancelled, DenoiseError, reason
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say


@dataclass(frozen=True)
class Scored:
    """How near a picture is to the one without noise, before and after."""

    psnr_before: float
    """In dB; infinite where they are equal."""
    psnr: float
    ssim_before: float
    """At most 1; not a number for pictures smaller than its window."""
    ssim: float


Event = Step | Scored


class OnePicture:
    """What `batch` is for many, with the same events."""

    def __init__(
        self,
        path: Path,
        out: Path,
        way: Way,
        reference: Path | None,
        *,
        sigma: float | None,
        strength: float,
        budget: int | None,
    ) -> None:
        """`out` is a file, or a folder that the result goes into under its own name."""
        self._path, self._out, self._way, self._reference = path, out, way, reference
        self._sigma, self._strength, self._budget = sigma, strength, budget

    def events(self, report: Report) -> Iterator[Event]:
        """Ended is the last.

        Raises: StudioError where the file to write, the reference or the way is to blame, not the picture.
        """
        began = time.perf_counter()
        reference = None if self._reference is None else read_picture(self._reference)
        cleaned, trouble, stopped = 0, "", False
        try:
            header = read_header(self._path)
        except DenoiseError as error:
            trouble = str(error)
        else:
            result = self._result(header)
            yield Began(1, 0, 0, header.pixels, str(result.parent))
            try:
                yield from self._clean(result, reference, report)
                cleaned = 1
            except Cancelled:
                stopped = True
            except DenoiseError as error:
                trouble = str(error)
        if trouble:
            yield Skipped(str(self._path), trouble)
        seconds = time.perf_counter() - began
        yield Ended("stopped" if stopped else "completed", cleaned, 0, int(bool(trouble)), seconds, "")

    def _result(self, header: Header) -> Path:
        result, suffix = self._out, header.path.suffix
        if self._out.is_dir() or not self._out.suffix:
            fitting = fitting_suffix(header, suffix)
            result = self._out / (header.path.name + ("" if fitting == suffix else fitting))
        if why_not := unfit(header, result.suffix):
            raise DenoiseError(why_not)
        if is_same(result, self._path):
            raise DenoiseError(
                "{result} is the original, which is never written over; choose another name.", result=result
            )
        return result

    def _clean(self, result: Path, reference: Picture | None, report: Report) -> Iterator[Event]:
        began = time.perf_counter()
        picture = read_picture(self._path)
        before = None if reference is None else _scores(reference, picture)
        report(say("Looking at {name}", name=picture.name), 0.0)
        sigma = self._sigma if self._sigma is not None else estimate_sigma(picture)
        cleaner = self._way.prepare([picture], sigma, Watch(report))
        made = clean(picture, cleaner, strength=self._strength, budget=self._budget, report=report)
        try:
            result.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DenoiseError(
                "The folder {parent} cannot be made: {reason}", parent=result.parent, reason=reason(error)
            ) from error
        write_picture(made, result, report)
        seconds = time.perf_counter() - began
        yield Cleaned(str(self._path), str(result), sigma, seconds, cleaner.note.strip(), 1.0, 0.0)
        if reference is not None and before is not None:
            after = _scores(reference, made)
            yield Scored(before[0], after[0], before[1], after[1])


def _scores(reference: Picture, picture: Picture) -> tuple[float, float]:
    """PSNR in dB and SSIM."""
    clean, other = reference.values(), picture.values()
    return scores.picture_psnr(clean, other), scores.ssim(clean, other)
