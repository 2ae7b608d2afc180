"""The noise of a camera."""

from __future__ import annotations

from math import exp, log
from typing import Any

SHOT = 1e-4
SETTINGS: dict[str, Any] = {
    "shot_low": SHOT,
    "shot_high": SHOT,
    "colour_filter": False,
    "curved_share": 0.0,
    "jpeg_share": 0.0,
}
"""Without what makes neighbours alike; tests/core/test_camera.py looks at that."""


def moments(x: float) -> tuple[float, float]:
    """E x̃ and Var x̃ of a pixel x with these settings: to first order the noise of the light, by the slope of gamma."""
    light = x**2.2
    read = exp(2.18 * log(SHOT) + 1.20 + 0.26**2 / 2)
    slope = x / (2.2 * light)
    return x, slope**2 * (SHOT * light + read)
