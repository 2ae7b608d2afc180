"""What a result did not do, and the way that would have done better."""

from __future__ import annotations

from typing import Any

import numpy as np

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.noise import CLEAR, DOTTED, Noise
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import Way
from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import options

ENOUGH = 0.5
"""The part of the noise that was found which a result is expected to take off."""
STATED = "stated"
"""Noise that is taken off as strong as it is said to be; see `Way.suits`."""
ROWS = 256
"""That are compared at a time, so that a large picture takes no more memory."""


def removed(before: Picture, after: Picture, region: Region | None = None) -> float:
    """The root mean square of what was changed, white being 1; `after` may be of a region only."""
    if region is not None:
        before = before.part(region.rows, region.columns)
    total = 0.0
    for top in range(0, after.height, ROWS):
        rows = slice(top, top + ROWS)
        total += float(np.square(before.values(rows) - after.values(rows), dtype=np.float64).sum())
    return float(np.sqrt(total / max(1, after.stored.size)))


def better(way: Way, noise: Noise, gone: float, strength: float = 1.0, *, stated: bool = False) -> str:
    """A sentence where dots were found and the way is not made for them, or where much less noise is gone than was
    found, of which texture may be a part; empty where all is well, and where the level was `stated`, not found.
    """
    if noise.dots and way.suits != DOTTED:
        return say(
            "{share:.1%} of the pixels are black or white dots; {way} takes those off.",
            share=noise.dots,
            way=_title(DOTTED, way),
        )
    if stated or noise.sigma <= CLEAR or gone >= ENOUGH * strength * noise.sigma:
        return ""
    if gone >= ENOUGH * strength * noise.low:
        return _doubtful(way, noise, gone)
    if way.finds_noise:
        return say(
            "Only σ {gone:.1f} of 255 was taken off where about {found:.1f} was found; say the noise level, or try "
            "{way}.",
            gone=255 * gone,
            found=255 * noise.sigma,
            way=_title(STATED, way),
        )
    return say(
        "Only σ {gone:.1f} of 255 was taken off where about {found:.1f} was found; try {way}.",
        gone=255 * gone,
        found=255 * noise.sigma,
        way=_title(STATED, way),
    )


def _doubtful(way: Way, noise: Noise, gone: float) -> str:
    """What is to be said where so little was found somewhere that the rest may be no noise."""
    values: dict[str, Any] = {
        "gone": 255 * gone,
        "low": 255 * noise.low,
        "high": 255 * noise.high,
        "way": _title(STATED, way),
    }
    if way.finds_noise:
        return say(
            "Only σ {gone:.1f} of 255 was taken off where {low:.1f} to {high:.1f} was found, since the rest may be "
            "detail. If it is noise, say the noise level, or try {way}.",
            **values,
        )
    return say(
        "Only σ {gone:.1f} of 255 was taken off where {low:.1f} to {high:.1f} was found, since the rest may be detail. "
        "If it is noise, try {way}.",
        **values,
    )


def _title(kind: str, instead_of: Way) -> Text:
    """Of the way that suits a kind of noise."""
    fitting = [one for one in options(Way).values() if one.suits == kind and one.kind != instead_of.kind]
    return Text(fitting[0].title if fitting else "another way")
