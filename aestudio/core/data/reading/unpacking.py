"""The pixels of a TIFF out of its strips or tiles, for what tifffile needs another library to unpack."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.header import any_size, open_image

if TYPE_CHECKING:
    import tifffile

_NONE, _LZW, _DEFLATE, _PACK_BITS = 1, 5, (8, 32946), 32773
UNPACKED = frozenset((_NONE, _LZW, *_DEFLATE, _PACK_BITS))
_DIFFERENCES, _FLOATING = 2, 3
"""Predictors. Source: TIFF 6.0, section 14; Adobe's TIFF Technical Note 3."""


def unpacked(page: tifffile.TiffPage, path: Path, skipped: int = 0) -> NDArray[Any]:
    """[H, W, samples], in the byte order of the file; strips and tiles that the file leaves out are 0. The pixels lie
    so many bytes behind the page's own as are `skipped`.

    Raises: ValueError where one is shorter than it should be, and what zlib and Pillow raise.
    """
    dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
    separate = page.planarconfig == 2 and page.samplesperpixel > 1
    samples = 1 if separate else page.samplesperpixel
    height, width = page.imagelength, page.imagewidth
    tall, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (min(page.rowsperstrip, height), width)
    across, down = -(-width // wide), -(-height // tall)
    made = np.zeros((height, width, page.samplesperpixel), dtype)
    with path.open("rb") as file:
        for number, (start, length) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
            plane, place = divmod(number, across * down)
            row, column = divmod(place, across)
            if not length or plane * samples >= page.samplesperpixel:
                continue
            top, left = row * tall, column * wide
            rows = tall if page.is_tiled else min(tall, height - top)
            file.seek(start + skipped)
            bits = page.bitspersample
            raw = _unpacked(file.read(length), rows, -(-wide * samples * bits // 8), int(page.compression))
            if bits % 8:
                raw = _spread(raw, rows, wide * samples, bits, dtype)
            block = _without_predictor(raw, (rows, wide, samples), dtype, int(page.predictor))
            here = made[top : top + tall, left : left + wide, plane : plane + samples]
            here[:] = block[: here.shape[0], : here.shape[1]]
    return made


def _unpacked(packed: bytes, rows: int, row: int, how: int) -> bytes:
    """So many rows of so many bytes."""
    size = rows * row
    if how in _DEFLATE:
        packed = zlib.decompressobj().decompress(packed, size)
    elif how != _NONE:
        with any_size, open_image(io.BytesIO(_as_grey(packed, rows, row, how))) as image:
            packed = image.tobytes()
    if len(packed) < size:
        raise ValueError("a part of it is too short")
    return packed[:size]


def _spread(raw: bytes, rows: int, values: int, bits: int, dtype: np.dtype[Any]) -> bytes:
    """Numbers of 9 to 31 bits that lie one behind the other, each row from a byte of its own, as whole ones.

    Source: TIFF 6.0, section 9.
    """
    each = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(rows, -1), axis=1)[:, : values * bits]
    powers = 1 << np.arange(bits - 1, -1, -1, dtype=np.int64)
    return (each.reshape(rows, values, bits) @ powers).astype(dtype).tobytes()


def _as_grey(packed: bytes, rows: int, row: int, how: int) -> bytes:
    """A TIFF of 8-bit grey around the same packed bytes, which Pillow reads, whatever they mean."""
    tags = (
        *((256, row), (257, rows), (258, 8), (259, how), (262, 1)),
        *((273, 8), (277, 1), (278, rows), (279, len(packed))),
    )
    packed += b"\0" * (len(packed) % 2)
    return (
        struct.pack("<2sHI", b"II", 42, 8 + len(packed))
        + packed
        + struct.pack("<H", len(tags))
        + b"".join(struct.pack("<HHII", code, 4, 1, value) for code, value in tags)
        + bytes(4)
    )


def _without_predictor(raw: bytes, shape: tuple[int, int, int], dtype: np.dtype[Any], predictor: int) -> NDArray[Any]:
    rows, wide, samples = shape
    if predictor == _FLOATING:  # differences of bytes, the first byte of every number before the second of any
        differences = np.frombuffer(raw, np.uint8).reshape(rows, -1, samples)
        parts = differences.cumsum(1, dtype=np.uint8).reshape(rows, dtype.itemsize, wide * samples)
        numbers = np.ascontiguousarray(parts.swapaxes(1, 2)).view(dtype.newbyteorder(">"))
        return numbers.reshape(shape)
    block = np.frombuffer(raw, dtype).reshape(shape)
    if predictor == _DIFFERENCES:
        native = block.astype(dtype.newbyteorder("="))
        return native.cumsum(1, dtype=native.dtype)
    return block
