"""Colours for numbers on both sides of zero: blue below, red above, and the ground's own grey for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from aestudio.qt import theme

STOPS = (-1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0)
BELOW = ("#0B3C86", "#2F7DC9", "#8FBDE6")
ABOVE = ("#F2A98C", "#D6432F", "#8E0F22")


def neutral() -> str:
    """The colour of zero in the theme in force."""
    look = theme.current()
    return look.tint(look.text, 0.06)


def diverging(values: NDArray[Any], zero: str | None = None) -> NDArray[np.float32]:
    """Values [N, H, W], where ±1 is the strongest colour, as red, green and blue in [0, 1]: [N, 3, H, W].

    `zero` is the colour of nothing, `neutral()` where none is given; values beyond ±1 get the strongest colour.
    """
    table = np.array([_rgb(colour) for colour in (*BELOW, zero or neutral(), *ABOVE)])
    channels = [np.interp(values, STOPS, table[:, channel]) for channel in range(3)]
    return np.stack(channels, 1).astype(np.float32)


def signed(images: NDArray[Any], zero: str | None = None) -> NDArray[np.float32]:
    """Images [N, C, H, W] of both signs in those colours, channels averaged, each scaled by its own largest magnitude:
    [N, 3, H, W].
    """
    value = images.mean(1)
    largest = np.abs(value).max((1, 2), keepdims=True)
    return diverging(value / np.where(largest > 0, largest, 1), zero)


def _rgb(colour: str) -> tuple[float, float, float]:
    made = QColor(colour)
    return made.redF(), made.greenF(), made.blueF()
