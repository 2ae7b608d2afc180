"""The one reader: any picture file, page by page, as numbers in the type that the file has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading import heif, netpbm, pillow, png, raw, tiff
from aestudio.core.data.reading.header import Header
from aestudio.core.data.reading.levels import white_level
from aestudio.core.data.reading.metadata import upright
from aestudio.core.data.reading.sentences import check_file
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.texts import Text

TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, eq=False)
class Planes:
    """One page of a file, upright."""

    pixels: NDArray[Any]
    """[H, W, C], C being 1 (grey) or 3 (red, green, blue), in the file's type."""
    white: float | None
    """What stands for white where the type or the values say it: 255, 65535, 1 …"""
    alpha: NDArray[Any] | None
    """Transparency [H, W]."""
    extras: dict[str, Any]
    """What stands beside the pixels; see `read_picture`."""
    notes: tuple[Text, ...] = ()
    """What the person should know of how it was read, in sentences."""


def read_head(path: Path) -> Header:
    """What a file is, without decoding it.

    Raises: DataError where a picture is of a kind that is not read, and all that `in_sentences` makes a sentence of.
    """
    return _known(path)[0]


def read_planes(path: Path, page: int = 0) -> Planes:
    """A page of a file, of those that `Header.frames` counts. Raises: as `read_head` does."""
    header, module = _known(path)
    if not 0 <= page < header.frames:
        raise DataError("{name} has no page {page}.", name=path.name, page=page + 1)
    pixels, alpha, extras = module.read(header, page)
    notes = tuple(extras.pop("notes", ()))
    pixels = np.ascontiguousarray(upright(pixels, header.orientation))
    if alpha is not None:
        alpha = np.ascontiguousarray(upright(alpha, header.orientation))
    if header.orientation >= 5:
        extras |= {name: extras[name][1::-1] + extras[name][2:] for name in ("dpi", "resolution") if name in extras}
    extras |= {"source": str(path.resolve()), "format": header.format}
    if header.frames > 1:
        extras["page"] = page
    return Planes(pixels, _white(pixels, extras), alpha, extras, notes)


def _known(path: Path) -> tuple[Header, ModuleType]:
    """The header, and the module that reads the rest."""
    check_file(path)
    with path.open("rb") as file:
        magic = file.read(12)
    module: ModuleType = pillow
    if raw.is_raw_name(path):
        module = raw
    elif magic[:4] in TIFF_MAGIC:
        module = raw if tiff.is_raw(path) else tiff
    elif magic[:8] == png.MAGIC:
        module = png
    elif magic[:2] in (b"P5", b"P6"):
        module = netpbm
    elif heif.is_heif(magic):
        heif.check_ready(path)
    header = module.header(path)
    if header is None:
        module, header = pillow, pillow.header(path)
    header.check()
    return header, module


def _white(pixels: NDArray[Any], extras: dict[str, Any]) -> float | None:
    if "white" in extras:
        return float(extras.pop("white"))
    if pixels.dtype in (np.uint8, np.uint16):
        return float(np.iinfo(pixels.dtype).max)
    try:
        return white_level(pixels)
    except DataError:
        return None
