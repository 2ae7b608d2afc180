"""Every way on the same picture, ranked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.noise import Noise
from aestudio.core.denoise.noise import estimate as noise_in
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result
from aestudio.core.denoise.way import Way
from aestudio.core.ground.errors import Cancelled, StudioError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say

WARM = 64
"""The side of the corner that every way cleans before it is timed."""


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
    """Runs the ways one after the other, quick ones first; each result is told as soon as it is there. A way that fails
    is a result too. What a way does once, such as opening a model, is done before its seconds are counted.

    `sigma` is the noise level where white is 1, None for the estimate, which may be known; `reference` is the whole
    clean picture.

    Returns: the results, best first where there is a reference, else in the order of the ways.
    Raises: Cancelled where `report` raises it.
    """
    if estimate is None and sigma is None:
        estimate = noise_in(picture)
    found: dict[str, Result] = {}
    reckoned = {name: way.reckoned(picture) for name, way in ways.items()}
    began, whole = 0.0, sum(reckoned.values())
    for name in sorted(ways, key=lambda one: reckoned[one]):
        share = partial(_share, report, name, began / whole, reckoned[name] / whole)
        started = time.perf_counter()
        how = Cleaning(ways[name], sigma, strength, budget, estimate)
        try:
            _warm(how, picture, share)
            result = how.run(picture, name, region=region, reference=reference, report=share)
        except Cancelled:
            raise
        except StudioError as error:
            result = Result(name, None, time.perf_counter() - started, problem=str(error))
        began += reckoned[name]
        found[name] = result
        if on_result is not None:
            on_result(result)
    report(say("Comparing"), 1.0)
    return ranked(found[name] for name in ways)


def _warm(how: Cleaning, picture: Picture, report: Report) -> None:
    """Cleans a corner of the picture, so that the real run finds everything ready; what learns is ready at once."""
    if not how.way.learns:
        corner = picture.part(slice(0, WARM), slice(0, WARM))
        how.run(corner, report=lambda doing, _fraction: report(doing, 0.0))


def ranked(results: Iterable[Result]) -> list[Result]:
    """Best PSNR first, then those without one in their order, then those that failed."""
    return sorted(results, key=lambda one: (one.picture is None, -one.psnr if one.psnr is not None else 0.0))


def _share(report: Report, name: str, began: float, part: float, doing: str, fraction: float | None) -> None:
    """One way's own progress as that of all."""
    report(say("{name}: {doing}", name=name, doing=doing), began + part * (fraction or 0.0))
