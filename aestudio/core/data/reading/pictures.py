"""Image files read the right way, and images brought to a shape: where pixels from outside become numbers."""

from __future__ import annotations

import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn.functional import interpolate

from aestudio.core.ground.errors import Cancelled, DataError, StudioError
from aestudio.core.ground.shapes import LUMA, Shape
from aestudio.core.ground.texts import Text

_NETPBM = (".pbm", ".pgm", ".ppm", ".pnm", ".pfm")
IMAGE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".tga", ".jp2", ".avif", *_NETPBM)
)
"""What a folder is searched for, in lower case. `read_image` itself goes by a file's content."""

MAX_PIXELS = 178_956_970
"""Above this Pillow takes a file for a decompression bomb: small on disk, gigabytes in memory."""

TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

Pixels = NDArray[np.float32]
"""One image, float32 [H, W, C] in [0, 1] with C 1 or 3."""


def read_image(path: str | Path, *, at_least: int = 0) -> Pixels:
    """The first image in a file, upright, its transparent parts on white.

    16-bit grey and TIFF keep their depth. A 16-bit colour PNG does not: Pillow reads it as 8 bits without saying so,
    which is accepted here because training works on 8 bits anyway. `at_least` lets a JPEG be decoded at a half, a
    quarter or an eighth of its size as long as both sides keep that many pixels, which is several times faster.

    Raises: DataError, one sentence that starts with the file's name, where it is missing, damaged, cut short, too large
    or not an image.
    """
    path = Path(path)
    with in_sentences(path, DataError):
        check_file(path)
        pixels = _decode(path, at_least)
        if pixels.size == 0:
            raise DataError("{name} has no pixels.", name=path.name)
        return pixels


def shorter_side(path: Path) -> int:
    """Of an image, in pixels, from the head of its file alone. Raises: DataError as `read_image` does."""
    with in_sentences(path, DataError):
        check_file(path)
        with _opened(path) as opened:
            return min(opened.size)


@contextmanager
def in_sentences(path: Path, kind: type[StudioError]) -> Iterator[None]:
    """What goes wrong while an image file is read becomes one sentence of this kind, starting with the file's name."""
    try:
        yield
    except Cancelled:
        raise
    except StudioError as error:
        raise kind(error.text) from error
    except FileNotFoundError as error:
        raise kind(Text("{name} does not exist in {parent}.", name=path.name, parent=path.parent)) from error
    except IsADirectoryError as error:
        raise kind(Text("{name} is a folder, not an image.", name=path.name)) from error
    except PermissionError as error:
        raise kind(Text("{name} cannot be opened: permission is denied.", name=path.name)) from error
    except UnidentifiedImageError as error:
        raise kind(Text("{name} is not an image, or of a kind that cannot be read.", name=path.name)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise kind(_too_large(path)) from error
    except MemoryError as error:
        raise kind(Text("{name} needs more memory than there is.", name=path.name)) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        LookupError,
        TypeError,
        struct.error,
        zlib.error,
        ArithmeticError,
    ) as error:
        # Decoders raise all of these on files that are damaged, and SyntaxError is what Pillow says of a broken PNG.
        raise kind(
            Text("{name} is damaged or cut short ({error}).", name=path.name, error=str(error).strip(". "))
        ) from error


def check_file(path: Path) -> None:
    """Raises OSError or DataError where this is not a file, or one that holds nothing."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(path)
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise DataError("{name} is a device or a pipe, not an image.", name=path.name)
    if status.st_size == 0:
        raise DataError("{name} is an empty file.", name=path.name)


def _too_large(path: Path) -> Text:
    return Text(
        "{name} has more than {millions} million pixels, too many to open safely.",
        name=path.name,
        millions=MAX_PIXELS // 1_000_000,
    )


def _decode(path: Path, at_least: int) -> Pixels:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic in TIFF_MAGIC:
        deep = _decode_deep_tiff(path)
        if deep is not None:
            return deep
    with _opened(path) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise DataError(_too_large(path))
        if at_least:
            opened.draft(None, (at_least, at_least))
        opened.load()  # not verify(), which passes a JPEG that is cut short
        return _from_pillow(ImageOps.exif_transpose(opened), path)


def _opened(path: Path) -> Image.Image:
    """Not decoded yet."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", Image.DecompressionBombWarning
        )  # between one and two times Pillow's limit is allowed
        return Image.open(path)


