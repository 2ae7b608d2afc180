"""What the sources of a person's own images share: paths, room in memory, labels, and arrays made into a data set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Resident, Split, split_at_random
from aestudio.core.data.reading.pictures import FEWEST, fitted
from aestudio.core.data.source import Data
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.memory import free_memory
from aestudio.core.ground.names import read_path
from aestudio.core.ground.places import is_there
from aestudio.core.ground.reports import Report
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.parts.slots import knob

CHUNK = 1024
"""Images converted between two reports."""

COLUMNS = 64
"""Values of each image that are moved at a time when images change places."""

Take = Literal["whole images", "random patches"]


def chosen_path(path: str, what: Text) -> Path:
    """The path that a person gave.

    Raises: DataError where it is empty, nothing is there, or it cannot be reached.
    """
    if not path.strip():
        raise DataError("No path is given: choose {what}.", what=what)
    chosen = Path(os.path.expanduser(read_path(path.strip())))
    if not is_there(chosen, DataError):
        raise DataError("There is nothing at {chosen}: choose {what}.", chosen=chosen, what=what)
    return chosen


def check_room(count: int, shape: Shape, *, copies: int = 1, itemsize: int = 1) -> None:
    """Raises DataError where `count` images of `itemsize` bytes a value, held so many times, would take more than half
    of the memory that is free now.
    """
    free = free_memory()
    needed = copies * count * shape[0] * shape[1] * shape[2] * itemsize
    if needed > free // 2:
        raise DataError(
            "{count:,} images of {width}×{height} pixels would take {gigabytes:.1f} GB, more than half of this "
            "computer's memory that is free ({free:.1f} GB): choose fewer or smaller ones.",
            count=count,
            width=shape[2],
            height=shape[1],
            gigabytes=needed / 1e9,
            free=free / 1e9,
        )


def named_labels(parts: Sequence[NDArray[Any] | None]) -> tuple[list[Tensor | None], tuple[str, ...]]:
    """One array of labels a split, as indices into the names found in all; nothing where one of them has none."""
    present = [part for part in parts if part is not None]
    if len(present) < len(parts):
        return [None] * len(parts), ()
    values, index = np.unique(np.concatenate(present), return_inverse=True)
    ends = np.cumsum([len(part) for part in present])[:-1]
    names = tuple(value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values)
    return [torch.from_numpy(piece).long() for piece in np.split(index.reshape(-1), ends)], names


LEVELS_TIP = (
    "Which values are black and white in files of more than 8 bits: the ends of their type, or those found in each "
    "image, for measurements that fill little of their type."
)


def few_levels(count: int) -> Text:
    """The warning of so many images."""
    return plural(
        "{count:,} image keeps fewer than {fewest} of 256 grey levels, since it fills little of the range of its type: "
        "choose “as found” for black and white.",
        "{count:,} images keep fewer than {fewest} of 256 grey levels, since they fill little of the range of their "
        "type: choose “as found” for black and white.",
        count,
        fewest=FEWEST,
    )


@dataclass(frozen=True, eq=False)
class Raw:
    """Images as a file holds them."""

    pixels: NDArray[Any]
    """[N, C, H, W], any type of number, C 1 or 3."""
    white: float
    """The value that stands for white."""
    labels: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def divided(self, first: Tensor, second: Tensor) -> tuple[Raw, Raw]:
        """Both parts, which hold every image between them. This one is of no use afterwards: where it can be, they lie
        in its own memory, so that there are never two copies of all images.
        """
        if not (self.pixels.flags.writeable and self.pixels.flags.c_contiguous):
            return self.part(first), self.part(second)
        order = torch.cat([first, second]).numpy()
        reorder(self.pixels, order)
        labels = None if self.labels is None else self.labels[order]
        whole = Raw(self.pixels, self.white, labels)
        return whole.part(slice(len(first))), whole.part(slice(len(first), None))

    def part(self, index: Tensor | slice) -> Raw:
        where = index if isinstance(index, slice) else index.numpy()
        return Raw(self.pixels[where], self.white, None if self.labels is None else self.labels[where])


def reorder(pixels: NDArray[Any], order: NDArray[np.int64]) -> None:
    """Brings images into another order within their memory, which is contiguous, some columns at a time."""
    flat = pixels.reshape(len(pixels), -1)
    for start in range(0, flat.shape[1], COLUMNS):
        flat[:, start : start + COLUMNS] = flat[order, start : start + COLUMNS]


class Arrays(Data):
    """A source whose images lie in one array: whole or cut to patches, at a size and in colours of choice."""

    embedded: ClassVar[bool] = False

    path: str = knob("", "Path")
    size: int = knob(
        0,
        "Size",
        low=0,
        high=512,
        unit="pixels",
        tip="The height and width to bring the images to, or to cut; 0 keeps theirs.",
    )
    colours: Literal["as stored", "grey", "colour"] = knob("as stored", "Colours")
    take: Take = knob(
        "whole images", "Take", tip="Whole images, cropped to a square where a size is given, or patches of them."
    )
    patches: int = knob(20_000, "Patches", low=2, high=1_000_000, log=True, tip="Only where random patches are taken.")
    limit: int = knob(
        0, "At most", low=0, high=10_000_000, unit="images", tip="Use only the first so many; 0 uses all."
    )
    held_out: float = knob(
        0.1,
        "Part held out",
        low=0.01,
        high=0.9,
        tip="The fraction of images kept from training, to score it. Has no effect where the files bring a test set.",
    )

    def assemble(self, name: str, train: Raw, held_out: Raw | None, report: Report) -> Dataset:
        """The data set of what was read; without a held-out part, some of the training images become it."""
        if self.limit:
            train = train.part(slice(self.limit))
            held_out = held_out.part(slice(self.limit)) if held_out else None
        if held_out is None:
            if len(train) < 2:
                raise DataError(
                    "{name} holds only one image, but two are needed: one to train on, one to score.", name=name
                )
            kept, aside = split_at_random(len(train), self.held_out, seed=0)
            train, held_out = train.divided(kept, aside)
        parts = (train, held_out)
        if train.pixels.shape[2:] != held_out.pixels.shape[2:] and not self.size:
            raise DataError("The training and test images of {name} differ in size: choose a size for both.", name=name)
        channels = {"grey": 1, "colour": 3}.get(self.colours) or train.pixels.shape[1]
        side = self._side(name, parts)
        height, width = (side, side) if side else train.pixels.shape[2:]
        shape: Shape = (channels, height, width)
        whole = self.take == "whole images"
        total = len(train) + len(held_out)
        check_room(total if whole else self.patches, shape)
        labels, names = named_labels([part.labels for part in parts])
        splits = []
        for seed, (part, label) in enumerate(zip(parts, labels, strict=True)):
            if whole:
                splits.append(Split(Resident(converted(part, shape, report)), label))
                continue
            count = min(max(1, round(self.patches * len(part) / total)), self.patches - 1)
            cut, which = cut_patches(part, shape, count, seed, report)
            splits.append(Split(Resident(cut), None if label is None else label[which]))
        return Dataset(name=name, train=splits[0], held_out=splits[1], label_names=names)

    def _side(self, name: str, parts: Sequence[Raw]) -> int:
        """The side of square images, or 0 for those that keep their shape."""
        if self.take == "random patches":
            if not self.size:
                raise DataError("Random patches need a size: choose how many pixels a patch is wide.")
            height, width = (min(part.pixels.shape[axis] for part in parts) for axis in (2, 3))
            if self.size > min(height, width):
                raise DataError(
                    "The images of {name} are {width}×{height} pixels, too small for patches of {size}×{size}.",
                    name=name,
                    width=width,
                    height=height,
                    size=self.size,
                )
        return self.size


def _to_unit(pixels: NDArray[Any], white: float) -> Tensor:
    return torch.from_numpy(pixels.astype(np.float32)).div_(white).clamp_(0, 1)


def converted(raw: Raw, shape: Shape, report: Report) -> Tensor:
    """All images as uint8 [N, *shape]."""
    if raw.pixels.dtype == np.uint8 and raw.white == 255 and raw.pixels.shape[1:] == shape:
        return torch.from_numpy(np.ascontiguousarray(raw.pixels))
    images = torch.empty(len(raw), *shape, dtype=torch.uint8)
    for start in range(0, len(raw), CHUNK):
        report(say("Converting the images"), start / len(raw))
        images[start : start + CHUNK] = fitted(_to_unit(raw.pixels[start : start + CHUNK], raw.white), shape)
    return images


def cut_patches(raw: Raw, shape: Shape, count: int, seed: int, report: Report) -> tuple[Tensor, Tensor]:
    """`count` patches of random images at random places, uint8 [count, *shape], and which image each is of."""
    generator, (channels, height, width) = np.random.default_rng(seed), raw.pixels.shape[1:]
    side = shape[1]
    which = generator.integers(0, len(raw), count)
    tops, lefts = (generator.integers(0, length - side + 1, count) for length in (height, width))
    step = np.arange(side)
    images = torch.empty(count, *shape, dtype=torch.uint8)
    for start in range(0, count, CHUNK):
        report(say("Cutting patches"), start / count)
        now = slice(start, start + CHUNK)
        cut = raw.pixels[
            which[now, None, None, None],
            np.arange(channels)[:, None, None],
            (tops[now, None] + step)[:, None, :, None],
            (lefts[now, None] + step)[:, None, None, :],
        ]
        images[now] = fitted(_to_unit(cut, raw.white), shape)
    return images, torch.from_numpy(which)
