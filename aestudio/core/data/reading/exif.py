"""EXIF of a TIFF, which is spread over it, and of other files, which is a small TIFF itself: one from the other.

Values are moved as the bytes they are, in the byte order they have. What a camera's maker wrote may hold offsets that
nobody else knows, and can be lost by that. Source: TIFF 6.0, section 2; Exif 2.32, section 4.6.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

SUBS = (34665, 34853)
"""The tags that point at what the camera, and what the satellites said."""
_TOLD = frozenset((270, 271, 272, 305, 306, 315, 33432))
"""Of a picture's own tags: description, maker, model, software, date, artist and copyright."""
_INTEROPERABILITY = 40965
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_MOST = 16 << 20
_LONGEST = 4096
"""Bytes of a text that goes over; descriptions of microscopes are whole documents."""

Order = Literal["<", ">"]


@dataclass(frozen=True)
class ExifEntry:
    """A tag with the bytes of its value."""

    tag: int
    kind: int
    count: int
    raw: bytes


@dataclass(frozen=True)
class Exif:
    """The tags of a picture that are told of it, and those of its parts, by the tag that points at them."""

    order: Order
    told: tuple[ExifEntry, ...]
    subs: dict[int, tuple[ExifEntry, ...]]


def parsed(read: Callable[[int, int], bytes]) -> Exif | None:
    """Out of a TIFF, or of EXIF that begins like one; `read` gives bytes at an offset. None where there is nothing."""
    start = read(0, 8)
    orders: dict[bytes, Order] = {b"II*\0": "<", b"MM\0*": ">"}
    order = orders.get(start[:4])
    if order is None or len(start) < 8:
        return None
    try:
        main = _entries(read, struct.unpack(order + "I", start[4:])[0], order)
        subs = {
            one.tag: _entries(read, struct.unpack(order + "I", one.raw)[0], order)
            for one in main
            if one.tag in SUBS and len(one.raw) == 4
        }
    except struct.error:  # shorter than it says
        return None
    return Exif(order, tuple(one for one in main if one.tag in _TOLD and len(one.raw) <= _LONGEST), subs)


def of(content: bytes) -> Exif:
    """EXIF as other files than TIFFs hold it; empty where it cannot be read."""
    return parsed(lambda start, length: content[start : start + length]) or Exif("<", (), {})


def alone(exif: Exif) -> bytes:
    """As other files than TIFFs hold it."""
    pointers = [ExifEntry(tag - 1, 4, 1, bytes(4)) for tag in exif.subs]
    made = struct.pack(exif.order + "2sHI", b"II" if exif.order == "<" else b"MM", 42, 8)
    return with_subs(made + _placed((*exif.told, *pointers), len(made), exif.order), exif)


def with_subs(content: bytes, exif: Exif) -> bytes:
    """A TIFF of the same byte order with what the pointers among its tags point at behind it. In their places it has
    tags one lower: tifffile does not write the pointers themselves.
    """
    made = bytearray(content)
    start = struct.unpack_from(exif.order + "I", content, 4)[0]
    for number in range(struct.unpack_from(exif.order + "H", content, start)[0]):
        place = start + 2 + 12 * number
        tag = struct.unpack_from(exif.order + "H", content, place)[0] + 1
        entries = exif.subs.get(tag)
        if entries:
            struct.pack_into(exif.order + "H", made, place, tag)
            made += bytes(len(made) % 2)
            struct.pack_into(exif.order + "I", made, place + 8, len(made))
            made += _placed(entries, len(made), exif.order)
    return bytes(made)


def _entries(read: Callable[[int, int], bytes], start: int, order: Order) -> tuple[ExifEntry, ...]:
    found = []
    for number in range(struct.unpack(order + "H", read(start, 2))[0]):
        place = start + 2 + 12 * number
        tag, kind, count = struct.unpack(order + "HHI", read(place, 8))
        size = _SIZES.get(kind, 0) * count
        if not 0 < size <= _MOST or tag == _INTEROPERABILITY:
            continue
        raw = read(place + 8 if size <= 4 else struct.unpack(order + "I", read(place + 8, 4))[0], size)
        if len(raw) == size:
            found.append(ExifEntry(tag, kind, count, raw))
    return tuple(found)


def _placed(entries: tuple[ExifEntry, ...], at: int, order: Order) -> bytes:
    """A directory at an offset, with the values that are too long for it behind it."""
    entries = tuple(sorted(entries, key=lambda one: one.tag))
    behind = b""
    made = struct.pack(order + "H", len(entries))
    end = at + 2 + 12 * len(entries) + 4
    for one in entries:
        made += struct.pack(order + "HHI", one.tag, one.kind, one.count)
        if len(one.raw) <= 4:
            made += one.raw.ljust(4, b"\0")
        else:
            made += struct.pack(order + "I", end + len(behind))
            behind += one.raw + b"\0" * (len(one.raw) % 2)
    return made + bytes(4) + behind
