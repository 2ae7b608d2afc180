"""One picture cleaned into one file, and scored where there is one without noise to compare it with."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aestudio.core.data.reading.header import Header
from aestudio.core.denoise.batch import Began, Cleaned, Ended
from aestudio.core.denoise.batch import Event as Step
from aestudio.core.denoise.files.reading import read_header, read_picture
from aestudio.core.denoise.files.writing import is_same, unfit
from aestudio.core.denoise.output import AS_IT_IS, Output
from aestudio.core.denoise.pages import clean_file
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.ground.errors import Cancelled, DenoiseError
from aestudio.core.ground.reports import Report


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


@dataclass(frozen=True)
class Asked:
    """One picture, and where its result goes: a file, or a folder that it goes into under its own name."""

    path: Path
    out: Path
    how: Cleaning
    output: Output = AS_IT_IS
    reference: Path | None = None


def one_picture(asked: Asked, report: Report) -> Iterator[Event]:
    """What `batch` is for many, with the same events. Ended is the last.

    Raises: StudioError where the picture, the file to write, the reference or the way is to blame.
    """
    began = time.perf_counter()
    asked.output.check()
    header = read_header(asked.path)
    clean = None if asked.reference is None else read_picture(asked.reference)
    result = _result(header, asked)
    yield Began(1, 0, 0, header.pixels * header.frames, str(result.parent))
    try:
        made = clean_file(
            asked.how, asked.path, reference=clean, out=result, quality=asked.output.quality, report=report
        )
    except Cancelled:
        yield Ended("stopped", 0, 0, 0, time.perf_counter() - began, "")
        return
    path = asked.path
    yield Cleaned(
        str(path), str(result), made.sigma, made.seconds, made.note, 1.0, 0.0, path.name, made.pages, made.levels
    )
    if made.before is not None and made.psnr is not None and made.ssim is not None:
        yield Scored(made.before[0], made.psnr, made.before[1], made.ssim)
    yield Ended("completed", 1, 0, 0, time.perf_counter() - began, "")


def _result(header: Header, asked: Asked) -> Path:
    result = asked.out
    if os.path.isdir(result) or not result.suffix:
        result = result / asked.output.name(PurePosixPath(header.path.name), header)
    if why_not := unfit(header, result.suffix):
        raise DenoiseError(why_not)
    if is_same(result, header.path):
        raise DenoiseError("{result} is the original, which is never written over; choose another name.", result=result)
    return result
