"""Flips and quarter turns."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts import Augmentation
from aestudio.core.slots import knob


class Flips(Augmentation):
    """Every image is flipped left to right, top to bottom and, where it is square, along its diagonal, each by a fair
    coin of its own: the eight symmetries of a square.

    For images that are as likely upside down as not, as patches of photographs are; not for digits or letters.
    """

    kind: ClassVar[str] = "flips"
    title: ClassVar[str] = "Flips and turns"
    source: ClassVar[str] = "Timofte, Rothe, Van Gool (2016), Seven ways to improve, arXiv 1511.02228, section 3.1"
    rank: ClassVar[int] = 1

    turn: bool = knob(True, "Turns", tip="Quarter turns too, where the images are square; otherwise only flips.")

    def __call__(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        coins = torch.rand(3, len(images), generator=generator, device=images.device) < 0.5
        across, down, along = coins[:, :, None, None, None]
        images = torch.where(across, images.flip(3), images)
        images = torch.where(down, images.flip(2), images)
        if self.turn and images.shape[2] == images.shape[3]:
            images = torch.where(along, images.transpose(2, 3), images)
        return images
