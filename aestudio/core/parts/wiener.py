"""What the best linear filter keeps of a picture that has noise."""

from __future__ import annotations

from collections.abc import Callable
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
    return _filtered(images, sigma, lambda power, noise: power / (power + noise).clamp_min(1e-12))


def without_weak(images: Tensor, sigma: Tensor) -> Tensor:
    """Images [N, C, H, W] with every cosine c of 8×8 blocks weakened to c · max(0, 1 − σ²/c²), σ [N] being that of the
    noise: the filter of `kept`, where only the noisy picture is known.

    Source: Yaroslavsky (1996), as above.
    """
    return _filtered(images, sigma, lambda power, noise: (1 - noise / power.clamp_min(1e-12)).clamp_min(0))


def _filtered(images: Tensor, sigma: Tensor, gain: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """With each cosine times its gain, a function of its square and of σ²; the mean of a block stays."""
    count, channels, height, width = images.shape
    rest = [(-size) % STEP + STEP for size in (height, width)]  # every pixel lies in as many blocks as any other
    padded = F.pad(images, (STEP, rest[1], STEP, rest[0]), mode="replicate").flatten(0, 1)[:, None]
    basis = _basis().to(images)
    waves = F.conv2d(padded, basis, stride=STEP)  # [N·C, BLOCK², …]
    factor = gain(waves.square(), sigma.square().repeat_interleave(channels).view(-1, 1, 1, 1))
    factor = torch.cat([torch.ones_like(factor[:, :1]), factor[:, 1:]], 1)
    made = F.conv_transpose2d(waves * factor, basis, stride=STEP)
    made = made[..., STEP : STEP + height, STEP : STEP + width] / (BLOCK // STEP) ** 2
    return made.view(count, channels, height, width)
