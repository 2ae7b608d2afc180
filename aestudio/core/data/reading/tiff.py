"""TIFF of any depth with its tags, page by page: read by tifffile, and by Pillow where it is packed oddly."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading import exif, pillow
from aestudio.core.data.reading.header import Header, open_image
from aestudio.core.data.reading.levels import white_level
from aestudio.core.data.reading.unpacking import UNPACKED, unpacked
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.texts import Text

if TYPE_CHECKING:
    import tifffile

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK, _LAB, _CFA = 0, 1, 2, 5, (8, 9, 10), (32803, 34892)
_MULTIPLIED = 1
"""Transparency that is multiplied into the colours already."""
_XMP = 700
_STRUCTURE = frozenset(
    (*range(254, 267), 270, 273, 274, *range(277, 285), *range(288, 294), 296, 297, 301, *range(317, 348))
).union(range(512, 533), (_XMP, 34665, 34675, 34853, 40965, 50838, 50839))
"""Tags that say how the pixels lie, that point into the file, or that are written by themselves."""
_IMAGEJ = (50838, 50839)
_PER_INCH = {2: 1.0, 3: 2.54}


def is_raw(path: Path) -> bool:
    """Whether the file is a camera's raw file under another name."""
    with _opened(path) as tiff:
        return bool(len(tiff.pages)) and any(
            page.aspage().is_dng or int(page.aspage().photometric) in _CFA for page in tiff.pages
        )


def header(path: Path) -> Header:
    """Raises: DataError where the file is cut short, or of a kind that is not read; what tifffile raises."""
    with _opened(path) as tiff:
        pages = _Pages(tiff, path)
        page = pages.at(0)
        if _is_for_pillow(page):
            orientation = int(page.tags.valueof(274, default=1))
        else:
            return _header(page, path, pages.count)
    with open_image(path) as image:
        found = pillow.header_of(image, path)
    mode = {_CMYK: "CMYK"}.get(int(page.photometric), found.mode)
    return Header(
        path,
        "TIFF",
        mode,
        found.stored,
        found.channels,
        8,
        found.alpha,
        orientation=_1_to_8(orientation),
        frames=pages.count,
    )


def _header(page: tifffile.TiffPage, path: Path, pages: int) -> Header:
    _check(page, path)
    photometric, bits = int(page.photometric), page.bitspersample
    layers = _layers(page)
    channels = 1 if layers > 1 else page.samplesperpixel - len(page.extrasamples)
    mode = "CMYK" if photometric == _CMYK else "LAB" if photometric in _LAB else "L" if channels == 1 else "RGB"
    kind = np.dtype(page.dtype)
    converted = mode in ("CMYK", "LAB")
    return Header(
        path=path,
        format="TIFF",
        mode=mode if converted or bits <= 8 else f"{mode};{'f' if kind.kind == 'f' else ''}{bits}",
        stored=(page.imagewidth, page.imagelength),
        channels=1 if channels == 1 else 3,
        depth=8 if converted else max(32, 8 * kind.itemsize) if kind.kind == "f" else 8 * kind.itemsize,
        alpha=bool(page.extrasamples) and layers == 1 and not converted,
        plain=converted or (kind.kind == "u" and kind.itemsize <= 2),
        orientation=_1_to_8(page.tags.valueof(274, default=1)),
        frames=pages * layers,
        layers=layers,
    )


def _check(page: tifffile.TiffPage, path: Path) -> None:
    """Raises: DataError where such a page is not read."""
    photometric, samples = int(page.photometric), page.samplesperpixel
    if photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK, *_LAB) or page.imagedepth > 1:
        raise DataError("{name} is a TIFF of a kind that is not read; save it as grey or RGB first.", name=path.name)
    wanted = {_CMYK: (4,), _RGB: (3,)}.get(photometric, (1, 3))
    if _layers(page) == 1 and (samples - len(page.extrasamples) not in wanted or len(page.extrasamples) > 1):
        raise DataError(
            "{name} has {samples} channels of a kind that is not read; save them as pages of grey.",
            name=path.name,
            samples=samples,
        )
    if page.dtype is None or page.dtype.kind not in "iuf":
        raise DataError(
            "{name} holds numbers of {bits} bits that are not read; save it with 8 or 16 bits or as 32-bit floating "
            "point.",
            name=path.name,
            bits=page.bitspersample,
        )