def _from_pillow(image: Image.Image, path: Path) -> Pixels:
    mode = image.mode
    if mode.startswith("I;16"):
        return _unit(np.asarray(image)[..., None], 65535)
    if mode in ("I", "F"):
        return _by_range(np.asarray(image)[..., None], path)
    if image.has_transparency_data:
        image = image.convert("LA" if mode in ("1", "L", "LA", "La") else "RGBA")
        return _on_white(_unit(np.asarray(image), 255))
    if mode not in ("L", "RGB"):
        image = image.convert("L" if mode == "1" else "RGB")
    pixels = np.asarray(image)
    return _unit(pixels if pixels.ndim == 3 else pixels[..., None], 255)


def _decode_deep_tiff(path: Path) -> Pixels | None:
    """A TIFF of more than 8 bits a channel; None where Pillow reads it as well or better."""
    import tifffile  # 0.2 s, so only where it is used

    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages.first
        samples, plain = page.samplesperpixel, page.photometric in (0, 1, 2)  # white is zero, black is zero, RGB
        if page.bitspersample <= 8 or not plain or page.dtype is None or page.imagedepth > 1:
            return None
        if page.imagewidth * page.imagelength > MAX_PIXELS:
            raise DataError(_too_large(path))
        try:
            values: NDArray[Any] = page.asarray()
        except (
            ValueError,
            ImportError,
        ):  # a compression that tifffile needs imagecodecs for; Pillow knows most of them
            return None
        values = values.reshape(
            (page.imagelength, page.imagewidth, samples)
            if page.planarconfig == 1
            else (samples, page.imagelength, page.imagewidth)
        )
        bits, extra, white_is_zero = page.bitspersample, tuple(page.extrasamples), page.photometric == 0
        orientation = int(page.tags.valueof(274, default=1))
    if page.planarconfig != 1:
        values = values.transpose(1, 2, 0)
    pixels = _unit(values, 2**bits - 1) if values.dtype.kind in "u" else _by_range(values, path)
    colours = samples - len(extra)
    if colours not in (1, 3):
        raise DataError(
            "{name} has {samples} channels; images of 1 or 3 can be read, with or without transparency.",
            name=path.name,
            samples=samples,
        )
    if white_is_zero:
        pixels[..., :colours] = 1 - pixels[..., :colours]
    if extra and extra[0] in (1, 2):  # transparency, already multiplied into the colours or not
        pixels = _on_white(pixels[..., : colours + 1], multiplied=extra[0] == 1)
    return upright(pixels[..., :colours], orientation)


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Pixels [H, W, …] as they are to be seen, by the EXIF orientation, 1 to 8, that their file has."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _unit(values: NDArray[Any], white: float) -> Pixels:
    unit: Pixels = np.clip(values.astype(np.float32) / np.float32(white), 0, 1)
    return unit


def _by_range(values: NDArray[Any], path: Path) -> Pixels:
    try:
        return _unit(values, white_level(values))
    except DataError as error:
        raise DataError("{name} {error}", name=path.name, error=error) from error


def _on_white(pixels: Pixels, *, multiplied: bool = False) -> Pixels:
    colours, alpha = pixels[..., :-1], pixels[..., -1:]
    over: Pixels = np.clip((colours if multiplied else colours * alpha) + (1 - alpha), 0, 1)
    return over


