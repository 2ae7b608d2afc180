"""PNG with all its bits: Pillow reads 16-bit colour as 8 bits without a word, and cannot write it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading import metadata, pillow
from aestudio.core.data.reading.header import Header, open_image
from aestudio.core.ground.errors import DataError

MAGIC = b"\x89PNG\r\n\x1a\n"
METRE = 0.0254
"""Metres in an inch."""

Chunk = tuple[bytes, bytes]
"""Its type and its content."""

_KEPT = frozenset(
    (b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"eXIf", b"pHYs", b"tEXt", b"zTXt", b"iTXt")
)
"""What is as true of the cleaned picture; it goes over as it is."""
_XMP = b"XML:com.adobe.xmp"
_GREY, _COLOUR, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 4, 6
"""PNG's types of colour; the one that is missing, 3, is a palette, which never has 16 bits."""
_ROWS = 64
"""Filtered at a time."""


def header(path: Path) -> Header:
    """Raises: DataError where the file is cut short; what Pillow raises of a palette or a header that is damaged."""
    found = chunks(path)
    width, height, bits, colour = struct.unpack(">IIBB", found[0][1][:10])
    frames = next((int.from_bytes(content[:4], "big") for kind, content in found if kind == b"acTL"), 1)
    exif, xmp = _exif(found), _xmp(found)
    if bits < 16:
        with open_image(path) as image:
            of_pillow = pillow.header_of(image, path)
            channels, alpha, mode = of_pillow.channels, of_pillow.alpha, of_pillow.mode
            frames = of_pillow.frames
    else:
        channels = 1 if colour in (_GREY, _GREY_ALPHA) else 3
        alpha = colour in (_GREY_ALPHA, _COLOUR_ALPHA) or any(kind == b"tRNS" for kind, _ in found)
        mode = ("L" if channels == 1 else "RGB") + ("A" if alpha else "") + ";16"
    if bits == 16 and frames > 1:
        raise DataError(
            "{name} is an animation of 16 bits, which is not read; save its pictures one by one.", name=path.name
        )
    return Header(
        path=path,
        format="PNG",
        mode=mode,
        stored=(width, height),
        channels=channels,
        depth=16 if bits == 16 else 8,
        alpha=alpha,
        orientation=metadata.orientation(exif, xmp),
        frames=max(1, frames),
    )


def read(header: Header, page: int = 0) -> tuple[NDArray[Any], NDArray[Any] | None, dict[str, Any]]:
    """Pixels [H, W, C] and transparency [H, W] as the file has them, not upright yet, and what it has beside them."""
    found = chunks(header.path)
    pixels, alpha, extras = pillow.read(header, page) if header.depth == 8 else (*_deep(header, found), {})
    extras |= {"exif": _exif(found), "xmp": _xmp(found), "icc": _profile(found)}
    for kind, content in found:
        if kind == b"pHYs" and content[8:] == b"\1":
            extras["dpi"] = tuple(round(one * METRE, 2) for one in struct.unpack(">II", content[:8]))
    extras["chunks"] = [(kind, content) for kind, content in found if kind in _KEPT]
    return pixels, alpha, extras


def chunks(path: Path) -> list[Chunk]:
    """Every chunk, the pixels' own without their content.

    Raises: DataError where the file ends before its end.
    """
    found: list[Chunk] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        while len(start := file.read(8)) == 8:
            length, kind = int.from_bytes(start[:4], "big"), start[4:]
            if file.tell() + length + 4 > size:
                break
            if kind in (b"IDAT", b"fdAT"):
                found.append((kind, b""))
                file.seek(length + 4, 1)
            else:
                found.append((kind, file.read(length)))
                file.seek(4, 1)
            if kind == b"IEND" and found[0][0] == b"IHDR" and len(found[0][1]) == 13:
                return found
    raise DataError("{name} is damaged or cut short (its end is missing).", name=path.name)


def _deep(header: Header, found: list[Chunk]) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """16-bit pixels and transparency.

    Pillow undoes compression, filters and interlacing of any PNG, and puts the first or the second byte of each sample
    into its 8-bit image as it is told: read twice, nothing is lost.
    """
    colour = found[0][1][9]
    both: NDArray[Any]
    if colour == _GREY_ALPHA:  # four bytes a pixel, read as if they were four channels
        raw = _decoded(header.path, "RGBA", "RGBA").astype(np.uint16)
        both = raw[..., 0::2] << 8 | raw[..., 1::2]
        return both[..., :1], both[..., 1]
    if colour == _GREY:
        both = _decoded(header.path, "I;16", "I;16B").astype(np.uint16)[..., None]
    else:
        mode = "RGB" if colour == _COLOUR else "RGBA"
        both = _decoded(header.path, mode, f"{mode};16B").astype(np.uint16) << 8
        both |= _decoded(header.path, mode, f"{mode};16L")
    if colour == _COLOUR_ALPHA:
        return both[..., :3], np.ascontiguousarray(both[..., 3])
    clear = next((content for kind, content in found if kind == b"tRNS"), None)
    if clear is None:
        return both, None
    transparent = (both == np.frombuffer(clear, ">u2")[: both.shape[2]]).all(-1)
    return both, np.where(transparent, 0, 65535).astype(np.uint16)


def _decoded(path: Path, mode: str, raw: str) -> NDArray[Any]:
    with open_image(path) as image:
        image._mode = mode
        image.tile = [(*one[:3], raw) for one in image.tile]  # type: ignore[attr-defined]
        image.load()
        return np.asarray(image)


