"""Images side by side as one PNG inside a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate, pad

MOST = 12
"""Images in a row."""
SMALL, LARGE, GAP = 48, 128, 4
"""Pixels: a smaller image is enlarged and a larger one reduced to about this; between two images."""


def png(rows: Sequence[Tensor]) -> str:
    """Rows of images [N, C, H, W] in [0, 1], cut off outside it, as a data URL; between them it is transparent."""
    tiles = torch.stack([_sized(row[:MOST]) for row in rows])  # [rows, N, C, H, W]
    if tiles.shape[2] != 3:
        tiles = tiles[:, :, :1].expand(-1, -1, 3, -1, -1)
    solid = torch.cat([tiles, torch.ones_like(tiles[:, :, :1])], dim=2)
    spaced = pad(solid, (0, GAP, 0, GAP))
    whole = spaced.permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1)[:-GAP, :-GAP]  # [height, width, 4]
    pixels = (whole.nan_to_num(0).clamp(0, 1) * 255).round().to(torch.uint8).contiguous()
    file = io.BytesIO()
    Image.fromarray(pixels.numpy(), "RGBA").save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _sized(images: Tensor) -> Tensor:
    longest = max(images.shape[2:])
    if longest > LARGE:
        return interpolate(images, scale_factor=LARGE / longest, mode="bilinear", antialias=True)
    times = max(1, round(SMALL / longest))
    return images.repeat_interleave(times, 2).repeat_interleave(times, 3)
