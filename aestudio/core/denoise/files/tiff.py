"""TIFF of 8 and 16 bits and floating point, with its tags: read by tifffile, and by Pillow where it is packed oddly."""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.pictures import white_level
from aestudio.core.denoise.files import common, exif, metadata
from aestudio.core.denoise.files.header import Header, open_image
from aestudio.core.denoise.files.unpacking import UNPACKED, unpacked
from aestudio.core.ground.errors import DataError, DenoiseError

if TYPE_CHECKING:
    import tifffile

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK, _LAB, _CFA = 0, 1, 2, 5, (8, 9, 10), (32803, 34892)
_MULTIPLIED, _CLEAR = 1, 2
"""Transparency that is multiplied into the colours already, and such that is not."""
_XMP = 700
_STRUCTURE = frozenset(
    (*range(254, 267), 270, 273, 274, *range(277, 285), *range(288, 294), 296, 297, 301, *range(317, 348))
).union(range(512, 533), (_XMP, 34665, 34675, 34853, 40965, 50838, 50839))
"""Tags that say how the pixels lie, that point into the file, or that are written by themselves."""
_PER_INCH = {2: 1.0, 3: 2.54}
_STRIP = 1 << 20
"""Bytes that are packed at a time."""
BEYOND = 1.0
"""How far floating point values may lie beyond black and white, as a part of white: strong noise does."""


def header(path: Path) -> Header:
    """Raises: DenoiseError where the file is cut short, or of a kind that is not read; what tifffile raises."""
    with _opened(path) as tiff:
        page, frames = _pages(tiff, path)
        if _is_for_pillow(page):
            orientation = int(page.tags.valueof(274, default=1))
        else:
            return _header(page, path, frames)
    with open_image(path) as image:
        found = common.header_of(image, path)
    mode = {_CMYK: "CMYK"}.get(int(page.photometric), found.mode)
    return Header(path, "TIFF", mode, found.stored, found.channels, 8, found.alpha, _1_to_8(orientation), frames)


def _header(page: tifffile.TiffPage, path: Path, frames: int) -> Header:
    samples, extra = page.samplesperpixel, tuple(page.extrasamples)
    photometric, bits = int(page.photometric), page.bitspersample
    channels = samples - len(extra)
    mode = "CMYK" if photometric == _CMYK else "LAB" if photometric in _LAB else "L" if channels == 1 else "RGB"
    if mode in ("L", "RGB"):
        if photometric in _CFA or page.is_dng:
            raise DenoiseError("{name} is a camera's raw file; develop it to a TIFF or PNG first.", name=path.name)
        if photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB) or page.imagedepth > 1:
            raise DenoiseError(
                "{name} is a TIFF of a kind that is not read; save it as grey or RGB first.", name=path.name
            )
        if channels not in (1, 3) or len(extra) > 1:
            raise DenoiseError(
                "{name} has {samples} channels; pictures of 1 or 3 can be read, with or without transparency.",
                name=path.name,
                samples=samples,
            )
        if page.dtype is None or page.dtype.kind not in "uf" or (page.dtype.kind == "u" and bits not in (8, 16)):
            raise DenoiseError(
                "{name} holds floating point numbers of {bits} bits that are not read; save it with 8 or 16 bits or as "
                "32-bit floating point first."
                if page.dtype is not None and page.dtype.kind == "f"
                else "{name} holds whole numbers of {bits} bits that are not read; save it with 8 or 16 bits or as "
                "32-bit floating point first.",
                name=path.name,
                bits=bits,
            )
    return Header(
        path=path,
        format="TIFF",
        mode=f"{mode};{bits}" if mode in ("L", "RGB") and bits > 8 else mode,
        stored=(page.imagewidth, page.imagelength),
        channels=1 if channels == 1 else 3,
        depth=32 if page.dtype is None or page.dtype.kind == "f" else min(bits, 16),
        alpha=bool(extra),
        orientation=_1_to_8(page.tags.valueof(274, default=1)),
        frames=frames,
    )


