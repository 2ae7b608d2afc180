"""Images as JPEG files show them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

FULL, HALVED = "4:4:4", "4:2:0"
"""Colours as fine as brightness, or at half its resolution each way, as most cameras and telephones store them."""


def compressed(images: Tensor, qualities: Sequence[int], subsamplings: Sequence[str]) -> Tensor:
    """Images [N, C, H, W] in [0, 1], C being 1 or 3, written as JPEG files of these qualities (1 to 100) and read back;
    what lies beyond black and white is cut off. The same on every device, as it is always done on the processor.

    Source: ITU-T T.81; the tables of quality are those of libjpeg.
    """
    pixels = images.detach().clamp(0, 1).mul(255).round().to("cpu", torch.uint8).permute(0, 2, 3, 1).numpy()
    made = [_of_one(*one) for one in zip(pixels, qualities, subsamplings, strict=True)]
    return torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2).to(images).div(255)


def _of_one(pixels: np.ndarray, quality: int, subsampling: str) -> np.ndarray:
    """uint8 [H, W, C] → the same."""
    file = io.BytesIO()
    Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0]).save(
        file, "JPEG", quality=quality, subsampling=subsampling
    )
    with Image.open(file) as image:
        return np.asarray(image).reshape(pixels.shape)


def at_random(
    images: Tensor,
    share: float,
    qualities: tuple[int, int],
    generator: torch.Generator | None,
    halved: float = 0.5,
) -> Tensor:
    """As `compressed`, this share of the images, each with a quality from the lowest to the highest; of those the share
    `halved` has colours at half the resolution. The others are as they are.
    """
    chosen, quality, coarse = torch.rand(3, len(images), generator=generator, device=images.device).cpu()
    index = (chosen < share).nonzero().flatten()
    if not len(index):
        return images
    low, high = qualities
    drawn = (low + (high + 1 - low) * quality[index]).long().clamp_max(high)
    made = images.clone()
    made[index] = compressed(
        images[index], drawn.tolist(), [HALVED if one else FULL for one in (coarse[index] < halved).tolist()]
    )
    return made
