"""A Picture as a file: with its depth, transparency and all that it came with, or one sentence why not."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aestudio.core.denoise.files import metadata, netpbm, png, tiff
from aestudio.core.denoise.files.header import Header
from aestudio.core.denoise.picture import Picture
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import DenoiseError, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, listed, say

_JPEG, _TIFF, _NETPBM = (".jpg", ".jpeg", ".jfif"), (".tif", ".tiff"), (".ppm", ".pgm", ".pnm")
SUFFIXES = (".png", *_JPEG, *_TIFF, ".webp", ".bmp", *_NETPBM)
"""What a file can be written as; the content goes by it."""
QUALITY = 95
"""Of a JPEG or a WebP that was none before, or whose quality is not known."""
_LONGEST_SIDE = {".webp": 16383} | dict.fromkeys(_JPEG, 65535)
_LARGEST_PART = 65000
"""Bytes that a part of a JPEG's head holds; more of EXIF or XMP would need a second."""


def write_picture(picture: Picture, path: str | Path, report: Report = unheard) -> None:
    """Writes the picture in the format that the path ends in; afterwards the file is whole, or as it was before.

    Raises: DenoiseError where the path is that of the file the picture was read from, where the format cannot hold the
    picture's depth or transparency, or where the disk does not take it. Cancelled where `report` raises it.
    """
    path = Path(path)
    if is_source(picture, path):
        raise DenoiseError("{name} is the original, which is never written over; choose another name.", name=path.name)
    content = encoded(picture, path.suffix, report)
    try:
        atomic.write_bytes(path, content)
    except OSError as error:
        raise DenoiseError("{path} cannot be written: {reason}", path=path, reason=reason(error)) from error


def is_source(picture: Picture, path: Path) -> bool:
    """Whether this is the file that the picture was read from, under whatever name."""
    source = picture.extras.get("source")
    return source is not None and is_same(path, Path(source))


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same file, be it there or not."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def encoded(picture: Picture, suffix: str, report: Report = unheard) -> bytes:
    """The content of a file that ends in `.png`, `.tif` …

    Raises: DenoiseError where the format cannot hold the picture.
    """
    suffix = suffix.lower()
    if why_not := unfit(picture, suffix):
        raise DenoiseError(why_not)

    def tell(done: float) -> None:
        report(say("Writing {name}", name=picture.name) if picture.name else say("Writing"), done)

    tell(0.0)
    try:
        content = _encoded(picture, suffix, tell)
    except (OSError, ValueError, struct.error) as error:
        raise DenoiseError(
            "{name} cannot be written as {suffix}: {reason}",
            name=picture.name or Text("The picture"),
            suffix=suffix,
            reason=reason(error),
        ) from error
    tell(1.0)
    return content


def fitting_suffix(of: Picture | Header, suffix: str) -> str:
    """The suffix itself where that format holds the picture, else `.png`, or `.tif` for floating point."""
    if not unfit(of, suffix):
        return suffix
    return ".tif" if _depth(of) == 32 else ".png"


def unfit(of: Picture | Header, suffix: str) -> Text | None:
    """Why a file with such an end cannot hold the picture, in a sentence; nothing where it can."""
    suffix = suffix.lower()
    name = (of.path.name if isinstance(of, Header) else of.name) or Text("The picture")
    depth, alpha = _depth(of), of.alpha is not None and of.alpha is not False
    if suffix not in SUFFIXES:
        return Text(
            "A file that ends in {suffix} cannot be written; choose one of {known}."
            if suffix
            else "A file without an ending cannot be written; choose one of {known}.",
            suffix=suffix,
            known=listed(SUFFIXES),
        )
    if depth == 32 and suffix not in _TIFF:
        return Text("{name} is in floating point, which {suffix} cannot hold; choose .tif.", name=name, suffix=suffix)
    if depth == 16 and suffix not in (*_TIFF, ".png", *_NETPBM):
        return Text("{name} has 16 bits, of which {suffix} holds 8; choose .png or .tif.", name=name, suffix=suffix)
    if alpha and suffix in (*_JPEG, *_NETPBM):
        return Text(
            "{name} has transparency, which {suffix} cannot hold; choose .png or .tif.", name=name, suffix=suffix
        )
    most = _LONGEST_SIDE.get(suffix)
    if most and max(of.width, of.height) > most:
        return Text(
            "{name} has {width}×{height} pixels, and {suffix} holds at most {most} a side; choose .png or .tif.",
            name=name,
            width=of.width,
            height=of.height,
            suffix=suffix,
            most=most,
        )
    return None


