"""Binarisation: grey values as the chance of being white. Once for all, or drawn anew at each step of a training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Literal

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, ImageStore, Resident, Split
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import say

Binarise = Literal["no", "once", "at each step"]
CHUNK = 1024
MASK = 0xFFFFFFFF


def chances(index: Tensor, numbers: int, salt: int) -> Tensor:
    """A number in [0, 1) for each value of images, int64 [B] → [B, numbers]: the same whenever and with whichever
    other images it is asked for. A hash of 32 bits of its place.

    Source: Wellons (2018), Prospecting for Hash Functions, https://nullprogram.com/blog/2018/07/31/: lowbias32.
    """
    x = index[:, None] * numbers + torch.arange(numbers, device=index.device)
    x = (x + 0x9E3779B9 * (salt + 1)) & MASK
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ (x >> shift)) * factor & MASK
    return (x ^ (x >> 16)).double() / (MASK + 1)


@dataclass(frozen=True, eq=False)
class Binarised:
    """A store whose images are black and white, drawn once: a pixel of value v is white with the chance v/255."""

    grey: ImageStore
    salt: int
    """Which draw it is."""

    @property
    def shape(self) -> Shape:
        return self.grey.shape

    def __len__(self) -> int:
        return len(self.grey)

    def gather(self, index: Tensor) -> Tensor:
        grey = self.grey.gather(index)
        white = chances(index, prod(self.shape), self.salt).view(grey.shape) * 255 < grey
        return white.to(torch.uint8) * 255

    def to(self, device: torch.device) -> Binarised:
        return replace(self, grey=self.grey.to(device))


def once(split: Split, salt: int) -> Split:
    """The split in black and white; where all images lie in memory they are made now."""
    store: ImageStore = Binarised(split.images, salt)
    if isinstance(split.images, Resident):
        places = torch.split(torch.arange(len(store)), CHUNK)
        store = Resident(torch.cat([store.gather(index) for index in places]))
    return replace(split, images=store)


def binarised(dataset: Dataset, how: Binarise) -> Dataset:
    """The data set as asked for, and called so: *once* draws both splits with seed 0, *at each step* only the held-out
    one, as each step of a training draws the others.
    """
    if how == "no":
        return dataset
    if how == "once":
        name = say("{name}, binarised once", name=dataset.name)
        return replace(dataset, name=name, train=once(dataset.train, 0), held_out=once(dataset.held_out, 1))
    name = say("{name}, binarised at each step", name=dataset.name)
    return replace(dataset, name=name, held_out=once(dataset.held_out, 1))


def drawn(images: Tensor, generator: torch.Generator | None) -> Tensor:
    """Images [N, …] in [0, 1] in black and white: white with the chance that their value is."""
    chance = torch.rand(images.shape, generator=generator, device=images.device, dtype=images.dtype)
    return (chance < images).to(images.dtype)
