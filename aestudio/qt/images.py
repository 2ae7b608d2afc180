"""The only conversion between arrays and Qt's images, and the mosaic that shows many of them as one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from aestudio.core.run.events import Floats

Bytes = NDArray[np.uint8]

_DEEP = (
    QImage.Format.Format_Grayscale16,
    QImage.Format.Format_RGBX64,
    QImage.Format.Format_RGBA64,
    QImage.Format.Format_RGBA64_Premultiplied,
    QImage.Format.Format_BGR30,
    QImage.Format.Format_RGB30,
    QImage.Format.Format_A2BGR30_Premultiplied,
    QImage.Format.Format_A2RGB30_Premultiplied,
    QImage.Format.Format_RGBX16FPx4,
    QImage.Format.Format_RGBA16FPx4,
    QImage.Format.Format_RGBA16FPx4_Premultiplied,
    QImage.Format.Format_RGBX32FPx4,
    QImage.Format.Format_RGBA32FPx4,
    QImage.Format.Format_RGBA32FPx4_Premultiplied,
)
_GREY = (QImage.Format.Format_Grayscale8, QImage.Format.Format_Grayscale16)


def to_bytes(images: NDArray[Any]) -> Bytes:
    """Floats in [0, 1], clipped, as the nearest of 256 levels; what is not a number becomes black."""
    scaled = np.multiply(images, 255, dtype=np.float32)
    np.nan_to_num(scaled, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
    np.clip(scaled, 0, 255, out=scaled)
    scaled += 0.5
    levels: Bytes = scaled.astype(np.uint8)
    return levels


def to_qimage(array: NDArray[Any]) -> QImage:
    """One image [C, H, W] or [H, W] with values in [0, 1] (clipped) as a QImage that owns its memory.

    C is 1 (grey) or 3 (red, green, blue); of any other number the first channel is shown.
    Raises: ValueError where the array has another number of dimensions.
    """
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3:
        raise ValueError(f"an image has two or three dimensions, this has {array.ndim}")
    if array.shape[0] not in (1, 3):
        array = array[:1]
    return rgb_to_qimage(to_bytes(array).transpose(1, 2, 0))


def rgb_to_qimage(pixels: Bytes) -> QImage:
    """uint8 [H, W, 1 or 3] as a QImage that owns its memory."""
    height, width, channels = pixels.shape
    form = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    packed = np.ascontiguousarray(pixels)
    return QImage(packed.data, width, height, width * channels, form).copy()


def packed(colours: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Red, green and blue [..., 3] as one number each, as `packed_to_qimage` takes them."""
    red, green, blue = np.moveaxis(colours.astype(np.uint32), -1, 0)
    found: NDArray[np.uint32] = np.uint32(0xFF000000) | (red << 16) | (green << 8) | blue
    return found


def packed_to_qimage(pixels: NDArray[np.uint32]) -> QImage:
    """Colours by one number each [H, W] as a QImage that owns its memory."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()


def with_alpha(image: QImage, alpha: Bytes) -> QImage:
    """The image with a transparency [H, W], 255 being opaque."""
    made = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(made.bits(), np.uint8).reshape(made.height(), -1)  # a row of four bytes a pixel has no filling
    rows[:, 3::4] = alpha
    return made


def is_deep(image: QImage) -> bool:
    """Whether it has more than 8 bits a channel."""
    return image.format() in _DEEP


def is_grey(image: QImage) -> bool:
    """Whether it has one channel; a palette counts as colours."""
    return image.format() in _GREY


def from_qimage(image: QImage) -> Floats:
    """float32 [H, W, C] in [0, 1]: C is 1 for grey formats, else 3.

    Transparency is composited on white; 16 bits a channel are kept.
    """
    deep = is_deep(image)
    form, kind, top = (
        (QImage.Format.Format_RGBA64, np.uint16, 65535.0) if deep else (QImage.Format.Format_RGBA8888, np.uint8, 255.0)
    )
    plain = image.convertToFormat(form)
    rows = np.frombuffer(plain.constBits(), dtype=kind).reshape(plain.height(), -1)[:, : plain.width() * 4]
    pixels = rows.reshape(plain.height(), plain.width(), 4).astype(np.float32) / np.float32(top)
    alpha = pixels[..., 3:]
    colours: Floats = pixels[..., :3] * alpha + (1 - alpha)
    return colours[..., :1].copy() if is_grey(image) else colours


def mosaic(images: NDArray[Any], columns: int, gap: int, background: tuple[int, int, int]) -> Bytes:
    """Images [N, C, H, W] in [0, 1] laid out in rows of `columns`, `gap` pixels apart.

    Gives uint8 [rows·(H+gap)-gap, columns·(W+gap)-gap, 3]. The last row is filled up with the background.
    """
    count, channels, height, width = images.shape
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    sheet = np.empty((rows, height + gap, columns, width + gap, 3), np.uint8)
    sheet[:] = background
    shown = to_bytes(images if channels in (1, 3) else images[:, :1]).transpose(0, 2, 3, 1)  # [N, H, W, C]
    for row in range(rows):
        these = shown[row * columns : (row + 1) * columns]
        sheet[row, :height, : len(these), :width] = these.transpose(1, 0, 2, 3)
    flat = sheet.reshape(rows * (height + gap), columns * (width + gap), 3)
    return np.ascontiguousarray(flat[: rows * (height + gap) - gap, : columns * (width + gap) - gap])
