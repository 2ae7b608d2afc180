"""Noise of all kinds, where only independent noise is left."""

from __future__ import annotations

SETTINGS: dict[str, float] = {"camera_share": 0.0, "alike_share": 0.0, "jpeg_share": 0.0, "low": 0.28, "high": 0.32}


def moments(x: float) -> tuple[float, float]:
    """E x̃ and Var x̃ of a pixel x with these settings."""
    return x, (0.28**2 + 0.28 * 0.32 + 0.32**2) / 3
