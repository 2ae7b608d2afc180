"""No corruption."""

from __future__ import annotations

SETTINGS: dict[str, float] = {}


def moments(x: float) -> tuple[float, float]:
    """E x̃ and Var x̃ of a pixel x with these settings."""
    return x, 0.0
