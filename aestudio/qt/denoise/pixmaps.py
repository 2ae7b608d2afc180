"""Pictures as Qt shows them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from aestudio.core.denoise.picture import Picture, Values
from aestudio.qt.images import rgb_to_qimage, to_bytes

BAND = 512
"""Rows that are converted at a time: a large picture is never whole in memory as float32."""


def shown(picture: Picture) -> QImage:
    """The picture in 8 bits, without its transparency."""
    if picture.stored.dtype == np.uint8 and picture.white == 255:
        return rgb_to_qimage(picture.stored)
    return rgb_to_qimage(_in_bands(picture, picture.values))


def removed(noisy: Picture, cleaned: Picture) -> tuple[QImage, float]:
    """What a way has taken off, as brightness about middle grey, and its standard deviation, white being 1.

    It is shown so strongly that three standard deviations reach black and white.
    """
    total, squares, count = 0.0, 0.0, noisy.stored.size
    for start in range(0, noisy.height, BAND):
        rows = slice(start, start + BAND)
        away = (noisy.values(rows) - cleaned.values(rows)).astype(np.float64)
        total += float(away.sum())
        squares += float(np.square(away).sum())
    sigma = float(np.sqrt(max(0.0, squares / count - (total / count) ** 2)))
    gain = np.float32(0.5 / (3 * sigma)) if sigma > 0 else np.float32(1.0)

    def band(rows: slice) -> Values:
        values: Values = 0.5 + gain * (noisy.values(rows) - cleaned.values(rows))
        return values

    return rgb_to_qimage(_in_bands(noisy, band)), sigma


def _in_bands(picture: Picture, values: Callable[[slice], Values]) -> NDArray[np.uint8]:
    made = np.empty(picture.stored.shape, np.uint8)
    for start in range(0, picture.height, BAND):
        rows = slice(start, start + BAND)
        made[rows] = to_bytes(values(rows))
    return made
