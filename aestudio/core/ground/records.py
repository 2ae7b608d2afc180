"""TFRecord framing: how a file of TensorBoard's holds one record after the other."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import google_crc32c


def framed(records: Iterable[bytes]) -> bytes:
    """Each record behind its length and that length's checksum, its own checksum behind it.

    Source: tensorflow/core/lib/io/record_writer.h.
    """
    frames: list[bytes] = []
    for record in records:
        length = struct.pack("<Q", len(record))
        frames += (length, _checksum(length), record, _checksum(record))
    return b"".join(frames)


def _checksum(content: bytes) -> bytes:
    """CRC-32C, turned by 15 bits plus a constant: a checksum of data that hold checksums is then no weaker."""
    check = google_crc32c.value(content)
    turned = (check >> 15 | check << 17) & 0xFFFFFFFF
    return struct.pack("<I", (turned + 0xA282EAD8) & 0xFFFFFFFF)
