"""Every way on the same picture, ranked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from aestudio.core.denoise.cleaning import Region, clean
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.scores import picture_psnr, ssim
from aestudio.core.denoise.way import Watch, Way
from aestudio.core.ground.errors import Cancelled, StudioError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say


@dataclass(frozen=True, eq=False)
class Result:
    """What a way has made of a picture, or why it has made nothing."""

    name: str
    picture: Picture | None
    seconds: float = 0.0
    psnr: float | None = None
    """In dB; None where there is no reference, as for SSIM."""
    ssim: float | None = None
    note: str = ""
    """What the way has to say of it."""
    problem: str = ""


def scored(name: str, picture: Picture, seconds: float, reference: Values | None, note: str = "") -> Result:
    """A result with its scores against a clean picture [H, W, C], both cut off at black and white.

    Raises: DenoiseError where the reference is of another size.
    """
    if reference is None:
        return Result(name, picture, seconds, note=note)
    values, clean_values = picture.values().clip(0, 1), reference.clip(0, 1)
    return Result(name, picture, seconds, picture_psnr(clean_values, values), ssim(clean_values, values), note)


def compare(
    picture: Picture,
    ways: Mapping[str, Way],
    sigma: float,
    *,
    reference: Values | None = None,
    region: Region | None = None,
    strength: float = 1.0,
    budget: int | None = None,
    report: Report = unheard,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Runs the ways one after the other; each result is told as soon as it is there. A way that fails is a result too.

    `sigma` is the noise level where white is 1; `reference` [H, W, C] is the clean picture, or of the region.

    Returns: the results, best first where there is a reference, else in the order of the ways.
    Raises: Cancelled where `report` raises it.
    """
    results = []
    for number, (name, way) in enumerate(ways.items()):
        share = partial(_share, report, name, number, len(ways))
        began = time.perf_counter()
        try:
            cleaner = way.prepare([picture], sigma, Watch(share))
            made = clean(picture, cleaner, region=region, strength=strength, budget=budget, report=share)
            result = scored(name, made, time.perf_counter() - began, reference, cleaner.note)
        except Cancelled:
            raise
        except StudioError as error:
            result = Result(name, None, time.perf_counter() - began, problem=str(error))
        results.append(result)
        if on_result is not None:
            on_result(result)
    report(say("Comparing"), 1.0)
    return ranked(results)


def ranked(results: Iterable[Result]) -> list[Result]:
    """Best PSNR first, then those without one in their order, then those that failed."""
    return sorted(results, key=lambda one: (one.picture is None, -one.psnr if one.psnr is not None else 0.0))


def _share(report: Report, name: str, number: int, count: int, doing: str, fraction: float | None) -> None:
    """One way's own progress as that of all."""
    report(say("{name}: {doing}", name=name, doing=doing), (number + (fraction or 0.0)) / count)
