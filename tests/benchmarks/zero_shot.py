"""Zero-shot denoising on random crops beside the published settings: `python tests/benchmarks/zero_shot.py [--quick]`.

ZS-N2N as published trains on the whole picture, for 2000 steps; the program's own way takes random crops. Set12 with
Gaussian noise of σ 25 of 255, seeded and not clipped, PSNR in dB. The whole-picture settings take minutes for a
picture of 512×512, so they are run on a few.

Source: Mansour, Heckel (2023), Zero-Shot Noise2Noise, CVPR, arXiv 2303.11253.
Goal: within 0.3 dB of the published settings, in at most 20 s for a grey picture of 512×512 on two cores.
"""

from __future__ import annotations

import time
from pathlib import Path

import _published as published
import numpy as np
import torch

from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.scores import picture_psnr
from aestudio.core.denoise.ways.zero_shot import ZeroShot

SET12 = published.ROOT.parent / "shared" / "data" / "Set12"
SIGMA, WITHIN, SECONDS, LARGE = 25, 0.3, 20.0, 512
BOTH, ALONE = ("01", "02", "05", "08"), ("12",)
"""Pictures for both columns, the last of them of 512×512; and for ours alone."""


def measured(way: ZeroShot, path: Path) -> tuple[float, float]:
    """PSNR and seconds."""
    values = read_image(path)
    noise = torch.randn(values.shape, generator=torch.Generator().manual_seed(0)).numpy()
    picture = Picture((values + np.float32(SIGMA / 255) * noise).astype(np.float32), white=1.0)
    began = time.perf_counter()
    made = clean(picture, way.prepare([picture], SIGMA / 255)).stored.clip(0, 1)
    return picture_psnr(values, made), time.perf_counter() - began


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    if not SET12.is_dir():
        print("Skipped: the pictures are not in ../shared/data/Set12.")
        return
    torch.set_num_threads(2)
    began = time.perf_counter()
    ours, whole = ZeroShot(), ZeroShot(crop=0, steps=2000, decay="halving", seconds=86_400)
    if chosen.quick:
        ours, whole = ZeroShot(steps=20), ZeroShot(crop=0, steps=20)
    rows, differences, seconds = [], [], []
    for name in (*BOTH, *ALONE):
        path = SET12 / f"{name}.png"
        size = read_image(path).shape[0]
        mine, mine_took = measured(ours, path)
        row = [name, f"{size}×{size}", f"{mine:.2f}", f"{mine_took:.0f}"]
        if name in BOTH:
            theirs, they_took = measured(whole, path)
            differences.append(mine - theirs)
            row += [f"{theirs:.2f}", f"{they_took:.0f}", f"{mine - theirs:+.2f}"]
        else:
            row += ["", "", ""]
        if size == LARGE:
            seconds.append(mine_took)
        rows.append(row)
        print(*row, sep=" · ", flush=True)
    mean, slowest = float(np.mean(differences)), max(seconds)
    near = "reached" if mean >= -WITHIN else f"missed by {-WITHIN - mean:.2f} dB"
    quick = "reached" if slowest <= SECONDS else f"missed by {slowest - SECONDS:.0f} s"
    lines = [
        *published.heading("Zero-shot denoising", time.perf_counter() - began),
        *published.table(
            ("Set12", "size", "ours, dB", "s", "published settings, whole picture, dB", "s", "difference, dB"), rows
        ),
        "",
        f"Ours: {ours.describe()}.",
        "",
        f"- Goal (within {WITHIN} dB of the published settings): {near}, {mean:+.2f} dB on average.",
        f"- Goal (at most {SECONDS:.0f} s for 512×512 on two cores): {quick}.",
    ]
    published.say(lines, chosen.out)


if __name__ == "__main__":
    main()
