"""What the best linear filter keeps of a picture that has noise."""

from __future__ import annotations

from functools import cache
from math import pi

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK, STEP = 8, 4
"""Side of the blocks in pixels, and how far they are apart."""


@cache
def _basis() -> Tensor:
    """The two-dimensional cosines of a block, orthonormal, [BLOCK², 1, BLOCK, BLOCK]."""
    place, wave = torch.arange(BLOCK) + 0.5, torch.arange(BLOCK)[:, None]
    rows = torch.cos(pi / BLOCK * wave * place) * (2 / BLOCK) ** 0.5
    rows[0] /= 2**0.5
    return torch.einsum("ip,jq->ijpq", rows, rows).reshape(BLOCK**2, 1, BLOCK, BLOCK)


def kept(images: Tensor, sigma: Tensor) -> Tensor:
    """Images [N, C, H, W] as the best filter of the cosines of 8×8 blocks shows them on average where noise of
    standard deviation `sigma` [N] was added: of a cosine c it keeps c³ / (c² + σ²). What is weaker than the noise goes.

    Source: Yaroslavsky (1996), Local adaptive image restoration with the aid of the discrete cosine transform; the
    filter that knows the clean picture is Wiener's.
    """
    count, channels, height, width = images.shape
    rest = [(-size) % STEP + STEP for size in (height, width)]  # every pixel lies in as many blocks as any other
    padded = F.pad(images, (STEP, rest[1], STEP, rest[0]), mode="replicate").flatten(0, 1)[:, None]
    basis = _basis().to(images)
    waves = F.conv2d(padded, basis, stride=STEP)  # [N·C, BLOCK², …]
    power, noise = waves.square(), sigma.square().repeat_interleave(channels).view(-1, 1, 1, 1)
    gain = power / (power + noise).clamp_min(1e-12)
    gain = torch.cat([torch.ones_like(gain[:, :1]), gain[:, 1:]], 1)  # the mean of a block stays
    made = F.conv_transpose2d(waves * gain, basis, stride=STEP)
    made = made[..., STEP : STEP + height, STEP : STEP + width] / (BLOCK // STEP) ** 2
    return made.view(count, channels, height, width)