def _layers(page: tifffile.TiffPage) -> int:
    """How many channels of a page are pictures of their own: those that are neither colours nor transparency."""
    if int(page.photometric) not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB) or page.samplesperpixel == 1:
        return 1
    extra = [int(one) for one in page.extrasamples]
    colours = page.samplesperpixel - len(extra)
    is_plain = colours in (1, 3) and len(extra) <= 1 and (colours == 3 or any(extra))
    is_rgb = int(page.photometric) == _RGB and page.samplesperpixel == 3
    return 1 if is_plain or is_rgb else page.samplesperpixel


def read(header: Header, page: int = 0) -> tuple[NDArray[Any], NDArray[Any] | None, dict[str, Any]]:
    """Pixels [H, W, C] and transparency [H, W] of a page, not upright yet, and what it has beside them.

    Raises: DataError where the page is packed in a way that is not read; what tifffile and Pillow raise.
    """
    place, layer = divmod(page, header.layers)
    path = header.path
    with _opened(path) as tiff:
        pages = _Pages(tiff, path)
        one = pages.at(place)
        extras = _extras(one)
        extras["exif"] = _exif(path) if not place else b""
        extras["order"] = tiff.byteorder
        extras["tags"] += _of_imagej(one, path)
        if _is_for_pillow(one):
            extras["notes"] = ()
            values = None
        else:
            _check(one, path)
            values = _values(one, path, pages.skipped(place))
            mode, bits = _header(one, path, 1).mode, one.bitspersample
            extra, turned = tuple(one.extrasamples), one.photometric == _WHITE_IS_ZERO
            channels = 1 if header.layers > 1 else one.samplesperpixel - len(extra)
    if values is None:
        pixels, alpha, more = pillow.read(header, pages.numbers[place])
        return pixels, alpha, extras | ({"notes": more["notes"], "icc": more["icc"]} if "notes" in more else {})
    if header.layers > 1:
        if layer >= values.shape[2]:
            raise DataError("{name} has pages of different numbers of channels, which are not read.", name=path.name)
        return values[..., layer : layer + 1], None, extras | {"layers": header.layers, "layer": layer}
    if mode in ("CMYK", "LAB"):
        return _in_rgb(values, mode, extras)
    if values.dtype == np.float16:
        extras["dtype"] = values.dtype.name
        values = values.astype(np.float32)
    if values.dtype.kind == "u" and bits not in (8, 16, 32, 64):
        extras["white"] = 2**bits - 1
    pixels, alpha = values[..., :channels], np.ascontiguousarray(values[..., -1]) if extra else None
    if extra:
        extras["multiplied"] = extra[0] == _MULTIPLIED
    return (_turned(pixels, bits) if turned else pixels), alpha, extras


def _in_rgb(
    values: NDArray[Any], mode: str, extras: dict[str, Any]
) -> tuple[NDArray[Any], NDArray[Any] | None, dict[str, Any]]:
    """Colours of a printer, [H, W, 4], or of CIE L*a*b*, of 8 or 16 bits, as sRGB of 8."""
    from PIL import Image

    from aestudio.core.data.reading.colours import to_rgb

    deep = values.dtype != np.uint8
    if deep:
        values = (values >> 8).astype(np.uint8)
    image = Image.frombytes(mode, values.shape[1::-1], np.ascontiguousarray(values[..., : 4 if mode == "CMYK" else 3]))
    made, extras["icc"], note = to_rgb(image, extras["icc"])
    notes = (note, *([Text("Of its 16 bits 8 were kept.")] if deep else []))
    return np.asarray(made), None, extras | {"notes": notes}


