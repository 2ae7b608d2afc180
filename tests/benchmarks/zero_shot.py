"""Ways that learn from one noisy picture, and the published settings: `python tests/benchmarks/zero_shot.py [--quick]`.

ZS-N2N as published trains on the whole picture, for 2000 steps; the program's own way takes random crops. Set12 with
Gaussian noise of σ 25 of 255, seeded and not clipped, PSNR in dB. The whole-picture settings take minutes for a
picture of 512×512, so they are run on a few, and only with `--whole`; without it their figures are those of the last
time. With `--busy` one thread does everything, and the seconds are those that a processor worked for it, halved: for a
machine that others use meanwhile. The ways are then told that time instead of the clock's, too, so that they stop when
they would on two processors of their own.

Source: Mansour, Heckel (2023), Zero-Shot Noise2Noise, CVPR, arXiv 2303.11253; Krull, Buchholz, Jug (2019), Noise2Void.
Goal: within 0.3 dB of the published settings, the first picture after at most 5 s and the last after at most 20 s for a
grey picture of 512×512 on two cores, and seconds for tiny ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import _published as published
import numpy as np
import torch

from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise import learning
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.scores import picture_psnr
from aestudio.core.denoise.way import Callbacks, Cleaner, Way
from aestudio.core.denoise.ways.blind_spot import BlindSpot
from aestudio.core.denoise.ways.zero_shot import ZeroShot

SET12 = published.ROOT.parent / "shared" / "data" / "Set12"
SIGMA, WITHIN, FIRST, SECONDS, TINY_SECONDS, LARGE, THREADS = 25, 0.3, 5.0, 20.0, 5.0, 512, 2
PICTURES = ("01", "02", "05", "08", "12")
TINY = (1, 8, 32)
"""Sides of the corners of a picture that are cleaned by themselves."""
WHOLE = {"01": (27.39, 45.0), "02": (29.22, 47.0), "05": (27.11, 41.0), "08": (28.76, 191.0)}
"""PSNR and seconds of the published settings on the whole picture, as `--whole` measured them on 2026-11-27."""


def busy_clock() -> float:
    """Seconds that this process has worked, as if so many processors had shared the work."""
    return time.process_time() / THREADS


@dataclass(frozen=True)
class Measured:
    """One picture, learned from."""

    psnr: float
    first: float
    """Seconds until the first picture was shown; of all where none was."""
    seconds: float


def measured(way: Way, values: Values, clock: Callable[[], float]) -> Measured:
    """A way on the picture with noise."""
    noise = torch.randn(values.shape, generator=torch.Generator().manual_seed(0)).numpy()
    picture = Picture((values + np.float32(SIGMA / 255) * noise).astype(np.float32), white=1.0)
    first: list[float] = []

    def show(cleaner: Cleaner) -> None:
        if not first:
            clean(picture, cleaner)
            first.append(clock() - began)

    began = clock()
    made = clean(picture, way.prepare([picture], SIGMA / 255, Callbacks(show=show))).stored.clip(0, 1)
    seconds = clock() - began
    return Measured(picture_psnr(values, made), first[0] if first else seconds, seconds)


def whole(quick: bool, clock: Callable[[], float]) -> dict[str, tuple[float, float]]:
    """The published settings, anew."""
    way = ZeroShot(crop=0, steps=20 if quick else 2000, decay="halving", seconds=86_400)
    made = {name: measured(way, read_image(SET12 / f"{name}.png"), clock) for name in WHOLE}
    return {name: (one.psnr, one.seconds) for name, one in made.items()}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only to see that it runs; writes no file")
    parser.add_argument("--whole", action="store_true", help="the published settings too, which take minutes")
    parser.add_argument("--busy", action="store_true", help="seconds of processors, not of the clock")
    parser.add_argument("--out", type=Path, help="where the result is written; beside the script by default")
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    if not SET12.is_dir():
        print("Skipped: the pictures are not in ../shared/data/Set12.")
        return
    torch.set_num_threads(1 if chosen.busy else THREADS)
    clock = busy_clock if chosen.busy else time.perf_counter
    vars(learning)["time"] = SimpleNamespace(perf_counter=clock)
    began = time.perf_counter()
    steps = {"steps": 10} if chosen.quick else {}
    ways = {"zero-shot": ZeroShot(**steps), "blind spot": BlindSpot(**steps)}
    published_settings = whole(chosen.quick, clock) if chosen.whole else WHOLE
    shown = slice(96 if chosen.quick else None)
    images = {name: read_image(SET12 / f"{name}.png")[shown, shown] for name in PICTURES}
    corners = {f"01, {side}×{side} of it": images["01"][:side, :side] for side in TINY}
    rows, found = [], {}
    for name, values in (images | corners).items():
        found[name] = [measured(way, values, clock) for way in ways.values()]
        theirs = published_settings.get(name)
        row = [name, "×".join(map(str, values.shape[:2]))]
        row += [part for one in found[name] for part in (f"{one.psnr:.2f}", f"{one.first:.1f}", f"{one.seconds:.1f}")]
        row += (
            [f"{theirs[0]:.2f}", f"{theirs[1]:.0f}", f"{found[name][0].psnr - theirs[0]:+.2f}"] if theirs else [""] * 3
        )
        rows.append(row)
        print(*row, sep=" · ", flush=True)
    head = ["Set12", "size", *(f"{name}, {what}" for name in ways for what in ("dB", "first picture, s", "s"))]
    lines = [
        *published.heading("Learning from one noisy picture", time.perf_counter() - began),
        *published.table(
            (*head, "published settings, whole picture, dB", "s", "zero-shot less these, dB"),
            rows,
        ),
        "",
        *(f"- {name.capitalize()}: {way.describe()}." for name, way in ways.items()),
        *(["", BUSY] if chosen.busy else []),
        *(["", f"The published settings are of {AGO}."] if not chosen.whole else []),
        "",
        *goals(found, published_settings),
    ]
    published.say(lines, None if chosen.quick else chosen.out or Path(__file__).with_suffix(".md"))


BUSY = (
    "Others used the machine meanwhile: seconds are those that one thread worked for it, halved, as "
    "if two had shared the work. Caches that are shared with others' work make it slower than on a quiet machine."
)
AGO = "2026-11-27, and were not measured anew: nothing of them has changed"


def goals(found: dict[str, list[Measured]], theirs: dict[str, tuple[float, float]]) -> list[str]:
    """What was to be reached, and whether it was."""
    mean = float(np.mean([found[name][0].psnr - psnr for name, (psnr, _) in theirs.items()]))
    large = [one for name in ("08", "12") for one in found[name]]
    tiny = [one for name, both in found.items() if "of it" in name for one in both]
    first, last = max(one.first for one in large), max(one.seconds for one in large)
    longest = max(one.seconds for one in tiny)

    def said(what: str, is_reached: bool, number: str) -> str:
        return f"- Goal ({what}): {'reached' if is_reached else 'missed'}, {number}."

    return [
        said(f"zero-shot within {WITHIN} dB of the published settings", mean >= -WITHIN, f"{mean:+.2f} dB on average"),
        said(f"first picture after at most {FIRST:.0f} s, {LARGE}×{LARGE}", first <= FIRST, f"{first:.1f} s"),
        said(f"at most {SECONDS:.0f} s for {LARGE}×{LARGE} on two cores", last <= SECONDS, f"{last:.1f} s"),
        said(f"at most {TINY_SECONDS:.0f} s for tiny pictures", longest <= TINY_SECONDS, f"{longest:.1f} s"),
    ]


if __name__ == "__main__":
    main()
