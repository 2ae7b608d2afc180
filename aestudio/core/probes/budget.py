"""What an exact Jacobian would take, worked out beforehand: too much is refused in words instead of freezing."""

from __future__ import annotations

from aestudio.core.ground.errors import TakesLong
from aestudio.core.ground.texts import Text
from aestudio.core.probes.encoder import Encoder

SECONDS, NUMBERS = 120.0, 1 << 27
"""What an exact computation may take: time for all images, and numbers of one image's Jacobian (512 MB)."""
RATE = 3e10
"""Multiply-adds a second of double precision, as measured on two cores."""


def eigenvalues(narrow: int, wide: int) -> float:
    """Seconds for the n = `narrow` singular values of a matrix, through the smaller of its Gram matrices: n² · `wide`
    multiply-adds for it, and about 3n³ for its eigenvalues.
    """
    return (narrow**2 * wide + 3 * narrow**3) / RATE


def affordable(f: Encoder, seconds: float, numbers: int, instead: Text) -> None:
    """Raises: TakesLong, with what it would take and what to do `instead`, where that is too much."""
    if seconds <= SECONDS and numbers <= NUMBERS:
        return
    raise TakesLong(
        "The whole Jacobian of this encoder has {units:,} × {inputs:,} numbers for each image ({size}) and would take "
        "about {duration} in all; {instead} instead, or look at fewer images."
        if numbers <= NUMBERS
        else "The whole Jacobian of this encoder has {units:,} × {inputs:,} numbers for each image ({size}) and would "
        "take about {duration} in all; {instead} instead.",
        units=f.units,
        inputs=f.inputs,
        size=_size(4 * f.units * f.inputs),
        duration=duration(seconds),
        instead=instead,
    )


def _size(bytes: int) -> Text:
    if bytes >= 1e9:
        return Text("{size:.1f} GB", size=bytes / 1e9)
    return Text("{size:.1f} MiB", size=bytes / 2**20)


def duration(seconds: float) -> Text:
    """In words."""
    if seconds >= 2 * 86400:
        return Text("{count:,.0f} days", count=seconds / 86400)
    if seconds >= 2 * 3600:
        return Text("{count:,.0f} hours", count=seconds / 3600)
    if seconds >= 2 * 60:
        return Text("{count:,.0f} minutes", count=seconds / 60)
    return Text("{count:.0f} seconds", count=seconds)
