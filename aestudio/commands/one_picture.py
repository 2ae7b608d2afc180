"""One picture cleaned into one file, and scored where there is one without noise to compare it with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aestudio.core.data.dataset import Skipped
from aestudio.core.denoise.batch import Began, Cleaned, Ended
from aestudio.core.denoise.batch import Event as Step
from aestudio.core.denoise.files.header import Header
from aestudio.core.denoise.files.reading import read_header, read_picture
from aestudio.core.denoise.files.writing import fitting_suffix, is_same, unfit
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


def one_picture(path: Path, out: Path, how: Cleaning, reference: Path | None, report: Report) -> Iterator[Event]:
    """What `batch` is for many, with the same events; `out` is a file, or a folder that the result goes into under its
    own name. Ended is the last.

    Raises: StudioError where the file to write, the reference or the way is to blame, not the picture.
    """
    began = time.perf_counter()
    clean = None if reference is None else read_picture(reference)
    cleaned, trouble, stopped = 0, "", False
    try:
        header = read_header(path)
    except DenoiseError as error:
        trouble = str(error)
    else:
        result = _result(header, out)
        yield Began(1, 0, 0, header.pixels, str(result.parent))
        try:
            made = how.run(path, reference=clean, out=result, report=report)
        except Cancelled:
            stopped = True
        except DenoiseError as error:
            trouble = str(error)
        else:
            cleaned = 1
            yield Cleaned(str(path), str(result), made.sigma, made.seconds, made.note, 1.0, 0.0)
            if made.before is not None and made.psnr is not None and made.ssim is not None:
                yield Scored(made.before[0], made.psnr, made.before[1], made.ssim)
    if trouble:
        yield Skipped(str(path), trouble)
    seconds = time.perf_counter() - began
    yield Ended("stopped" if stopped else "completed", cleaned, 0, int(bool(trouble)), seconds, "")


def _result(header: Header, out: Path) -> Path:
    result, suffix = out, header.path.suffix
    if out.is_dir() or not out.suffix:
        fitting = fitting_suffix(header, suffix)
        result = out / (header.path.name + ("" if fitting == suffix else fitting))
    if why_not := unfit(header, result.suffix):
        raise DenoiseError(why_not)
    if is_same(result, header.path):
        raise DenoiseError("{result} is the original, which is never written over; choose another name.", result=result)
    return result
