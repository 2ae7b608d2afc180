"""Images to train on: uint8 stores, a train and a held-out split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from aestudio.core.data.skipped import Skipped
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.names import shown_name
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text


class ImageStore(Protocol):
    """N images of one shape, gathered by index; they need not all exist in memory at once."""

    @property
    def shape(self) -> Shape: ...

    def __len__(self) -> int: ...

    def gather(self, index: Tensor) -> Tensor:
        """The images at `index` [B], int64 and on the store's device, as uint8 [B, C, H, W]."""
        ...

    def to(self, device: torch.device) -> ImageStore:
        """The same store with what it keeps on another device."""
        ...


@runtime_checkable
class KnownFactors(Protocol):
    """A store that knows what each of its images is of."""

    @property
    def factor_names(self) -> tuple[str, ...]:
        """In English."""
        ...

    @property
    def categories(self) -> tuple[bool, ...]:
        """Which factors have values without an order, such as the kind of a shape."""
        ...

    @property
    def cycles(self) -> tuple[int, ...]:
        """After how many values each factor begins again, as a rotation does; 0 where it does not."""
        ...

    def periods(self, index: Tensor) -> Tensor:
        """After how many values of each factor an image looks the same again, int64 [B, F]; 0 where it does not. Of a
        square's rotation that is a quarter of the cycle.
        """
        ...

    def classes(self, index: Tensor) -> Tensor:
        """Which value each factor takes, from 0, int64 [B, F]; the values of one that is no category are in order."""
        ...


@dataclass(frozen=True, eq=False)
class Resident:
    """A store that holds every image: one uint8 tensor [N, C, H, W]."""

    images: Tensor

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.dim() != 4:
            raise DataError(
                "Images must be uint8 [N, C, H, W]; these are {dtype} {shape}.",
                dtype=self.images.dtype,
                shape=list(self.images.shape),
            )

    @property
    def shape(self) -> Shape:
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def __len__(self) -> int:
        return len(self.images)

    def gather(self, index: Tensor) -> Tensor:
        return self.images.index_select(0, index)

    def to(self, device: torch.device) -> Resident:
        return Resident(self.images.to(device))


@dataclass(frozen=True, eq=False)
class Split:
    """Images with, where the source knows them, one label each."""

    images: ImageStore
    labels: Tensor | None = None
    """int64 [N], indices into the data set's label names."""

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a source loads: a train and a held-out split of the same shape."""

    name: str
    train: Split
    held_out: Split
    label_names: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = field(default=())
    made: Text | None = None
    """What was made of a person's files, in a sentence; None where images are as they came."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", shown_name(self.name))
        for what, split in ((Text("train"), self.train), (Text("held-out"), self.held_out)):
            if len(split) == 0:
                raise DataError(
                    "The data set {name} has no {what} images; it needs at least two images in all.",
                    name=self.name,
                    what=what,
                )
        if self.train.images.shape != self.held_out.images.shape:
            raise DataError("The train and held-out images of {name} differ in shape.", name=self.name)

    @property
    def shape(self) -> Shape:
        return self.train.images.shape

    def fingerprint(self) -> str:
        """SHA-256 over the sizes and 256 evenly spaced images of each split: whether two runs saw the same data."""
        digest = hashlib.sha256()
        for split in (self.train, self.held_out):
            some = torch.linspace(0, len(split) - 1, min(256, len(split))).long()
            digest.update(f"{len(split)} {split.images.shape}".encode())
            digest.update(split.images.gather(some).cpu().numpy().tobytes())
        return digest.hexdigest()


def split_at_random(count: int, held_out: float, seed: int) -> tuple[Tensor, Tensor]:
    """Shuffled indices of `count` items, the second part holding the fraction `held_out` of them (at least one, never
    all).
    """
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    kept = min(max(1, round(count * held_out)), count - 1)
    return order[kept:], order[:kept]


def to_float(images: Tensor) -> Tensor:
    """uint8 [0, 255] as float32 in [0, 1]."""
    return images.to(torch.float32).mul_(1 / 255)
