"""A Picture as a file: with its depth, transparency and all that it came with, or one sentence why not."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aestudio.core.data.reading import metadata, netpbm, png, tiff_writing
from aestudio.core.data.reading.header import Header
from aestudio.core.denoise.picture import Picture
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import DenoiseError, not_written, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, listed, say

_JPEG, _TIFF, _NETPBM = (".jpg", ".jpeg", ".jfif"), (".tif", ".tiff"), (".ppm", ".pgm", ".pnm")
_ANIMATED = (".png", ".webp", ".gif", ".avif")
SUFFIXES = (".png", *_JPEG, *_TIFF, ".webp", ".bmp", ".jp2", ".avif", ".tga", ".gif", *_NETPBM)
"""What a file can be written as; the content goes by it."""
LOSSY = (*_JPEG, ".webp", ".avif", ".jp2")
"""Those that a quality can be said for."""
QUALITY = 95
"""Of a JPEG, a WebP or an AVIF that was none before, or whose quality is not known."""
_LONGEST_SIDE = {".webp": 16383} | dict.fromkeys(_JPEG, 65535)
_FLOATING, _OTHER = -1, -2
"""Depths of numbers that only a TIFF holds: floating point; with a sign or of 32 bits and more."""
_LARGEST_PART = 65000
"""Bytes that a part of a JPEG's head holds; more of EXIF or XMP would need a second."""


def write_picture(picture: Picture, path: str | Path, report: Report = unheard, quality: int | None = None) -> None:
    """As `write_pages` with a single one."""
    write_pages([picture], path, report, quality)


def write_pages(
    pages: Sequence[Picture], path: str | Path, report: Report = unheard, quality: int | None = None
) -> None:
    """Writes the pages in the format that the path ends in; afterwards the file is whole, or as it was before.

    `quality` is 1 to 100 where the format loses something; None is as fine as the file that they come from.

    Raises: DenoiseError where the path is that of the file the picture was read from, where the format cannot hold the
    picture's depth, transparency or pages, or where the disk does not take it. Cancelled where `report` raises it.
    """
    path = Path(path)
    if is_source(pages[0], path):
        raise DenoiseError("{name} is the original, which is never written over; choose another name.", name=path.name)
    content = encoded(pages, path.suffix, report, quality)
    try:
        atomic.write_bytes(path, content)
    except OSError as error:
        raise DenoiseError(not_written(path, error)) from error


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


def encoded(
    pages: Picture | Sequence[Picture], suffix: str, report: Report = unheard, quality: int | None = None
) -> bytes:
    """The content of a file that ends in `.png`, `.tif` …

    Raises: DenoiseError where the format cannot hold the picture.
    """
    pages = [pages] if isinstance(pages, Picture) else list(pages)
    first, suffix = pages[0], suffix.lower()
    if why_not := next((why for one in pages if (why := unfit(one, suffix, len(pages)))), None):
        raise DenoiseError(why_not)

    def tell(done: float) -> None:
        report(say("Writing {name}", name=first.name) if first.name else say("Writing"), done)

    tell(0.0)
    try:
        content = _encoded(pages, suffix, tell, quality)
    except (OSError, ValueError, struct.error) as error:
        raise DenoiseError(
            "{name} cannot be written as {suffix}: {reason}",
            name=first.name or Text("The picture"),
            suffix=suffix,
            reason=reason(error),
        ) from error
    tell(1.0)
    return content


def fitting_suffix(of: Picture | Header, suffix: str, pages: int = 0) -> str:
    """The suffix itself where that format holds the picture, else `.png`, or `.tif` where that does not hold it."""
    return next((one for one in (suffix, ".png") if not unfit(of, one, pages)), ".tif")


