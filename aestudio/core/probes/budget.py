"""What an exact Jacobian would take, worked out beforehand: too much is refused in words instead of freezing."""

from __future__ import annotations

from aestudio.core.ground.errors import ProbeError
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


def affordable(f: Encoder, seconds: float, numbers: int, instead: str) -> None:
    """Raises: ProbeError, with what it would take and what to do `instead`, where that is too much."""
    if seconds <= SECONDS and numbers <= NUMBERS:
        return
    raise ProbeError(
        f"The whole Jacobian of this encoder has {f.units:,} × {f.inputs:,} numbers for each image "
        f"({_size(4 * f.units * f.inputs)}) and would take about {_duration(seconds)} in all; {instead} instead"
        + (", or look at fewer images." if numbers <= NUMBERS else ".")
    )


def _size(bytes: int) -> str:
    return f"{bytes / 1e9:.1f} GB" if bytes >= 1e9 else f"{bytes / 1e6:.1f} MB"


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"