def white_level(values: NDArray[Any], beyond: float = 0.1) -> float:
    """The value that stands for white where the type does not say it: 1, 255 or 65535, the smallest that covers all.

    The fraction `beyond` of it, above or below, is let through: for filters that overshoot, or for noise.
    Raises: DataError, the end of a sentence ("holds values from …"), where no such range fits.
    """
    if values.dtype.kind not in "biuf":
        raise DataError("holds {dtype} values, which are not brightnesses.", dtype=values.dtype)
    if values.size == 0:
        return 1.0
    lowest, highest = float(values.min()), float(values.max())
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise DataError("holds values that are not numbers or are infinite.")
    if lowest >= -beyond * max(highest, 1.0):
        for white in (1.0, 255.0, 65535.0):
            if highest <= (1 + beyond) * white:
                return white
    raise DataError(
        "holds values from {lowest:.4g} to {highest:.4g}; brightness must lie in 0–1, 0–255 or 0–65535.",
        lowest=lowest,
        highest=highest,
    )


def fitted(images: Tensor, shape: Shape, *, crop: bool = True) -> Tensor:
    """Images [B, C, H, W], float in [0, 1], as uint8 [B, *shape].

    Made grey or colour, cropped to the middle at the aspect of the shape, and resized without aliasing.
    With `crop` off, images of another aspect are squeezed instead.
    """
    channels, height, width = shape
    if images.shape[1] == 3 and channels == 1:
        images = (images * images.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    elif images.shape[1] == 1 and channels == 3:
        images = images.expand(-1, 3, -1, -1)
    if crop:
        tall, wide = images.shape[2:]
        rows = min(tall, max(1, round(wide * height / width)))
        columns = min(wide, max(1, round(tall * width / height)))
        top, left = (tall - rows) // 2, (wide - columns) // 2
        images = images[:, :, top : top + rows, left : left + columns]
    if images.shape[2:] != (height, width):
        images = interpolate(images, (height, width), mode="bicubic", antialias=True)
    return images.mul(255).round_().clamp_(0, 255).to(torch.uint8)


def fit_image(array: NDArray[Any], shape: Shape, *, crop: bool = True) -> NDArray[np.uint8]:
    """One image [H, W, C], float in [0, 1], as uint8 [C, H, W] of `shape`; see `fitted`."""
    image = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).permute(2, 0, 1)
    fit: NDArray[np.uint8] = fitted(image[None], shape, crop=crop)[0].numpy()
    return fit


def contrasts(grey: NDArray[Any], size: int) -> NDArray[np.float64]:
    """The standard deviation of each size×size patch of grey [H, W], by its top left corner [H−size+1, W−size+1].

    By sums over rectangles, so the cost does not depend on the size. Source: Crow (1984), Summed-area tables.
    """

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        table = np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        sums: NDArray[np.float64] = (
            table[size:, size:] - table[:-size, size:] - table[size:, :-size] + table[:-size, :-size]
        )
        return sums / size**2

    centred = grey.astype(np.float64) - float(grey.mean())  # keeps the difference of squares below exact
    deviation: NDArray[np.float64] = np.sqrt(np.maximum(mean(centred**2) - mean(centred) ** 2, 0))
    return deviation


def random_patches(array: NDArray[Any], size: int, count: int, generator: np.random.Generator) -> NDArray[Any]:
    """`count` square patches [count, size, size, C] of one image [H, W, C], anywhere in it.

    Raises: DataError, the end of a sentence ("is smaller than …"), where the image is smaller than a patch.
    """
    height, width = array.shape[:2]
    if height < size or width < size:
        raise DataError(
            "is {width}×{height} pixels, smaller than a patch of {size}×{size}.", width=width, height=height, size=size
        )
    tops = generator.integers(0, height - size + 1, count)
    lefts = generator.integers(0, width - size + 1, count)
    step = np.arange(size)
    patches: NDArray[Any] = array[tops[:, None, None] + step[:, None], lefts[:, None, None] + step]
    return patches