def unfit(of: Picture | Header, suffix: str, pages: int = 0) -> Text | None:
    """Why a file with such an end cannot hold the picture, in a sentence; nothing where it can. `pages` is how many
    there are, where that is not what the header says.
    """
    suffix = suffix.lower()
    name = (of.path.name if isinstance(of, Header) else of.name) or Text("The picture")
    depth, alpha = _depth(of), of.alpha is not None and of.alpha is not False
    pages = pages or (of.frames if isinstance(of, Header) else 1)
    if suffix not in SUFFIXES:
        return Text(
            "A file that ends in {suffix} cannot be written; choose one of {known}."
            if suffix
            else "A file without an ending cannot be written; choose one of {known}.",
            suffix=suffix,
            known=listed(SUFFIXES),
        )
    if depth == _FLOATING and suffix not in _TIFF:
        return Text("{name} is in floating point, which {suffix} cannot hold; choose .tif.", name=name, suffix=suffix)
    if depth == _OTHER and suffix not in _TIFF:
        return Text(
            "{name} holds whole numbers with a sign or of 32 bits, which {suffix} cannot hold; choose .tif.",
            name=name,
            suffix=suffix,
        )
    if depth == 16 and suffix not in (*_TIFF, ".png", *_NETPBM):
        return Text("{name} has 16 bits, of which {suffix} holds 8; choose .png or .tif.", name=name, suffix=suffix)
    if pages > 1 and suffix not in _TIFF and (suffix not in _ANIMATED or depth != 8 or not _moves(of)):
        return Text(
            "{name} has {pages} pages, which {suffix} does not hold; choose .tif.",
            name=name,
            pages=pages,
            suffix=suffix,
        )
    if suffix == ".gif" and (_channels(of) != 1 or alpha):
        return Text("{name} has more than 256 colours, which .gif cannot hold; choose .png.", name=name)
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
    """8 or 16 bits of whole numbers from 0 on, or another kind of number."""
    if isinstance(of, Header):
        return of.depth if of.plain else _FLOATING if of.is_floating else _OTHER
    if of.stored.dtype.kind == "f":
        return _FLOATING
    return 8 * of.stored.dtype.itemsize if of.stored.dtype in (np.uint8, np.uint16) else _OTHER


def _channels(of: Picture | Header) -> int:
    return of.channels


def _moves(of: Picture | Header) -> bool:
    """Whether its pages are the frames of an animation."""
    return of.format != "TIFF" if isinstance(of, Header) else "duration" in of.extras


def _encoded(pages: list[Picture], suffix: str, tell: Callable[[float], None], quality: int | None) -> bytes:
    picture = pages[0]
    pixels, extras = picture.whole(), picture.extras
    if suffix in _NETPBM:
        return netpbm.encoded(pixels, picture.white)
    if suffix in _TIFF:
        return tiff_writing.encoded([_page(one) for one in pages], tell)
    pixels = _full(pixels, picture.white)
    if extras.get("multiplied") and picture.alpha is not None:
        pixels = _divided(pixels, picture.alpha)
    if suffix == ".png" and len(pages) == 1:
        return png.encoded(pixels, picture.alpha, extras, tell)
    if suffix == ".bmp":
        return _bmp(pixels, picture.alpha, extras)
    made = io.BytesIO()
    images = [_pillow(pixels, picture.alpha), *(_pillow(one.stored, one.alpha) for one in pages[1:])]
    images[0].save(made, _PILLOW[suffix], **_settings(suffix, extras, quality), **_moving(pages, images[1:]))
    return made.getvalue()


_PILLOW = {".png": "PNG", ".webp": "WEBP", ".gif": "GIF", ".avif": "AVIF", ".jp2": "JPEG2000", ".tga": "TGA"}
_PILLOW |= dict.fromkeys(_JPEG, "JPEG")


def _settings(suffix: str, extras: dict[str, Any], quality: int | None) -> dict[str, Any]:
    """What Pillow is told beside the pixels."""
    if suffix in _JPEG:
        fine = _jpeg(extras) if quality is None else {"quality": quality, "subsampling": 0}
        return _beside(extras, _LARGEST_PART) | fine
    if suffix == ".webp":
        return _beside(extras) | (_webp(extras) if quality is None else {"quality": quality, "method": 4})
    if suffix == ".avif":
        return _beside(extras) | {"quality": QUALITY if quality is None else quality}
    if suffix == ".jp2":
        return (
            {}
            if quality is None
            else {"quality_mode": "dB", "quality_layers": [20 + 0.4 * quality], "irreversible": True}
        )
    return {} if suffix in (".gif", ".tga") else _beside(extras)


def _moving(pages: list[Picture], images: list[Image.Image]) -> dict[str, Any]:
    """What Pillow is told of an animation; nothing where there is a single picture."""
    if not images:
        return {}
    return {
        "save_all": True,
        "append_images": images,
        "duration": [round(one.extras.get("duration", 0)) for one in pages],
        "loop": pages[0].extras.get("loop", 0),
    }


def _page(picture: Picture) -> tiff_writing.Page:
    pixels = picture.whole()
    if picture.extras.get("format") != "TIFF":
        pixels = _full(pixels, picture.white)
    return tiff_writing.Page(pixels, picture.alpha, picture.extras)


def _full(pixels: NDArray[Any], white: float) -> NDArray[Any]:
    """All of the type is used: a PGM's white may be any number."""
    full = {np.uint8: 255, np.uint16: 65535}.get(pixels.dtype.type)
    if full is None or white == full:
        return pixels
    made: NDArray[Any] = np.rint(pixels * (full / white)).clip(0, full).astype(pixels.dtype)
    return made


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
