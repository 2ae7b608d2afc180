"""All pages of a file cleaned, and written as one file again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from aestudio.core.denoise.cleaning import SHARE
from aestudio.core.denoise.files.axis import of_one_among_many, told
from aestudio.core.denoise.files.reading import read_header, read_picture
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result, part, written
from aestudio.core.denoise.way import Callbacks, Cleaner
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.memory import free_memory
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import DOT, Text, listed, plural, say


def clean_file(
    how: Cleaning,
    path: Path,
    name: str = "",
    *,
    cleaner: Cleaner | None = None,
    reference: Picture | None = None,
    out: Path,
    quality: int | None = None,
    among_many: bool = False,
    begin: Callable[[], None] | None = None,
    report: Report = unheard,
) -> Result:
    """Cleans a file, page by page where it has several, and writes what came of it to `out`; as `Cleaning.run`.

    What learns from several pictures does so from the pages. The result's picture is that of the first page. What pages
    are is said of this file, or, `among_many`, of all those that do not say it themselves.

    Raises: DenoiseError as `Cleaning.run` does, and where the pages do not fit into the memory or a reference is given
    for several.
    """
    header = read_header(path)
    if header.frames == 1:
        return how.run(
            path, name, cleaner=cleaner, reference=reference, out=out, quality=quality, begin=begin, report=report
        )
    if reference is not None:
        raise DenoiseError(
            "{name} has {pages} pages; a reference is of a picture of one page.", name=path.name, pages=header.frames
        )
    _check_room(path, header.frames * header.pixels * header.bytes_per_pixel)
    began, count = time.perf_counter(), header.frames
    if cleaner is None and how.way.learns_from_all:
        cleaner = _learned(how, path, count, part(report, 0.0, 0.5))
    first = 0.5 if how.way.learns_from_all else 0.0
    axis, left = how.axis, None
    results: list[Result] = []
    for page in range(count):
        low, high = (first + (0.95 - first) * (page + more) / count for more in (0, 1))
        report(say("Reading {name}, page {page} of {count}", name=name or path.name, page=page + 1, count=count), low)
        picture = read_picture(path, page)
        if not page and among_many:
            axis, left = of_one_among_many(picture, axis)
        if not page:
            told([picture, picture], axis)  # what cannot be said is found out before anything is cleaned
        results.append(how.run(picture, name, cleaner=cleaner, report=part(report, low, high)))
    made = told([one.picture for one in results if one.picture is not None], axis)
    written(made, out, part(report, 0.95, 1), begin, quality)
    return _together(results, time.perf_counter() - began, left)


def _check_room(path: Path, needed: int) -> None:
    if needed > free_memory() // 2:
        raise DenoiseError(
            "{name} needs {gigabytes:.1f} GB of memory, more than half of what is free; split it into smaller files.",
            name=path.name,
            gigabytes=needed / 1e9,
        )


def _learned(how: Cleaning, path: Path, count: int, report: Report) -> Cleaner:
    """From as many pages, evenly chosen, as fit the memory."""
    first = read_picture(path)
    room = how.budget if how.budget is not None else int(SHARE * free_memory())
    step = max(1, -(-count * first.stored.nbytes // max(1, room)))
    pictures = [read_picture(path, page) for page in range(0, count, step)]
    alike = [one for one in pictures if one.channels == first.channels]
    return how.prepare(alike, how.noise(first), Callbacks(report))


def _together(results: list[Result], seconds: float, left: Text | None) -> Result:
    """One for all pages: the root mean square of their noise, and each note once, `left` first."""
    notes = list(dict.fromkeys(one for one in (str(left or ""), *(one.note for one in results)) if one))
    pages = plural("{count} page.", "{count} pages.", len(results))
    sigma = float(np.sqrt(np.mean([one.sigma**2 for one in results])))
    more: list[Text | str] = [pages, *notes[:MOST_NOTES]]
    return replace(results[0], seconds=seconds, sigma=sigma, note=str(listed(more, DOT)), pages=len(results))


MOST_NOTES = 3
"""Of the different remarks on pages; more say nothing new."""
