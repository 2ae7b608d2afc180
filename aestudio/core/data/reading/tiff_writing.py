"""A TIFF of one or many pages, with all that stands beside them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading import exif, metadata

_XMP = 700
_STRIP = 1 << 20
"""Bytes that are packed at a time."""
_LARGEST = 4_000_000_000
"""Bytes from which a file needs 64-bit offsets."""


@dataclass(frozen=True, eq=False)
class Page:
    """What becomes one page of a file."""

    pixels: NDArray[Any]
    """[H, W, C]: grey, colours, or channels of their own."""
    alpha: NDArray[Any] | None
    extras: dict[str, Any]

    @property
    def dtype(self) -> np.dtype[Any]:
        kept = self.pixels.dtype.kind == "f"
        return np.dtype(self.extras.get("dtype", self.pixels.dtype) if kept else self.pixels.dtype)

    @property
    def samples(self) -> int:
        return int(self.pixels.shape[2]) + (self.alpha is not None)

    @property
    def nbytes(self) -> int:
        return int(self.pixels.nbytes + (0 if self.alpha is None else self.alpha.nbytes))


def encoded(pages: Sequence[Page], tell: Callable[[float], None]) -> bytes:
    """A TIFF; packed without loss unless the original was not packed.

    `tell` is given the fraction that is done. Tags of a TIFF are kept; of other files the profile, the resolution, EXIF
    and XMP. Channels that lay in one page do so again.
    """
    import tifffile

    pages = _together(pages)
    found = exif.of(pages[0].extras.get("exif", b""))
    order: exif.Order = found.order if found.subs else pages[0].extras.get("order", "<")
    is_big = sum(page.nbytes for page in pages) > _LARGEST
    made = io.BytesIO()
    with tifffile.TiffWriter(made, byteorder=order, bigtiff=is_big) as writer:
        for number, page in enumerate(pages):

            def told(done: float, number: int = number) -> None:
                tell((number + done) / len(pages))

            _write(writer, page, found if not number else exif.of(b""), order, told)
    return exif.with_subs(made.getvalue(), found) if found.subs and not is_big else made.getvalue()


def _together(pages: Sequence[Page]) -> list[Page]:
    """Pages whose channels lay in one page of their file, as that page."""
    made: list[Page] = []
    waiting: list[Page] = []
    for page in pages:
        layers = page.extras.get("layers", 1)
        if layers == 1:
            made.append(page)
            continue
        waiting.append(page)
        if len(waiting) == layers:
            made.append(Page(np.concatenate([one.pixels for one in waiting], 2), None, waiting[0].extras))
            waiting = []
    return made + waiting


def _write(writer: Any, page: Page, found: exif.Exif, order: exif.Order, tell: Callable[[float], None]) -> None:
    extras, dtype, samples = page.extras, page.dtype, page.samples
    height, width, channels = page.pixels.shape
    is_colour = channels == 3 and extras.get("layers", 1) == 1
    shape = (height, width, samples) if samples > 1 else (height, width)
    strip = max(1, _STRIP // (width * samples * dtype.itemsize))
    packed = extras.get("packed", True)
    differs = packed and dtype.kind in "iu"

    def rows(start: int, count: int) -> NDArray[Any]:
        values = page.pixels[start : start + count]
        if page.alpha is not None:
            values = np.concatenate((values, page.alpha[start : start + count, :, None]), 2)
        return np.ascontiguousarray(values, dtype)

    def strips() -> Iterator[bytes]:
        for top in range(0, height, strip):
            tell(top / height)
            values = rows(top, strip)
            if differs:
                values = np.diff(values, axis=1, prepend=np.zeros_like(values[:, :1]))
            yield zlib.compress(values.astype(dtype.newbyteorder(order)).tobytes())

    across, down, unit = extras.get("resolution") or (*extras.get("dpi", (1.0, 1.0)), 2 if "dpi" in extras else 1)
    kinds = ["assocalpha" if extras.get("multiplied") else "unassalpha"] if page.alpha is not None else []
    if channels > 1 and not is_colour:
        kinds = ["unspecified"] * (channels - 1)
    writer.write(
        strips() if packed else rows(0, height).reshape(shape),
        shape=shape,
        dtype=dtype.newbyteorder(order),
        rowsperstrip=strip,
        photometric="rgb" if is_colour else "minisblack",
        planarconfig="contig" if samples > 1 else None,
        extrasamples=kinds or None,
        compression="zlib" if packed else None,
        predictor=2 if differs else None,
        description=extras.get("description"),
        iccprofile=extras.get("icc") or None,
        resolution=(across, down),
        resolutionunit=unit,
        software=False,
        metadata=None,
        contiguous=False,
        extratags=_tags(extras, found, order),
    )


def _tags(extras: dict[str, Any], found: exif.Exif, order: exif.Order) -> list[tuple[Any, ...]]:
    tags: list[tuple[Any, ...]] = [(*tag, True) for tag in extras.get("tags", ())]
    if "tags" not in extras:
        tags += [(one.tag, one.kind, one.count, one.raw, True) for one in found.told if found.order == order]
    tags += [(tag - 1, 4, 1, 0, True) for tag in found.subs]
    if extras.get("xmp"):
        xmp = metadata.xmp_upright(extras["xmp"])
        tags.append((_XMP, 1, len(xmp), xmp, True))
    return tags
