"""Pictures as Qt shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.picture import Picture, Values
from aestudio.qt.images import is_deep, is_grey, rgb_to_qimage, to_bytes, with_alpha

BAND = 512
"""Rows that are converted at a time: a large picture is never whole in memory as float32."""


def shown(picture: Picture) -> QImage:
    """The picture in 8 bits, with its transparency."""
    is_plain = picture.stored.dtype == np.uint8 and picture.white == 255
    image = rgb_to_qimage(picture.stored if is_plain else _in_bands(picture, picture.values))
    return image if picture.alpha is None else with_alpha(image, _opacity(picture.alpha))


def _opacity(alpha: NDArray[Any]) -> NDArray[np.uint8]:
    """[H, W] of any type in 8 bits; the file's own type, which need not be that of the colours, says what is opaque."""
    most = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "iu" else 1.0
    return to_bytes(alpha / np.float32(most))


def taken(image: QImage, name: str) -> Picture:
    """An image from another program, such as one on the clipboard, with its depth and transparency."""
    deep = is_deep(image)
    plain = image.convertToFormat(QImage.Format.Format_RGBA64 if deep else QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(plain.constBits(), np.uint16 if deep else np.uint8).reshape(plain.height(), -1)
    pixels = rows[:, : 4 * plain.width()].reshape(plain.height(), plain.width(), 4)
    colours = pixels[..., : 1 if is_grey(image) else 3].copy()
    alpha = pixels[..., 3].copy() if image.hasAlphaChannel() else None
    return Picture(colours, 65535.0 if deep else 255.0, alpha, name)


def removed(noisy: Picture, cleaned: Picture, region: Region | None = None) -> tuple[QImage, float]:
    """What a way has taken off, as brightness about middle grey, and its standard deviation, white being 1; that of the
    region alone, where only that was cleaned.

    It is shown so strongly that three standard deviations reach black and white.
    """
    before, after = (one if region is None else one.part(region.rows, region.columns) for one in (noisy, cleaned))
    total, squares, count = 0.0, 0.0, before.stored.size
    for start in range(0, before.height, BAND):
        rows = slice(start, start + BAND)
        away = (before.values(rows) - after.values(rows)).astype(np.float64)
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
