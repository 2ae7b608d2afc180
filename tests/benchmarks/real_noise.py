"""The bundled photo denoiser on pictures as they are: `python tests/benchmarks/real_noise.py [--quick]`.

Pairs of real camera pictures and the mean of many shots of the same scene (Xu et al., 2018); and McMaster with the
noise of a camera (shot 0.001, 0.004 and 0.012, read noise at the middle of its line, Brooks et al., 2019), with and
without JPEG of quality 90, 4:2:0 after it, and with Gaussian noise of σ 25 of 255 as such a JPEG; clean pictures too.
PSNR in dB and SSIM of the result, both cut off at black and white, averaged over the pictures. Total variation, the
best of the classical ways here, is told the noise level that was estimated, as in the program; the photo denoiser finds
out by itself what noise there is, and is told a level where that is alike in neighbouring pixels. Four processes of
one thread each. Beside them stand figures that others have published; for the real pairs there are none, so that those
for real pictures of the same kind are quoted below the table.

Goals: 37.5 dB on the real pairs; 3 dB above the input on camera noise; 6 dB above it on σ 25 as a JPEG; 45 dB on clean
pictures.
Sources: Xu, Li, Liang, Zhang, Zhang (2018), Real-world noisy image denoising: a new benchmark, arXiv 1804.02603;
Brooks et al. (2019), arXiv 1811.11127.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from math import exp, log

import _published as published
import numpy as np
import torch

from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise.noise import estimate
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.scores import picture_psnr, ssim
from aestudio.core.denoise.way import Way
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.denoise.ways.tv import TotalVariation
from aestudio.core.parts import bayer, jpeg
from aestudio.core.parts.camera import READ, Camera, sensed

DATA = published.ROOT.parent / "shared" / "data"
WAYS: tuple[Way, ...] = (Photo(), TotalVariation())
PROCESSES = 4
Pair = tuple[Values, Values]
"""What is seen, and what should come out."""


def images(values: Values) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).permute(2, 0, 1)[None]


def values_of(made: torch.Tensor) -> Values:
    return np.ascontiguousarray(made[0].permute(1, 2, 0).numpy())


def taken(values: Values, shot: float) -> Values:
    """By a camera of this shot noise, seed 0, in 8 bits."""
    generator = torch.Generator().manual_seed(0)
    camera = Camera.drawn(1, 0.5, torch.device("cpu"), generator)
    levels = torch.tensor([shot, exp(READ[0] * log(shot) + READ[1])]).view(2, 1, 1, 1, 1)
    clean = images(values)
    where = bayer.places(clean.shape[2], clean.shape[3], camera.corner)
    raw = sensed(bayer.mosaic(camera.raw(camera.light(clean)), where), levels, generator)
    made = camera.tones(camera.colours(bayer.demosaic(raw, where, camera.sharpness)))
    return values_of((made * 255).round() / 255)


def as_jpeg(values: Values) -> Values:
    return values_of(jpeg.compressed(images(values), [90], [jpeg.HALVED]))


def gaussian(values: Values) -> Values:
    noise = torch.randn(values.shape, generator=torch.Generator().manual_seed(0)).numpy()
    return (values + np.float32(25 / 255) * noise).astype(np.float32)


SYNTHETIC: dict[str, Callable[[Values], Values]] = {
    "clean": lambda values: values,
    "σ 25, JPEG 90": lambda values: as_jpeg(gaussian(values)),
    **{f"camera, shot {shot:g}": lambda values, shot=shot: taken(values, shot) for shot in (0.001, 0.004, 0.012)},  # type: ignore[misc]
    **{
        f"camera, shot {shot:g}, JPEG 90": lambda values, shot=shot: as_jpeg(taken(values, shot))  # type: ignore[misc]
        for shot in (0.001, 0.004, 0.012)
    },
}
GOALS = {"clean": (45.0, False), "σ 25, JPEG 90": (6.0, True)} | {
    name: (3.0, True) for name in SYNTHETIC if name.startswith("camera")
}
"""In dB, and whether above the input."""
REAL = "real pairs"
QUOTED = {
    "σ 25, JPEG 90": "without the JPEG: CBM3D 31.66, DnCNN 31.52, FFDNet 32.35",
    REAL: "none for these",
}
PUBLISHED = (
    "Quoted, for 15 other real pictures, which are JPEG files of cameras too: DnCNN 33.86, CBM3D 35.19, NC 36.43, "
    "MLP 36.46, MCWNNM 37.70, TWSC 37.81 dB (Xu, Zhang, Zhang, 2018, A trilateral weighted sparse coding scheme for "
    "real-world image denoising). Networks for independent Gaussian noise leave that of cameras, DnCNN too."
)


def scores(pair: Pair) -> list[tuple[float, float]]:
    """PSNR and SSIM of a picture as it is, and of what each way makes of it."""
    torch.set_num_threads(1)
    seen, wanted = pair
    noise = estimate(Picture(seen, 1.0))
    found = []
    for way in (None, *WAYS):
        made = Picture(seen, 1.0)
        if way is not None:
            result = Cleaning(way, estimate=noise).run(made).picture
            assert result is not None
            made = result
        values = made.stored.clip(0, 1)
        found.append((min(99.0, picture_psnr(wanted, values)), ssim(wanted, values)))
    return found


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    began = time.perf_counter()
    real = sorted((DATA / "real").glob("*_real.JPG"))
    plain = sorted((DATA / "McMaster").glob("*.tif"))
    if not (real and plain):
        print("Skipped: there are no pictures in ../shared/data/real and ../shared/data/McMaster.")
        return
    if chosen.quick:
        real, plain = real[:1], plain[:1]
    shown = slice(192 if chosen.quick else None)
    originals = [read_image(path)[shown, shown] for path in plain]
    cases: dict[str, list[Pair]] = {
        REAL: [
            (read_image(one)[shown, shown], read_image(one.with_name(one.name.replace("_real", "_mean")))[shown, shown])
            for one in real
        ]
    }
    cases |= {name: [(make(one), one) for one in originals] for name, make in SYNTHETIC.items()}
    rows, goals = [], []
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for name, pairs in cases.items():
            mean = np.mean(list(pool.map(scores, pairs)), axis=0)
            found = (f"{one:.2f} / {other:.3f}" for one, other in mean)
            rows.append([f"{name} ({len(pairs)})", *found, QUOTED.get(name, "")])
            print(*rows[-1], sep=" · ", flush=True)
            least, above = GOALS.get(name, (37.5, False))
            wanted = least + (mean[0][0] if above else 0.0)
            how = "reached" if mean[1][0] >= wanted else f"missed by {wanted - mean[1][0]:.2f} dB"
            goals.append(f"- Goal ({wanted:.2f} dB for {name}): {how}.")
    head = ("pictures", "as they are", *(way.title for way in WAYS), "published (quoted)")
    lines = ["PSNR in dB / SSIM", "", *published.table(head, rows), "", *goals, "", PUBLISHED, ""]
    title = "The bundled photo denoiser on pictures as they are"
    published.say([*published.heading(title, time.perf_counter() - began), *lines], chosen.out)


if __name__ == "__main__":
    main()