def read(header: Header) -> tuple[NDArray[Any], NDArray[Any] | None, dict[str, Any]]:
    """Pixels [H, W, C] and transparency [H, W] as the file has them, not upright yet, and what it has beside them.

    Raises: DenoiseError where the file is packed in a way that is not read; what tifffile and Pillow raise.
    """
    with _opened(header.path) as tiff:
        page, _ = _pages(tiff, header.path)
        extras = _extras(page)
        extras["exif"] = _exif(header.path)
        if not _is_for_pillow(page):
            values = _values(page, header.path)
            extra, turned = tuple(page.extrasamples), page.photometric == _WHITE_IS_ZERO
        else:
            values = None
    if values is None:
        pixels, alpha, _ = common.read(header)
        return pixels, alpha, extras
    if values.dtype.kind == "f":
        extras["dtype"] = values.dtype.name
        values = values.astype(np.float32)
    pixels, alpha = values[..., : header.channels], np.ascontiguousarray(values[..., -1]) if extra else None
    if extra:
        extras["multiplied"] = extra[0] == _MULTIPLIED
    if turned:
        white = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else white_of(pixels, header.path.name)
        pixels = white - pixels
    return pixels, alpha, extras


def _exif(path: Path) -> bytes:
    """What a TIFF's tags tell of the picture, as EXIF; nothing where that is nothing."""
    with path.open("rb") as file:

        def read(start: int, length: int) -> bytes:
            file.seek(start)
            return file.read(length)

        found = exif.parsed(read)
    return exif.alone(found) if found and (found.told or found.subs) else b""


def white_of(values: NDArray[Any], name: str) -> float:
    """The value that stands for white in floating point pixels: 1, 255 or 65535.

    Raises: DenoiseError where they are no brightnesses.
    """
    try:
        return white_level(values, BEYOND)
    except DataError as error:
        raise DenoiseError("{name} {error}", name=name, error=error) from error


def _opened(path: Path) -> tifffile.TiffFile:
    import tifffile  # 0.2 s, so only where it is used

    logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # what it finds odd is no sentence for the person
    return tifffile.TiffFile(path)


def _pages(tiff: tifffile.TiffFile, path: Path) -> tuple[tifffile.TiffPage, int]:
    """The page that is the picture, and how many there are; thumbnails and masks are none."""
    if not len(tiff.pages):
        raise DenoiseError("{name} is damaged or cut short (it holds no page).", name=path.name)
    pages = [page for page in tiff.pages if not int(page.aspage().subfiletype) & 0b101]
    if not pages:
        raise DenoiseError(
            "{name} holds a thumbnail only; if it is a camera's raw file, develop it first.", name=path.name
        )
    page, size = pages[0].aspage(), path.stat().st_size
    if any(start + length > size for start, length in zip(page.dataoffsets, page.databytecounts, strict=False)):
        raise DenoiseError("{name} is damaged or cut short (it is shorter than it says).", name=path.name)
    return page, len(pages)


def _is_for_pillow(page: tifffile.TiffPage) -> bool:
    """Fewer than 8 bits, palettes, brightness with colour differences, JPEG and fax inside: all of 8 bits at most."""
    plain = int(page.photometric) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)
    return page.bitspersample <= 8 and (
        page.bitspersample < 8 or int(page.photometric) in (3, 6) or (plain and int(page.compression) not in UNPACKED)
    )