def _turned(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    """Brightness where the file has darkness."""
    if pixels.dtype.kind == "u":
        turned: NDArray[Any] = np.asarray(2**bits - 1, pixels.dtype) - pixels
        return turned
    try:
        whole = white_level(pixels, 1.0)
    except DataError:
        whole = float(pixels.min()) + float(pixels.max())
    made: NDArray[Any] = np.asarray(whole, pixels.dtype) - pixels
    return made


def _exif(path: Path) -> bytes:
    """What a TIFF's tags tell of the picture, as EXIF; nothing where that is nothing."""
    with path.open("rb") as file:

        def read(start: int, length: int) -> bytes:
            file.seek(start)
            return file.read(length)

        found = exif.parsed(read)
    return exif.alone(found) if found and (found.told or found.subs) else b""


def _opened(path: Path) -> tifffile.TiffFile:
    import tifffile  # 0.2 s, so only where it is used

    logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # what it finds odd is no sentence for the person
    return tifffile.TiffFile(path)


class _Pages:
    """The pages that are pictures; thumbnails and masks are none."""

    def __init__(self, tiff: tifffile.TiffFile, path: Path) -> None:
        """Raises: DataError where there is none."""
        if not len(tiff.pages):
            raise DataError("{name} is damaged or cut short (it holds no page).", name=path.name)
        self._tiff, self._path = tiff, path
        self.numbers = [i for i, page in enumerate(tiff.pages) if not int(page.aspage().subfiletype) & 0b101]
        """Where they stand among all pages of the file."""
        if not self.numbers:
            raise DataError(
                "{name} holds a thumbnail only; if it is a camera's raw file, develop it first.", name=path.name
            )
        # ImageJ writes one page for a large stack, and the others' pixels behind its own.
        told = int((tiff.imagej_metadata or {}).get("images", 1)) if tiff.is_imagej else 1
        first = tiff.pages.first
        self._behind = told if len(self.numbers) == 1 and told > 1 and int(first.compression) == 1 else 0
        self.count = self._behind or len(self.numbers)

    def at(self, place: int) -> tifffile.TiffPage:
        """Raises: DataError where the file ends before the page does."""
        page = self._tiff.pages[0 if self._behind else self.numbers[place]].aspage()
        size, skipped = self._path.stat().st_size, self.skipped(place)
        if any(
            start + skipped + length > size
            for start, length in zip(page.dataoffsets, page.databytecounts, strict=False)
        ):
            raise DataError("{name} is damaged or cut short (it is shorter than it says).", name=self._path.name)
        return page

    def skipped(self, place: int) -> int:
        """How many bytes behind its own the page's pixels lie."""
        return place * self._tiff.pages.first.nbytes if self._behind else 0


def _is_for_pillow(page: tifffile.TiffPage) -> bool:
    """Fewer than 8 bits, palettes, brightness with colour differences, JPEG and fax inside: all of 8 bits at most."""
    plain = int(page.photometric) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK)
    return page.bitspersample <= 8 and (
        page.bitspersample < 8 or int(page.photometric) in (3, 6) or (plain and int(page.compression) not in UNPACKED)
    )


def _values(page: tifffile.TiffPage, path: Path, skipped: int) -> NDArray[Any]:
    """[H, W, samples], in the byte order of this machine."""
    if int(page.compression) not in UNPACKED:
        way = getattr(page.compression, "name", page.compression)  # a number that tifffile has no name for stays one
        raise DataError(
            "{name} is packed with {way}, which is not read at more than 8 bits; save it with LZW or Deflate "
            "or uncompressed.",
            name=path.name,
            way=way,
        )
    values = unpacked(page, path, skipped)
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


def _of_imagej(page: tifffile.TiffPage, path: Path) -> list[tuple[int, int, int, Any]]:
    """What ImageJ keeps beside its description, such as labels of slices, ranges of display and regions: its own bytes,
    in the byte order of the file.
    """
    lengths, content = (page.tags.get(code) for code in _IMAGEJ)
    if lengths is None or content is None:
        return []
    with path.open("rb") as file:
        file.seek(content.valueoffset)
        raw = file.read(content.count)
    counts = lengths.value if isinstance(lengths.value, tuple) else (lengths.value,)
    return [(_IMAGEJ[0], 4, len(counts), counts), (_IMAGEJ[1], 1, len(raw), raw)]


def _1_to_8(value: Any) -> int:
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else 1
