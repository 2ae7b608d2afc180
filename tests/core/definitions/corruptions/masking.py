"""Masking."""

from __future__ import annotations

SETTINGS: dict[str, float] = {"fraction": 0.3}


def moments(x: float) -> tuple[float, float]:
    """E x̃ and Var x̃ of a pixel x with these settings."""
    return 0.7 * x, 0.7 * 0.3 * x**2