def _exif(found: list[Chunk]) -> bytes:
    return next((metadata.without_prefix(content) for kind, content in found if kind == b"eXIf"), b"")


def _xmp(found: list[Chunk]) -> bytes:
    for kind, content in found:
        if kind == b"iTXt" and content.startswith(_XMP + b"\0\0"):  # not compressed, as XMP asks for
            return content.split(b"\0", 5)[-1]
    return b""


def _profile(found: list[Chunk]) -> bytes:
    packed = next((content for kind, content in found if kind == b"iCCP"), b"")
    if not packed:
        return b""
    try:
        return zlib.decompressobj().decompress(packed.split(b"\0", 1)[1][1:], 16 << 20)
    except (IndexError, zlib.error):  # a damaged profile is nobody's profile
        return b""


def encoded(
    pixels: NDArray[Any], alpha: NDArray[Any] | None, extras: dict[str, Any], tell: Callable[[float], None]
) -> bytes:
    """A PNG of pixels [H, W, 1 or 3] and transparency [H, W], all uint8 or all uint16.

    `tell` is given the fraction that is done. Each row is filtered by what leaves the smallest sum of absolute values.
    Source: PNG, third edition, section 12.7.
    """
    height, width, channels = pixels.shape
    bits = 8 * pixels.itemsize
    colour = {(1, False): _GREY, (3, False): _COLOUR, (1, True): _GREY_ALPHA, (3, True): _COLOUR_ALPHA}
    start = struct.pack(">IIBBBBB", width, height, bits, colour[channels, alpha is not None], 0, 0, 0)
    packer = zlib.compressobj(6, strategy=zlib.Z_FILTERED)
    content = []
    for number, rows in enumerate(_filtered(pixels, alpha)):
        tell(number * _ROWS / height)
        content.append(packer.compress(rows))
    content.append(packer.flush())
    return MAGIC + b"".join(
        struct.pack(">I", len(inside)) + kind + inside + struct.pack(">I", zlib.crc32(inside, zlib.crc32(kind)))
        for kind, inside in (
            (b"IHDR", start),
            *_beside(extras),
            *((b"IDAT", part) for part in content if part),
            (b"IEND", b""),
        )
    )


def _beside(extras: dict[str, Any]) -> Iterator[Chunk]:
    """The chunks beside the pixels: those that a PNG had, or made of what another file had. Upright ones."""
    if "chunks" not in extras:
        if extras.get("icc"):
            yield b"iCCP", b"ICC profile\0\0" + zlib.compress(extras["icc"])
        if "dpi" in extras:
            yield b"pHYs", struct.pack(">IIB", *(max(1, round(one / METRE)) for one in extras["dpi"]), 1)
        if extras.get("xmp"):
            yield b"iTXt", _XMP + b"\0\0\0\0\0" + metadata.xmp_upright(extras["xmp"])
        if extras.get("exif"):
            yield b"eXIf", metadata.exif_upright(extras["exif"])
    for kind, content in extras.get("chunks", ()):
        if kind == b"eXIf":
            yield kind, metadata.exif_upright(metadata.without_prefix(content))
        elif kind == b"iTXt" and content.startswith(_XMP):
            yield kind, metadata.xmp_upright(content)
        else:
            yield kind, content


def _filtered(pixels: NDArray[Any], alpha: NDArray[Any] | None) -> Iterator[bytes]:
    """The rows, each behind the number of its filter."""
    height, width = pixels.shape[:2]
    samples = pixels.shape[2] + (alpha is not None)
    step = samples * pixels.itemsize
    above = np.zeros((1, width * step), np.uint8)
    for top in range(0, height, _ROWS):
        rows = pixels[top : top + _ROWS]
        if alpha is not None:
            rows = np.concatenate((rows, alpha[top : top + _ROWS, :, None]), 2)
        raw = rows.astype(rows.dtype.newbyteorder(">")).reshape(len(rows), -1).view(np.uint8)
        up = np.concatenate((above, raw[:-1]))
        left, corner = np.zeros_like(raw), np.zeros_like(raw)
        left[:, step:], corner[:, step:] = raw[:, :-step], up[:, :-step]
        ways = np.stack((raw, raw - left, raw - up, raw - _average(left, up), raw - _paeth(left, up, corner)))
        costs = np.abs(ways.view(np.int8).astype(np.int16)).sum(2, dtype=np.int64)  # [5, rows]
        best = costs.argmin(0)
        chosen = ways[best, np.arange(len(raw))]
        yield np.concatenate((best[:, None].astype(np.uint8), chosen), 1).tobytes()
        above = raw[-1:]


def _average(left: NDArray[Any], up: NDArray[Any]) -> NDArray[np.uint8]:
    mean: NDArray[np.uint8] = ((left.astype(np.uint16) + up) >> 1).astype(np.uint8)
    return mean


def _paeth(left: NDArray[Any], up: NDArray[Any], corner: NDArray[Any]) -> NDArray[Any]:
    """Whichever of the three is nearest to left + up − corner."""
    a, b, c = (one.astype(np.int16) for one in (left, up, corner))
    to_left, to_up, to_corner = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    nearest: NDArray[Any] = np.where(
        (to_left <= to_up) & (to_left <= to_corner), left, np.where(to_up <= to_corner, up, corner)
    )
    return nearest