def _values(page: tifffile.TiffPage, path: Path) -> NDArray[Any]:
    """[H, W, samples], in the byte order of this machine."""
    if int(page.compression) not in UNPACKED:
        way = getattr(page.compression, "name", page.compression)  # a number that tifffile has no name for stays one
        raise DenoiseError(
            "{name} is packed with {way}, which is not read at more than 8 bits; save it with LZW or Deflate "
            "or uncompressed.",
            name=path.name,
            way=way,
        )
    values = unpacked(page, path)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _extras(page: tifffile.TiffPage) -> dict[str, Any]:
    tags = []
    for tag in page.tags:
        if tag.code in _STRUCTURE:
            continue
        value = tag.value
        if isinstance(value, str | bytes | int | float) or (
            isinstance(value, tuple) and all(isinstance(one, int | float) for one in value)
        ):
            tags.append((tag.code, int(tag.dtype), tag.count, value))
    extras: dict[str, Any] = {"tags": tags, "packed": int(page.compression) != 1, "icc": page.iccprofile or b""}
    description = page.tags.valueof(270)
    if description:
        extras["description"] = description if isinstance(description, bytes) else str(description).encode()
    unit = int(page.resolutionunit)
    across, down = page.tags.valueof(282), page.tags.valueof(283)
    if across and down:
        extras["resolution"] = (across, down, unit)
        if unit in _PER_INCH and across[1] and down[1]:
            extras["dpi"] = tuple(one[0] / one[1] * _PER_INCH[unit] for one in (across, down))
    xmp = page.tags.valueof(_XMP)
    extras["xmp"] = bytes(xmp) if isinstance(xmp, bytes) else b""
    return extras


def encoded(
    pixels: NDArray[Any], alpha: NDArray[Any] | None, extras: dict[str, Any], tell: Callable[[float], None]
) -> bytes:
    """A TIFF of pixels [H, W, 1 or 3] and transparency [H, W]; packed without loss unless the original was not packed.

    `tell` is given the fraction that is done. Tags of a TIFF are kept; of other files the profile, the resolution, EXIF
    and XMP.
    """
    import tifffile

    height, width, channels = pixels.shape
    samples = channels + (alpha is not None)
    dtype = np.dtype(extras.get("dtype", pixels.dtype) if pixels.dtype.kind == "f" else pixels.dtype)
    shape = (height, width, samples) if samples > 1 else (height, width)
    strip = max(1, _STRIP // (width * samples * dtype.itemsize))
    packed = extras.get("packed", True)
    differs = packed and dtype.kind == "u"

    def rows(start: int, count: int) -> NDArray[Any]:
        values = pixels[start : start + count]
        if alpha is not None:
            values = np.concatenate((values, alpha[start : start + count, :, None]), 2)
        return np.ascontiguousarray(values, dtype)

    def strips() -> Iterator[bytes]:
        for top in range(0, height, strip):
            tell(top / height)
            values = rows(top, strip)
            if differs:
                values = np.diff(values, axis=1, prepend=np.zeros_like(values[:, :1]))
            yield zlib.compress(values.astype(dtype.newbyteorder(order)).tobytes())

    found = exif.of(extras.get("exif", b""))
    order: exif.Order = found.order if found.subs else "<"
    across, down, unit = extras.get("resolution") or (*extras.get("dpi", (1.0, 1.0)), 2 if "dpi" in extras else 1)
    tags = [(*tag, True) for tag in extras.get("tags", ())]
    if "tags" not in extras:
        tags += [(one.tag, one.kind, one.count, one.raw, True) for one in found.told if found.order == order]
    tags += [(tag - 1, 4, 1, 0, True) for tag in found.subs]
    if extras.get("xmp"):
        xmp = metadata.xmp_upright(extras["xmp"])
        tags.append((_XMP, 1, len(xmp), xmp, True))
    made = io.BytesIO()
    tifffile.imwrite(
        made,
        strips() if packed else rows(0, height).reshape(shape),
        shape=shape,
        dtype=dtype,
        byteorder=order,
        rowsperstrip=strip,
        photometric="rgb" if channels == 3 else "minisblack",
        planarconfig="contig" if samples > 1 else None,
        extrasamples=None if alpha is None else ["assocalpha" if extras.get("multiplied") else "unassalpha"],
        compression="zlib" if packed else None,
        predictor=2 if differs else None,
        description=extras.get("description"),
        iccprofile=extras.get("icc") or None,
        resolution=(across, down),
        resolutionunit=unit,
        software=False,
        metadata=None,
        extratags=tags,
    )
    return exif.with_subs(made.getvalue(), found) if found.subs else made.getvalue()


def _1_to_8(value: Any) -> int:
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else 1
