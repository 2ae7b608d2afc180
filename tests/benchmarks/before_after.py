"""Photographs before and after the photo denoiser, at 100 %: `python tests/benchmarks/before_after.py`.

Writes the pictures of resources/docs/real_pictures.md: crops of photographs that scikit-image carries, with noise as
cameras and JPEG files have it, left as it is seen and right as the program cleans it by itself, seed 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from _published import PICTURES
from PIL import Image
from real_noise import as_jpeg, gaussian, images, taken, values_of

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.scores import picture_psnr
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.parts.processing import processed

HEIGHT, WIDTH, GAP, QUALITY = 240, 320, 4, 88


def smoothed(values: Values) -> Values:
    """A camera smoothed its noise itself, and saved a JPEG."""
    clean, noise = images(values), images(taken(values, 0.006) - values)
    seen, _ = processed(clean, noise, torch.Generator().manual_seed(5))
    return as_jpeg(values_of(seen.clamp(0, 1)))


CASES: dict[str, tuple[str, tuple[int, int], Callable[[Values], Values]]] = {
    "camera": ("coffee.png", (120, 180), lambda values: as_jpeg(taken(values, 0.004))),
    "strong": ("astronaut.png", (10, 100), lambda values: as_jpeg(taken(values, 0.012))),
    "jpeg": ("chelsea.png", (30, 70), lambda values: as_jpeg(gaussian(values))),
    "smoothed": ("astronaut.png", (200, 150), smoothed),
    "grey": ("chelsea.png", (50, 100), lambda values: values_of(images(as_jpeg(taken(values, 0.008)))[:, 1:2])),
    "clean": ("coffee.png", (120, 180), lambda values: values),
}
"""The file, its upper left corner, and what becomes of it."""


def main() -> None:
    folder = PICTURES / "real"
    folder.mkdir(exist_ok=True)
    for name, (file, (top, left), make) in CASES.items():
        whole = read_image(carried("skimage", f"data/{file}"))
        clean = np.ascontiguousarray(whole[top : top + HEIGHT, left : left + WIDTH])
        seen = (255 * make(clean)).round().clip(0, 255).astype(np.uint8)
        made = Cleaning(Photo()).run(Picture(seen)).picture
        assert made is not None
        wanted = clean if seen.shape[2] == 3 else clean[..., 1:2]
        before, after = (
            min(99.0, picture_psnr(wanted, one.astype(np.float32) / np.float32(255))) for one in (seen, made.stored)
        )
        print(f"{name}: {before:.1f} → {after:.1f} dB")
        both = np.concatenate([seen, np.full((HEIGHT, GAP, seen.shape[2]), 255, np.uint8), made.stored], 1)
        Image.fromarray(both.squeeze()).save(folder / f"{name}.jpg", quality=QUALITY, subsampling=0)


if __name__ == "__main__":
    main()
