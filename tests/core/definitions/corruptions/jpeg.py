"""JPEG of the best quality: of a plain image it changes nothing."""

from __future__ import annotations

SETTINGS: dict[str, float] = {"low": 100, "high": 100}


def moments(x: float) -> tuple[float, float]:
    """E x̃ and Var x̃ of a pixel x of a plain image with these settings."""
    return x, 0.0
