"""Images as the networks are trained on them: in [0, 1], brought to a shape, cut to patches."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ImageOps
from torch import Tensor
from torch.nn.functional import interpolate

from aestudio.core.data.reading import pillow
from aestudio.core.data.reading.header import open_image
from aestudio.core.data.reading.levels import found_levels
from aestudio.core.data.reading.planes import Planes, read_head, read_planes
from aestudio.core.data.reading.sentences import in_sentences
from aestudio.core.data.reading.suffixes import PAGED
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.shapes import LUMA, Shape

Range = Literal["of the type", "as found"]
LEVELS = 256
FEWEST = 32
"""Grey levels that are left of a picture; fewer are worth a warning."""

Pixels = NDArray[np.float32]
"""One image, float32 [H, W, C] in [0, 1] with C 1 or 3."""


def read_image(path: str | Path, page: int = 0, *, at_least: int = 0, range: Range = "of the type") -> Pixels:
    """A page of a file, upright, its transparent parts on white; the first one of an ordinary file.

    Black and white are those of the file's type, or where that does not say it or `range` asks for it those that are
    found in the image. `at_least` lets a JPEG be decoded at a half, a quarter or an eighth of its size as long as both
    sides keep that many pixels, which is several times faster.

    Raises: DataError, one sentence that starts with the file's name, where it is missing, damaged, cut short, too large
    or not an image.
    """
    return read_counted(path, page, at_least=at_least, range=range)[0]


def read_counted(
    path: str | Path, page: int = 0, *, at_least: int = 0, range: Range = "of the type"
) -> tuple[Pixels, int]:
    """An image as `read_image` gives it, and how many of 256 grey levels black and white leave it; all of one of 8
    bits, which has no others. Raises: DataError as `read_image` does.
    """
    path = Path(path)
    with in_sentences(path, DataError):
        if at_least and (small := _small_jpeg(path, at_least)) is not None:
            return small, LEVELS
        planes = read_planes(path, page)
        return _unit(planes, range, path), _left(planes) if range == "of the type" else LEVELS


def read_own(path: str | Path, range: Range | None = None) -> Pixels:
    """An image that a person shows to a model, as `read_image` gives it: by the black and white that the images of
    training were read with; where those had no such choice and black and white of its type would leave it fewer than
    FEWEST grey levels, by those that are found in it. Raises: DataError as `read_image` does.
    """
    if range is not None:
        return read_image(path, range=range)
    pixels, left = read_counted(path)
    return pixels if left >= FEWEST else read_image(path, range="as found")


def _left(planes: Planes) -> int:
    if planes.white is None or planes.pixels.dtype == np.uint8:
        return LEVELS
    black, white = found_levels(planes.pixels)
    return levels_left(black, white, planes.white)


def levels_left(black: float, white: float, full: float) -> int:
    """Of 256, of values from `black` to `white` where `full` stands for white."""
    return min(LEVELS, 1 + int((LEVELS - 1) * (white - black) / full))


def page_count(path: Path) -> int:
    """Raises: DataError as `read_image` does."""
    with in_sentences(path, DataError):
        if path.suffix.lower() not in PAGED or (path.suffix.lower() == ".png" and not _is_animated_png(path)):
            return 1
        return read_head(path).frames


def _is_animated_png(path: Path) -> bool:
    with path.open("rb") as file:
        return b"acTL" in file.read(4096)


def shorter_side(path: Path) -> int:
    """Of an image, in pixels, from the head of its file alone. Raises: DataError as `read_image` does."""
    with in_sentences(path, DataError):
        return min(read_head(path).stored)


def _small_jpeg(path: Path, at_least: int) -> Pixels | None:
    """None where the file is no JPEG of grey or colours."""
    with path.open("rb") as file:
        if file.read(2) != b"\xff\xd8":
            return None
    header = pillow.header(path)
    header.check()
    if header.mode not in ("L", "RGB"):
        return None
    with open_image(path) as image:
        image.draft(None, (at_least, at_least))
        image.load()  # not verify(), which passes a JPEG that is cut short
        pixels = np.asarray(ImageOps.exif_transpose(image))
    small: Pixels = (pixels if pixels.ndim == 3 else pixels[..., None]).astype(np.float32) / np.float32(255)
    return small


def _unit(planes: Planes, range: Range, path: Path) -> Pixels:
    """In [0, 1], on white; what is no number is black."""
    values = planes.pixels
    black, white = 0.0, planes.white or 1.0
    if planes.white is None or (range == "as found" and values.dtype != np.uint8):
        black, white = found_levels(values)
    if values.dtype.kind == "f":
        if not np.isfinite(values).any():
            raise DataError("{name} holds no numbers.", name=path.name)
        values = np.where(np.isfinite(values), values, black)
    if values.dtype.itemsize > 2 or black:
        unit: Pixels = ((values.astype(np.float64) - black) / (white - black)).astype(np.float32)
    else:
        unit = np.divide(values, np.float32(white), dtype=np.float32)
    np.clip(unit, 0, 1, out=unit)  # in its place: a large picture is large
    if planes.alpha is None:
        return unit
    alpha = planes.alpha[..., None].astype(np.float32)
    alpha /= 1.0 if alpha.max(initial=0) <= 1 and planes.alpha.dtype.kind == "f" else _full(planes.alpha)
    over: Pixels = np.clip((unit if planes.extras.get("multiplied") else unit * alpha) + (1 - alpha), 0, 1)
    return over


def _full(alpha: NDArray[Any]) -> float:
    """What stands for opaque."""
    return float(np.iinfo(alpha.dtype).max) if alpha.dtype.kind in "iu" else float(alpha.max())


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
