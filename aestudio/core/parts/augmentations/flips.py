"""Flips, quarter turns, and other colours."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.augmentation import Augmentation
from aestudio.core.parts.slots import knob

GAMMA, SATURATION = 0.7, 2.0
"""At full strength: how far a channel's exponent goes from 1, as its logarithm, and what is added to the saturation."""


class Flips(Augmentation):
    """Every image is flipped left to right, top to bottom and, where it is square, along its diagonal, each by a fair
    coin of its own: the eight symmetries of a square.

    For images that are as likely upside down as not, as patches of photographs are; not for digits or letters.

    With colours, every channel of an image also gets a tone curve of its own and the image more saturation, as much as
    a number drawn for it says. Photographs that were compressed show hardly any detail in colour, and a network that
    knows only those takes it off others.
    """

    kind: ClassVar[str] = "flips"
    title: ClassVar[str] = "Flips, turns, colours"
    about: ClassVar[str] = (
        "Every image is flipped left to right, top to bottom and, where it is square, along its diagonal, each by a "
        "fair coin of its own: the eight symmetries of a square."
    )
    source: ClassVar[str] = "Timofte, Rothe, Van Gool (2016), Seven ways to improve, arXiv 1511.02228, section 3.1"
    rank: ClassVar[int] = 1

    turn: bool = knob(True, "Turns", tip="Quarter turns too, where the images are square; otherwise only flips.")
    colours: float = knob(
        0.0,
        "Colours",
        low=0,
        high=1,
        live=True,
        decides=True,
        raised="Images come in more colours and tones, so the network relies less on them, and learns more slowly.",
        tip="The most that tones and saturation of an image are changed.",
    )

    def __call__(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        coins = torch.rand(3, len(images), generator=generator, device=images.device) < 0.5
        across, down, along = coins[:, :, None, None, None]
        images = torch.where(across, images.flip(3), images)
        images = torch.where(down, images.flip(2), images)
        if self.turn and images.shape[2] == images.shape[3]:
            images = torch.where(along, images.transpose(2, 3), images)
        return self._recoloured(images, generator) if self.colours else images

    def _recoloured(self, images: Tensor, generator: torch.Generator | None) -> Tensor:
        """Within [0, 1], as the images are."""
        count, channels = images.shape[:2]
        drawn = torch.rand(count, 1 + channels, 1, 1, generator=generator, device=images.device)
        much = self.colours * drawn[:, :1]
        images = images ** (GAMMA * much * (2 * drawn[:, 1:] - 1)).exp()
        grey = images.mean(1, keepdim=True)
        return (grey + (1 + SATURATION * much) * (images - grey)).clamp(0, 1)
