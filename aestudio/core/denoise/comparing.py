"""Every way on the same picture, ranked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.noise import Noise
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result
from aestudio.core.denoise.way import Way
from aestudio.core.ground.errors import Cancelled, StudioError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say


def compare(
    picture: Picture,
    ways: Mapping[str, Way],
    sigma: float | None,
    *,
    estimate: Noise | None = None,
    reference: Picture | None = None,
    region: Region | None = None,
    strength: float = 1.0,
    budget: int | None = None,
    report: Report = unheard,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Runs the ways one after the other; each result is told as soon as it is there. A way that fails is a result too.

    `sigma` is the noise level where white is 1, None for the estimate, which may be known; `reference` is the whole
    clean picture.

    Returns: the results, best first where there is a reference, else in the order of the ways.
    Raises: Cancelled where `report` raises it.
    """
    results = []
    for number, (name, way) in enumerate(ways.items()):
        share = partial(_share, report, name, number, len(ways))
        began = time.perf_counter()
        try:
            how = Cleaning(way, sigma, strength, budget, estimate)
            result = how.run(picture, name, region=region, reference=reference, report=share)
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
