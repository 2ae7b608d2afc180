"""24 megapixels in colour through the bundled photo denoiser: `python tests/benchmarks/large_picture.py [--quick]`.

Memory is the peak of a process of its own, less what it held once the program's core was imported. Seconds per
megapixel stand beside scikit-image's non-local means (fast mode, patches of 5, distance 6, as the program's own way
uses it) and BM3D, each measured in the same run on a part of the picture, by turns. BM3D is the package `bm3d`, which
only this script needs (`pip install bm3d`); without it its row is left out.

Goal: at most 2 GiB above the idle program; at least as fast as non-local means, 20 times as fast as BM3D.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import _published as published
import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.pictures import read_image

MEMORY, ABOVE_BM3D = 2.0, 20.0
SIGMA = 25
OURS = "photo denoiser, as for large pictures"
COLOUR = "skimage/data/chelsea.png"

MEASURED = """
import json, resource, sys, threading, time
import numpy as np, psutil, torch
torch.set_num_threads(2)
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.ways.photo import Photo
here = psutil.Process()
idle, peak, done = here.memory_info().rss, 0, threading.Event()
def watch():
    global peak
    while not done.wait(0.02):
        peak = max(peak, here.memory_info().rss)
threading.Thread(target=watch, daemon=True).start()
picture = Picture(np.load(sys.argv[1]))
began = time.perf_counter()
clean(picture, Photo().prepare([picture], 0.0))
seconds = time.perf_counter() - began
done.set()
print(json.dumps({"idle": idle, "peak": peak, "seconds": seconds, "megapixels": picture.megapixels}))
"""


def photograph(height: int, width: int) -> NDArray[np.uint8]:
    """A sample photograph, mirrored until it is large enough, with noise of its own everywhere."""
    package, _, inside = COLOUR.partition("/")
    values = read_image(carried(package, inside))
    values = np.pad(
        values, ((0, max(0, height - len(values))), (0, max(0, width - values.shape[1])), (0, 0)), "symmetric"
    )
    drawn = np.random.default_rng(0)
    noisy = values[:height, :width] * 255
    for row in range(0, height, 500):  # a few rows at a time: noise in double precision is large
        noisy[row : row + 500] += SIGMA * drawn.standard_normal(noisy[row : row + 500].shape, np.float32)
    return noisy.clip(0, 255).round().astype(np.uint8)


def seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def by_turns(part: NDArray[np.uint8], times: int) -> dict[str, float]:
    """Seconds per megapixel of each way on the same part, in turns, so that a busy machine is busy for all alike."""
    from skimage.restoration import denoise_nl_means

    from aestudio.core.denoise.cleaning import clean
    from aestudio.core.denoise.picture import Picture
    from aestudio.core.denoise.ways.photo import Photo

    picture = Picture(part)
    values, small = picture.values(), picture.values()[:256, :256]
    once, twice = (Photo(twice=how).prepare([picture], 0.0) for how in ("never", "always"))
    ways: dict[str, tuple[Callable[[], object], float]] = {
        OURS: (lambda: clean(picture, once), picture.megapixels),
        "photo denoiser, both ways up, as for small ones": (lambda: clean(picture, twice), picture.megapixels),
        "non-local means": (
            lambda: denoise_nl_means(
                values, patch_size=5, patch_distance=6, h=0.8 * SIGMA / 255, sigma=SIGMA / 255, channel_axis=2
            ),
            picture.megapixels,
        ),
    }
    try:
        from bm3d import bm3d_rgb
    except ImportError:
        print("The package bm3d is not installed, so it is left out.")
    else:
        ways["BM3D"] = (lambda: bm3d_rgb(small.astype(np.float64), SIGMA / 255), small.shape[0] * small.shape[1] / 1e6)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, (function, megapixels) in ways.items():
            found[name].append(seconds(function) / megapixels)
    return {name: median(each) for name, each in found.items()}


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    torch.set_num_threads(2)
    began = time.perf_counter()
    height, width = (400, 600) if chosen.quick else (4000, 6000)
    whole = photograph(height, width)
    published.KEPT.mkdir(parents=True, exist_ok=True)
    path = published.KEPT / "large-picture.npy"
    np.save(path, whole)
    done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True)
    path.unlink()
    told = json.loads(done.stdout)
    gibibytes = (told["peak"] - told["idle"]) / 2**30
    speeds = by_turns(whole[:128, :128] if chosen.quick else whole[:1024, :1024], 1 if chosen.quick else 5)
    ours = speeds[OURS]
    rows = [[name, f"{each:.2f}", f"{each / ours:.1f}"] for name, each in speeds.items()]
    goals = [("at most 2 GiB", gibibytes <= MEMORY), ("as fast as non-local means", ours <= speeds["non-local means"])]
    if "BM3D" in speeds:
        goals.append(("20 times as fast as BM3D", ABOVE_BM3D * ours <= speeds["BM3D"]))
    lines = [
        *published.heading("A large picture through the photo denoiser", time.perf_counter() - began),
        f"{width}×{height} pixels, colour, 8 bits: {gibibytes:.2f} GiB above the idle program "
        f"({told['idle'] / 2**30:.2f} GiB), {told['seconds']:.0f} s, {told['seconds'] / told['megapixels']:.2f} s per "
        "megapixel.",
        "",
        *published.table(("way, on a part of it", "s per megapixel", "times the photo denoiser's"), rows),
        "",
        *(f"- Goal ({what}): {'reached' if is_reached else 'missed'}." for what, is_reached in goals),
    ]
    published.say(lines, chosen.out)


if __name__ == "__main__":
    main()
