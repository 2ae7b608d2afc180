"""The bundled photo denoiser beside published ones: `python tests/benchmarks/photo_denoiser.py [--quick]`.

Set12 (grey) and McMaster (colour) with Gaussian noise of σ 15, 25 and 50 of 255, drawn with a seed of each picture's
own and not clipped; the denoiser is not told σ. PSNR of the result, cut off at black and white, averaged over the
pictures, in dB; SSIM beside it. Non-local means and wavelets of scikit-image, told σ, in the same table.

Sources: Dabov et al. (2007), BM3D and CBM3D; Zhang et al. (2017), DnCNN, arXiv 1608.03981; Zhang, Zuo, Zhang (2018),
FFDNet, arXiv 1710.04026, whose tables the published numbers are from.
Goal: at least BM3D's 32.37 / 29.97 / 26.72 on Set12 and CBM3D's 34.06 / 31.66 / 28.51 on McMaster.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import _published as published
import numpy as np
import torch

from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.scores import picture_psnr, ssim
from aestudio.core.denoise.way import Way
from aestudio.core.denoise.ways.nlm import NonLocalMeans
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.denoise.ways.wavelet import Wavelet

DATA = published.ROOT.parent / "shared" / "data"
SIGMAS = (15, 25, 50)
SETS = {
    "Set12": {
        "BM3D": (32.37, 29.97, 26.72),
        "DnCNN": (32.86, 30.44, 27.18),
        "FFDNet": (32.75, 30.43, 27.32),
    },
    "McMaster": {
        "CBM3D": (34.06, 31.66, 28.51),
        "DnCNN": (33.45, 31.52, 28.62),
        "FFDNet": (34.66, 32.35, 29.18),
    },
}
"""The first of each is the goal."""
WAYS: tuple[Way, ...] = (Photo(), NonLocalMeans(), Wavelet())


def noisy(values: Values, sigma: float, seed: int) -> Picture:
    """The picture with noise, unclipped; `sigma` of 255."""
    noise = torch.randn(values.shape, generator=torch.Generator().manual_seed(seed)).numpy()
    return Picture((values + np.float32(sigma / 255) * noise).astype(np.float32), white=1.0)


def score(way: Way, paths: Sequence[Path], sigma: float) -> tuple[float, float]:
    """Mean PSNR and SSIM over the pictures."""
    found = []
    for seed, path in enumerate(paths):
        values = read_image(path)
        picture = noisy(values, sigma, seed)
        made = clean(picture, way.prepare([picture], 0.0 if way.finds_noise else sigma / 255)).stored.clip(0, 1)
        found.append((picture_psnr(values, made), ssim(values, made)))
    mean = np.mean(found, axis=0)
    return float(mean[0]), float(mean[1])


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    torch.set_num_threads(2)
    began = time.perf_counter()
    lines: list[str] = []
    for name, others in SETS.items():
        paths = sorted((DATA / name).iterdir()) if (DATA / name).is_dir() else []
        if not paths:
            print(f"Skipped: there are no pictures in ../shared/data/{name}.")
            continue
        paths = paths[:1] if chosen.quick else paths
        rows, goals = [], []
        (goal_name, goal), *_ = others.items()
        for way in WAYS:
            scores = [score(way, paths, sigma) for sigma in SIGMAS]
            rows.append([way.title, *(f"{one:.2f}" for one, _ in scores), *(f"{other:.3f}" for _, other in scores)])
            print(name, *rows[-1], sep=" · ", flush=True)
            if isinstance(way, Photo):
                for sigma, (one, _), wanted in zip(SIGMAS, scores, goal, strict=True):
                    how = "reached" if round(one, 2) >= wanted else f"missed by {wanted - one:.2f} dB"
                    goals.append(f"- Goal ({goal_name}'s {wanted:.2f} dB at σ = {sigma}): {how}.")
        rows += [
            [f"{other}, published", *(f"{one:.2f}" for one in numbers), "", "", ""] for other, numbers in others.items()
        ]
        head = ("way", *(f"PSNR, σ = {sigma}" for sigma in SIGMAS), *(f"SSIM, σ = {sigma}" for sigma in SIGMAS))
        lines += [
            f"## {name}, {published.counted(len(paths), 'picture')}",
            "",
            *published.table(head, rows),
            "",
            *goals,
            "",
        ]
    published.say([*published.heading("The bundled photo denoiser", time.perf_counter() - began), *lines], chosen.out)


if __name__ == "__main__":
    main()