def _depth(of: Picture | Header) -> int:
    return of.depth if isinstance(of, Header) else 8 * of.stored.dtype.itemsize


def _encoded(picture: Picture, suffix: str, tell: Callable[[float], None]) -> bytes:
    pixels, extras = picture.stored, picture.extras
    if suffix in _NETPBM:
        return netpbm.encoded(pixels, picture.white)
    full = {np.uint8: 255, np.uint16: 65535}.get(pixels.dtype.type)
    if full is not None and picture.white != full:  # a PGM's white may be any number
        pixels = np.rint(pixels * (full / picture.white)).clip(0, full).astype(pixels.dtype)
    if suffix in _TIFF:
        return tiff.encoded(pixels, picture.alpha, extras, tell)
    if extras.get("multiplied") and picture.alpha is not None:
        pixels = _divided(pixels, picture.alpha)
    if suffix == ".png":
        return png.encoded(pixels, picture.alpha, extras, tell)
    if suffix == ".bmp":
        return _bmp(pixels, picture.alpha, extras)
    made = io.BytesIO()
    image = _pillow(pixels, picture.alpha)
    if suffix == ".webp":
        image.save(made, "WEBP", **_beside(extras), **_webp(extras))
    else:
        image.save(made, "JPEG", **_beside(extras, _LARGEST_PART), **_jpeg(extras))
    return made.getvalue()


def _divided(pixels: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Colours that transparency had been multiplied into, without it."""
    full = np.iinfo(alpha.dtype).max
    parts = pixels * (full / np.maximum(alpha, 1)[..., None])
    divided: NDArray[Any] = np.rint(parts).clip(0, full).astype(pixels.dtype)
    return divided


def _pillow(pixels: NDArray[Any], alpha: NDArray[Any] | None) -> Image.Image:
    values = pixels if alpha is None else np.concatenate((pixels, alpha[..., None]), 2)
    return Image.fromarray(np.ascontiguousarray(values[..., 0] if values.shape[2] == 1 else values))


def _beside(extras: dict[str, Any], most: int | None = None) -> dict[str, Any]:
    """What Pillow writes of what stood beside the pixels; what is larger than `most` bytes is left out."""
    exif, xmp = metadata.exif_upright(extras.get("exif", b"")), metadata.xmp_upright(extras.get("xmp", b""))
    beside: dict[str, Any] = {"icc_profile": extras.get("icc") or None}
    if exif and (most is None or len(exif) <= most):
        beside["exif"] = b"Exif\0\0" + exif
    if xmp and (most is None or len(xmp) <= most):
        beside["xmp"] = xmp
    if "dpi" in extras:
        beside["dpi"] = extras["dpi"]
    return beside


def _jpeg(extras: dict[str, Any]) -> dict[str, Any]:
    """As fine as the JPEG that the picture comes from, so that neither more is lost than has to be, nor bytes are."""
    source = extras.get("jpeg")
    if source is None:
        return {"quality": QUALITY, "subsampling": 0}
    return {
        "qtables": source["qtables"],
        "subsampling": max(0, source["subsampling"]),  # −1 is a rare kind; 0 loses nothing
        "progressive": source["progressive"],
        "comment": source["comment"],
    }


def _webp(extras: dict[str, Any]) -> dict[str, Any]:
    lossy = extras.get("format") == "JPEG" or extras.get("lossless") is False
    return {"quality": QUALITY, "method": 4} if lossy else {"lossless": True, "quality": 60, "exact": True}


def _bmp(pixels: NDArray[Any], alpha: NDArray[Any] | None, extras: dict[str, Any]) -> bytes:
    """With transparency by a header of the fourth version, which Pillow reads and does not write.

    Source: Microsoft, BITMAPV4HEADER.
    """
    if alpha is None:
        made = io.BytesIO()
        _pillow(pixels, None).save(made, "BMP", dpi=extras.get("dpi", (96, 96)))
        return made.getvalue()
    height, width = alpha.shape
    colours = np.broadcast_to(pixels, (height, width, 3))[..., ::-1]
    content = np.concatenate((colours, alpha[..., None]), 2)[::-1].tobytes()  # blue first, the lowest row first
    start, bit_fields = 14 + 108, 3
    dots = (max(1, round(one / png.METRE)) for one in extras.get("dpi", (96, 96)))
    return (
        struct.pack("<2sIHHI", b"BM", start + len(content), 0, 0, start)
        + struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, bit_fields, len(content), *dots, 0, 0)
        + struct.pack("<IIII4s", 0xFF0000, 0xFF00, 0xFF, 0xFF000000, b"BGRs")
        + bytes(48)
        + content
    )
