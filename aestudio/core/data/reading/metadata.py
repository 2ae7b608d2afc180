"""What stands beside the pixels of a file: EXIF and XMP, whose orientation must not turn upright pixels once more."""

from __future__ import annotations

import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

ORIENTATION = 0x0112
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>)\s*)([1-8])")


def orientation(exif: bytes, xmp: bytes = b"") -> int:
    """1 to 8, from EXIF (a TIFF header and what follows) or else from XMP; 1, upright, where neither says it."""
    place = _place(exif)
    value = 0 if place is None else struct.unpack_from(_order(exif) + "H", exif, place)[0]
    if not 1 <= value <= 8 and (found := _XMP_ORIENTATION.search(xmp)):
        value = int(found[2])
    return value if 1 <= value <= 8 else 1


def exif_upright(exif: bytes) -> bytes:
    """The same EXIF with orientation 1; a thumbnail, which would lie on its side now, is left out. The rest stays where
    it is, because notes of camera makers hold offsets that nobody else knows.
    """
    place = _place(exif)
    if place is None or orientation(exif) == 1:
        return exif
    order, changed = _order(exif), bytearray(exif)
    struct.pack_into(order + "H", changed, place, 1)
    start = struct.unpack_from(order + "I", exif, 4)[0]
    after = start + 2 + 12 * struct.unpack_from(order + "H", exif, start)[0]
    if after + 4 <= len(exif):
        struct.pack_into(order + "I", changed, after, 0)
    return bytes(changed)


def xmp_upright(xmp: bytes) -> bytes:
    """The same XMP with orientation 1."""
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)


def without_prefix(exif: bytes) -> bytes:
    """EXIF as it begins in every format but JPEG."""
    return exif.removeprefix(b"Exif\0\0")


def _order(exif: bytes) -> str:
    return "<" if exif[:2] == b"II" else ">"


def _place(exif: bytes) -> int | None:
    """Where the orientation's value stands."""
    if exif[:4] not in (b"II*\0", b"MM\0*"):
        return None
    order = _order(exif)
    try:
        start = struct.unpack_from(order + "I", exif, 4)[0]
        for number in range(struct.unpack_from(order + "H", exif, start)[0]):
            entry = start + 2 + 12 * number
            tag, kind = struct.unpack_from(order + "HH", exif, entry)
            if tag == ORIENTATION and kind == 3 and entry + 10 <= len(exif):
                return int(entry + 8)
    except struct.error:  # shorter than it says
        pass
    return None


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Pixels [H, W, …] as they are to be seen, by the EXIF orientation, 1 to 8, that their file has."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
