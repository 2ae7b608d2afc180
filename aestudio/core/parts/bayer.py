"""The colour filter of a camera's sensor: one of three colours at each pixel, and the other two made up for it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

RED, GREEN_IN_RED_ROW, GREEN_IN_BLUE_ROW, BLUE = range(4)
"""What a place of the filter lets through; the two greens differ in where their red neighbours lie."""
COLOUR = (0, 1, 1, 2)
"""The channel of each."""
ITSELF, CROSS, ROW, COLUMN, DIAGONAL = range(5)
"""From which neighbours a colour is made up."""
MADE_FROM = ((ITSELF, CROSS, DIAGONAL), (ROW, ITSELF, COLUMN), (COLUMN, ITSELF, ROW), (DIAGONAL, CROSS, ITSELF))
"""Red, green and blue at each place of the filter."""

_PLAIN = (
    ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 8, 0, 0), (0, 0, 0, 0, 0), (0, 0, 0, 0, 0)),
    ((0, 0, 0, 0, 0), (0, 0, 2, 0, 0), (0, 2, 0, 2, 0), (0, 0, 2, 0, 0), (0, 0, 0, 0, 0)),
    ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 4, 0, 4, 0), (0, 0, 0, 0, 0), (0, 0, 0, 0, 0)),
    ((0, 0, 0, 0, 0), (0, 0, 4, 0, 0), (0, 0, 0, 0, 0), (0, 0, 4, 0, 0), (0, 0, 0, 0, 0)),
    ((0, 0, 0, 0, 0), (0, 2, 0, 2, 0), (0, 0, 0, 0, 0), (0, 2, 0, 2, 0), (0, 0, 0, 0, 0)),
)
"""Eighths: the mean of the nearest neighbours of that colour."""
_CORRECTED = (
    _PLAIN[ITSELF],
    ((0, 0, -1, 0, 0), (0, 0, 2, 0, 0), (-1, 2, 4, 2, -1), (0, 0, 2, 0, 0), (0, 0, -1, 0, 0)),
    ((0, 0, 0.5, 0, 0), (0, -1, 0, -1, 0), (-1, 4, 5, 4, -1), (0, -1, 0, -1, 0), (0, 0, 0.5, 0, 0)),
    ((0, 0, -1, 0, 0), (0, -1, 4, -1, 0), (0.5, 0, 5, 0, 0.5), (0, -1, 4, -1, 0), (0, 0, -1, 0, 0)),
    ((0, 0, -1.5, 0, 0), (0, 2, 0, 2, 0), (-1.5, 0, 6, 0, -1.5), (0, 2, 0, 2, 0), (0, 0, -1.5, 0, 0)),
)
"""Eighths: that mean, and what the colour that was measured there has of detail."""
LEAST = 3
"""Pixels on a side below which there are too few neighbours."""


def places(height: int, width: int, corner: Tensor) -> Tensor:
    """Which place of the filter lies at each pixel, int64 [N, H, W]; `corner` says which one begins an image, [N]."""
    down = (torch.arange(height, device=corner.device) + (corner // 2)[:, None]) % 2
    across = (torch.arange(width, device=corner.device) + (corner % 2)[:, None]) % 2
    return 2 * down[:, :, None] + across[:, None, :]


def mosaic(images: Tensor, where: Tensor) -> Tensor:
    """Colours [N, 3, H, W] → the one that the filter lets through at each pixel, [N, 1, H, W]."""
    channel = torch.tensor(COLOUR, device=where.device)[where]
    return images.gather(1, channel[:, None])


def demosaic(measured: Tensor, where: Tensor, sharpness: Tensor) -> Tensor:
    """[N, 1, H, W] → colours [N, 3, H, W]. A sharpness [N] of 0 is bilinear interpolation, 1 the corrected one.

    Source: Malvar, He, Cutler (2004), High-quality linear interpolation for demosaicing, figure 2.
    """
    kernels = measured.new_tensor((_PLAIN, _CORRECTED)).view(-1, 1, 5, 5) / 8
    # A mirror whose line is a pixel keeps the filter's period of two.
    plain, corrected = F.conv2d(F.pad(measured, (2, 2, 2, 2), mode="reflect"), kernels).chunk(2, 1)
    made = plain + sharpness.view(-1, 1, 1, 1) * (corrected - plain)  # [N, 5, H, W]
    chosen = torch.tensor(MADE_FROM, device=where.device)[where]  # [N, H, W, 3]
    return made.gather(1, chosen.permute(0, 3, 1, 2))
