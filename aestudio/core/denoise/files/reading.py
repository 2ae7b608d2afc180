"""A picture file as a Picture, or one sentence why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.pictures import TIFF_MAGIC, check_file, in_sentences, upright
from aestudio.core.denoise.files import common, netpbm, png, tiff
from aestudio.core.denoise.files.header import Header
from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.errors import DenoiseError

Planes = tuple[NDArray[Any], NDArray[Any] | None, dict[str, Any]]


def read_header(path: str | Path) -> Header:
    """What the file is, without decoding it.

    Raises: DenoiseError, one sentence that starts with the file's name, where it is missing, empty, a folder, not to be
    opened, cut short, no image, of too many pixels, animated, in CMYK or of another kind that is not read.
    """
    path = Path(path)
    with in_sentences(path, DenoiseError):
        return _header(path)[0]


def read_picture(path: str | Path) -> Picture:
    """The picture in a file, upright, in the depth that it has there.

    Palettes become colours, or greys where they hold nothing else, and one bit a pixel eight. The extras hold what
    stands beside the pixels, for `write_picture`: `source`, the file's absolute path; `format`; `icc`, `exif` and `xmp`
    in bytes; `dpi`; and what is of one format only.

    Raises: DenoiseError, as `read_header` does, and where the file is damaged or holds values that are no brightnesses.
    """
    path = Path(path)
    with in_sentences(path, DenoiseError):
        header, read = _header(path)
        pixels, alpha, extras = read(header)
        white = _white(pixels, extras, path.name)
        stored = np.ascontiguousarray(upright(pixels, header.orientation))
        if alpha is not None:
            alpha = np.ascontiguousarray(upright(alpha, header.orientation))
        if header.orientation >= 5:
            extras |= {name: extras[name][1::-1] + extras[name][2:] for name in ("dpi", "resolution") if name in extras}
        extras |= {"source": str(path.resolve()), "format": header.format}
        return Picture(stored, white, alpha, path.name, extras)


def _header(path: Path) -> tuple[Header, Callable[[Header], Planes]]:
    """The header, and what reads the rest. Raises DenoiseError where the picture is of a kind that is refused."""
    check_file(path)
    with path.open("rb") as file:
        magic = file.read(8)
    module: ModuleType = common
    if magic[:4] in TIFF_MAGIC:
        module = tiff
    elif magic == png.MAGIC:
        module = png
    elif magic[:2] in (b"P5", b"P6"):
        module = netpbm
    header = module.header(path)
    if header is None:
        module, header = common, common.header(path)
    header.check()
    return header, module.read


def _white(pixels: NDArray[Any], extras: dict[str, Any], name: str) -> float:
    if pixels.dtype.kind == "u":
        return float(extras.pop("white", np.iinfo(pixels.dtype).max))
    return tiff.white_of(pixels, name)
