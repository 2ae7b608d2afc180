"""What leaves the space of codes as a file: an animation that goes to and fro, and arrays."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aestudio.core.run.events import Floats

FRAME_MS = 60
REST = 6
"""How many times as long the first and the last frame are seen."""
SIDE, MOST = 224, 16
"""Frames are enlarged, each pixel to a square, up to about so many pixels, but not more than so many times."""


def gif(frames: Floats) -> bytes:
    """Frames [n, C, H, W] in [0, 1] as a GIF that goes there and back for ever."""
    there_and_back = [*frames, *frames[-2:0:-1]]
    times = max(1, min(MOST, SIDE // max(frames.shape[2:])))
    pictures = [_picture(one, times) for one in there_and_back]
    last = len(frames) - 1
    long = [FRAME_MS * (REST if place in (0, last) else 1) for place in range(len(pictures))]
    held = io.BytesIO()
    pictures[0].save(held, "GIF", save_all=True, append_images=pictures[1:], duration=long, loop=0, disposal=1)
    return held.getvalue()


def npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays by name as NumPy reads them back, without pickles."""
    held = io.BytesIO()
    np.savez_compressed(held, **arrays)  # type: ignore[arg-type]
    return held.getvalue()


def _picture(frame: Floats, times: int) -> Image.Image:
    levels = np.clip(np.nan_to_num(frame) * 255 + 0.5, 0, 255).astype(np.uint8)
    made = Image.fromarray(levels.transpose(1, 2, 0)) if len(levels) == 3 else Image.fromarray(levels[0])
    return made.resize((made.width * times, made.height * times), Image.Resampling.NEAREST)
