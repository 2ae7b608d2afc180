"""PGM and PPM of up to 16 bits: Pillow reads 16-bit colour as 8 bits without a word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.header import Header
from aestudio.core.ground.errors import DataError

_START = re.compile(rb"P([56])(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s", re.DOTALL)
_LONGEST = 4096
"""Bytes that the start is looked for in, comments included."""


def header(path: Path) -> Header | None:
    """Of a binary PGM or PPM; None where the file is something else."""
    found = _start(path)
    if found is None:
        return None
    kind, width, height, white = (int(one) for one in found.groups())
    if not 0 < white < 65536:
        raise DataError("{name} says that white is {white}; it must lie in 1–65535.", name=path.name, white=white)
    channels, depth = (1 if kind == 5 else 3), (8 if white < 256 else 16)
    mode = ("L" if channels == 1 else "RGB") + (";16" if depth == 16 else "")
    return Header(path, "PPM", mode, (width, height), channels, depth, alpha=False)


def read(header: Header, _page: int = 0) -> tuple[NDArray[Any], None, dict[str, Any]]:
    """Pixels [H, W, C]; the extras hold `white`, which is any number up to 65535.

    Raises: DataError where the file is cut short.
    """
    found = _start(header.path)
    assert found is not None
    count = header.pixels * header.channels
    with header.path.open("rb") as file:
        file.seek(found.end())
        raw = file.read(count * header.depth // 8)
    if len(raw) < count * header.depth // 8:
        raise DataError("{name} is damaged or cut short (it is shorter than it says).", name=header.path.name)
    pixels = np.frombuffer(raw, ">u2" if header.depth == 16 else np.uint8)
    pixels = pixels.astype(np.uint16 if header.depth == 16 else np.uint8)
    return pixels.reshape(header.height, header.width, header.channels), None, {"white": float(found[4])}


def encoded(pixels: NDArray[Any], white: float) -> bytes:
    """A PGM or PPM of pixels [H, W, 1 or 3]."""
    height, width, channels = pixels.shape
    start = f"P{5 if channels == 1 else 6}\n{width} {height}\n{white:.0f}\n".encode()
    return start + pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()


def _start(path: Path) -> re.Match[bytes] | None:
    with path.open("rb") as file:
        return _START.match(file.read(_LONGEST))
