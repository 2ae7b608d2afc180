"""A small picture of what a model does: held-out images over their reconstructions."""

from __future__ import annotations

import io

import torch
from PIL import Image
from torch import Tensor

from aestudio.core.data.dataset import to_float
from aestudio.core.library.tiles import COLUMNS, GAP, TILE
from aestudio.core.model.trained import Model


def thumbnail(model: Model, samples: Tensor) -> bytes:
    """A PNG of two rows from held-out images, uint8 [N, C, H, W]: what went in, corrupted, and what came out."""
    corrupted, _, made = model.try_on(to_float(samples[:COLUMNS]), model.run.seed)
    width = COLUMNS * (TILE + GAP) - GAP
    sheet = Image.new("RGBA", (width, 2 * TILE + GAP))
    for row, images in enumerate((corrupted, made)):
        for column, image in enumerate(images):
            tile = _picture(image)
            left = column * (TILE + GAP) + (TILE - tile.width) // 2
            sheet.paste(tile, (left, row * (TILE + GAP) + (TILE - tile.height) // 2))
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()


def _picture(image: Tensor) -> Image.Image:
    """[C, H, W] in [0, 1] at the size of a tile: small ones enlarged without blur, larger ones averaged."""
    channels, height, width = image.shape
    shown = image if channels in (1, 3) else image[:1]
    levels = shown.nan_to_num(0).clamp(0, 1).mul(255).round().to(torch.uint8)
    pixels = levels.permute(1, 2, 0).numpy()
    plain = Image.fromarray(pixels[..., 0] if len(levels) == 1 else pixels)
    scale = TILE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return plain.resize(size, Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX)
