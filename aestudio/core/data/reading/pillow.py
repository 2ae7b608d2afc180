"""JPEG, WebP, BMP and whatever else Pillow reads without losing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from aestudio.core.data.reading import metadata
from aestudio.core.data.reading.colours import CONVERTED, to_rgb
from aestudio.core.data.reading.header import Header, open_image
from aestudio.core.ground.errors import DataError

_WITH_ALPHA = ("LA", "PA", "RGBA", "La", "RGBa")
_GREY = ("1", "L", "LA", "La", "I", "F")
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
_PAGED = (*_ANIMATED, "HEIF", "TIFF")
"""Kinds whose files may hold several pictures that belong together."""


def header(path: Path) -> Header:
    """Raises: what Pillow raises; DataError where a WebP is cut short, which Pillow may hide."""
    with open_image(path) as image:
        return header_of(image, path)


def header_of(image: Image.Image, path: Path) -> Header:
    """Of an image that Pillow has opened."""
    format = "JPEG" if image.format == "MPO" else image.format or ""  # a phone's JPEG with a second picture behind
    if format == "WEBP":
        _check_webp(path)
    exif, xmp = _exif(image), _xmp(image)
    mode, frames = image.mode, int(getattr(image, "n_frames", 1)) if format in _PAGED else 1
    return Header(
        path=path,
        format=format,
        mode=mode,
        stored=image.size,
        channels=3 if format == "GIF" and frames > 1 else _channels(image),
        depth=32 if mode == "F" else 16 if mode.startswith("I") else 8,
        alpha=(mode in _WITH_ALPHA or image.has_transparency_data) and mode not in CONVERTED,
        plain=mode != "F",
        orientation=metadata.orientation(exif, xmp),
        frames=frames,
    )


def read(header: Header, page: int = 0) -> tuple[NDArray[Any], NDArray[Any] | None, dict[str, Any]]:
    """Pixels [H, W, C] and transparency [H, W] as the file has them, not upright yet, and what it has beside them.

    Raises: what Pillow raises.
    """
    with open_image(header.path) as image:
        extras = _extras(image, header)
        if header.frames > 1:
            image.seek(page)
        image.load()  # not verify(), which passes a JPEG that is cut short
        if header.frames > 1 and header.format in _ANIMATED:
            extras |= {"duration": float(image.info.get("duration") or 0), "loop": int(image.info.get("loop") or 0)}
        if image.mode in CONVERTED:
            made, extras["icc"], note = to_rgb(image, extras["icc"])
            return np.asarray(made), None, extras | {"notes": (note,)}
        pixels, alpha = planes(image, header)
    return pixels, alpha, extras


def planes(image: Image.Image, header: Header) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The pixels and the transparency of a decoded image."""
    mode = image.mode
    if mode == "F":
        return np.asarray(image)[..., None], None
    if mode.startswith("I"):
        values = np.asarray(image)
        if values.size and (values.min() < 0 or values.max() > 65535):
            return values[..., None], None
        return values.astype(np.uint16)[..., None], None
    if header.alpha:
        both = np.asarray(image.convert("RGBA"))
        return both[..., : header.channels], np.ascontiguousarray(both[..., 3])
    pixels = np.asarray(image.convert("L" if header.channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], header.channels), None


def _extras(image: Image.Image, header: Header) -> dict[str, Any]:
    info = image.info
    extras: dict[str, Any] = {"icc": info.get("icc_profile") or b"", "exif": _exif(image), "xmp": _xmp(image)}
    if "dpi" in info:
        extras["dpi"] = tuple(float(one) for one in info["dpi"])
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        extras["jpeg"] = {
            "qtables": dict(image.quantization),
            "subsampling": JpegImagePlugin.get_sampling(image),
            "progressive": bool(info.get("progressive")),
            "comment": info.get("comment") or b"",
        }
    if header.format == "WEBP":
        extras["lossless"] = _is_lossless_webp(header.path)
    return extras


def _exif(image: Image.Image) -> bytes:
    found = image.info.get("exif")
    return metadata.without_prefix(found) if isinstance(found, bytes) else b""


def _xmp(image: Image.Image) -> bytes:
    found = image.info.get("xmp") or b""
    return found.encode() if isinstance(found, str) else bytes(found)


def _channels(image: Image.Image) -> int:
    """Of a picture with its palette replaced by colours."""
    mode = image.mode
    is_grey = mode in _GREY or mode.startswith("I;16") or (mode in ("P", "PA") and _grey_palette(image))
    return 1 if is_grey else 3


def _grey_palette(image: Image.Image) -> bool:
    """All its colours are greys; those of a profile for colours count as colours, since the profile is kept."""
    if image.info.get("icc_profile"):
        return False
    colours = np.array(image.getpalette("RGB") or (), np.uint8).reshape(-1, 3)
    return bool((colours[:, :1] == colours).all())


def _check_webp(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if path.stat().st_size < 8 + int.from_bytes(start[4:], "little"):
        raise DataError("{name} is damaged or cut short (it is shorter than it says).", name=path.name)


def _is_lossless_webp(path: Path) -> bool:
    """Whether its picture is a VP8L chunk. Source: RFC 9649, section 2."""
    with path.open("rb") as file:
        file.seek(12)
        while len(start := file.read(8)) == 8:
            if start[:4] in (b"VP8L", b"VP8 "):
                return start[:4] == b"VP8L"
            length = int.from_bytes(start[4:], "little")
            file.seek(length + length % 2, 1)
    return False
