"""A library of thousands of runs in seconds: every recipe, two years of dates, all states, curves, scores, pictures.

Nothing is trained: rows are written as a recorder would have left them. They have no model and no checkpoint files.
"""

from __future__ import annotations

import json
import math
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import avg_pool2d

from aestudio.core.data.source import Data
from aestudio.core.library.catalogue import Library
from aestudio.core.library.packing import pack_samples, pack_terms
from aestudio.core.library.summary import variant
from aestudio.core.library.thumbnail import thumbnail
from aestudio.core.model.model_file import some_samples
from aestudio.core.parts.networks.mlp import Perceptron
from aestudio.core.run import recipes
from aestudio.core.run.run import Run

YEARS = 2
STATES = ("completed",) * 14 + ("stopped",) * 4 + ("interrupted", "failed")
NOTES = (
    "Baseline for the table in chapter 3.",
    "The hats of ρ look right at last.\nTry a smaller target next.",
    "Too many dead units; raise the learning rate?",
    "Looks blurred. More units did not help, more epochs did: see the run after this one.",
    "Best so far",
)
MACHINES = ("workstation, 16 cores", "laptop, 8 cores", "NVIDIA RTX 4090")
QUALITIES = (1, 3, 5)
"""Sizes of the blur that stands for a good, a fair and a poor reconstruction."""


class Blurred:
    """What `thumbnail` needs of a Model, without a training: the reconstruction is a blur of the corrupted image."""

    def __init__(self, run: Run, size: int) -> None:
        self.run, self.size = run, size

    def try_on(self, images: torch.Tensor, seed: int) -> tuple[torch.Tensor, None, torch.Tensor]:
        corrupted = self.run.corruption.seen(images, torch.Generator().manual_seed(seed))
        return corrupted, None, avg_pool2d(corrupted, self.size, 1, self.size // 2, count_include_pad=False)


@dataclass(frozen=True)
class Pattern:
    """What all runs of one recipe share."""

    runs: tuple[Run, ...]
    """The recipe, and the same with other numbers of units where it has one layer of them."""
    shape: tuple[int, int, int]
    fingerprint: str
    samples: bytes
    thumbnails: tuple[bytes, ...]


@cache
def patterns() -> tuple[Pattern, ...]:
    """One for each shipped recipe."""
    loaded: dict[Data, tuple[torch.Tensor, str]] = {}
    found = []
    for recipe in recipes.everything().values():
        run = recipe.run()
        if run.data not in loaded:
            dataset = run.data.load()
            loaded[run.data] = some_samples(dataset.held_out.images), dataset.fingerprint()
        samples, fingerprint = loaded[run.data]
        channels, height, width = samples.shape[1:]
        pictures = tuple(thumbnail(Blurred(run, size), samples) for size in QUALITIES)  # type: ignore[arg-type]
        found.append(Pattern(_widths(run), (channels, height, width), fingerprint, pack_samples(samples), pictures))
    return tuple(found)


def _widths(run: Run) -> tuple[Run, ...]:
    if not isinstance(run.network, Perceptron) or len(run.network.widths) > 1:
        return (run,)
    return run, *(
        run.with_value("network.widths", [width]).model_copy(update={"title": f"{run.title}, {width} units"})
        for width in (16, 64, 200, 400)
    )


@cache
def _told(run: Run) -> dict[str, str]:
    """The columns that follow from the settings alone."""
    settings = run.to_json()
    return {
        "title": run.title,
        "run": settings,
        "began_with": settings,
        "data": type(run.data).title,
        "network": type(run.network).title,
        "variant": variant(run),
    }


def fill(library: Library, count: int, *, seed: int = 0, points: int = 200) -> None:
    """Adds `count` runs, the newest a minute old. The same seed, the same runs."""
    random = np.random.default_rng(seed)
    now = time.time()
    ages = np.sort(random.random(count) ** 1.5)[::-1] * YEARS * 365 * 86_400
    ages += 60 - ages[-1]
    with library.transaction() as connection:
        for number, age in enumerate(ages.tolist()):
            pattern = patterns()[int(random.integers(len(patterns())))]
            run = pattern.runs[int(random.integers(len(pattern.runs)))]
            row, quality = _row(pattern, run, number, now - age, random)
            marks = ", ".join("?" * len(row))
            made = connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
            key = made.lastrowid
            connection.execute(
                "INSERT INTO pictures VALUES (?, ?, ?)", (key, pattern.thumbnails[quality], pattern.samples)
            )
            names = ("reconstruction", *(penalty.kind for penalty in run.penalties))
            weights = [1.0, *(penalty.weight for penalty in run.penalties)]
            terms = _terms(points, len(names), float(row["objective"] or 10.0), random)
            connection.execute(
                "INSERT INTO points (run, first_step, phase, names, weights, terms) VALUES (?, ?, ?, ?, ?, ?)",
                (key, 1, "end to end", json.dumps(names), json.dumps(weights), pack_terms(terms)),
            )
            connection.executemany(
                "INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                [_evaluation(key, step, points, names, weights, terms) for step in range(0, points + 1, points // 5)],
            )


def _row(
    pattern: Pattern, run: Run, number: int, when: float, random: np.random.Generator
) -> tuple[dict[str, Any], int]:
    """The columns of one run, and how good its reconstructions are."""
    state = str(random.choice(STATES))
    quality = int(random.integers(len(QUALITIES)))
    steps = run.epochs * 22
    step = steps if state == "completed" else int(steps * random.random())
    seen = state != "failed" or random.random() < 0.5
    psnr = 31 - 5 * quality + 3 * float(random.standard_normal())
    row = {
        "folder": f"generated-{number:06}-{random.integers(1 << 30):08x}",
        **_told(run),
        "note": str(random.choice(NOTES)) if random.random() < 0.25 else "",
        "starred": int(random.random() < 0.05),
        "state": state,
        "error": "The reconstruction loss is not finite at step 412; lower the learning rate." * (state == "failed"),
        "created": when - 60,
        "updated": when,
        "seconds": float(random.lognormal(4.5, 1.5)),
        "seed": int(random.integers(1000)),
        "fingerprint": pattern.fingerprint,
        "shape": json.dumps(pattern.shape),
        "device": "CPU (2 threads; no GPU found)",
        "machine": str(random.choice(MACHINES)),
        "parameters": int(random.lognormal(10, 2)),
        "step": step,
        "steps": steps,
        "epoch": step / 22,
        "objective": float(random.lognormal(2, 1)) if seen else None,
        "psnr": psnr if seen else None,
        "scores": json.dumps({"psnr": psnr, "mse": 10 ** (-psnr / 10)} if seen else {}),
        "checkpoint_step": step if state != "completed" and random.random() < 0.8 else None,
        "checkpoint_bytes": 120_000,
    }
    return row, quality


def _terms(points: int, names: int, last: float, random: np.random.Generator) -> np.ndarray:
    """Falling, noisy terms [points, names] that end near `last`."""
    fall = last * (1 + 6 * np.exp(-np.arange(points) * 8 / points))[:, None]
    noise = 1 + 0.08 * random.standard_normal((points, names))
    return (fall * noise / np.arange(1, names + 1)).astype(np.float32)


def _evaluation(
    run: object, step: int, points: int, names: tuple[str, ...], weights: list[float], terms: np.ndarray
) -> tuple[object, ...]:
    held_out = dict(zip(names, (1.05 * terms[min(step, points - 1)]).tolist(), strict=True))
    weighted = {name: weight * held_out[name] for name, weight in zip(names, weights, strict=True)}
    mse = held_out["reconstruction"] / 1000
    scores = {"mse": mse, "psnr": -10 * math.log10(mse), "dead_units": 2.0}
    told = (json.dumps(one) for one in (held_out, weighted, scores))
    return (run, step, step // 22, "held-out", "end to end", *told)


if __name__ == "__main__":  # python -m tests.many_runs FOLDER COUNT
    with Library(Path(sys.argv[1])) as made:
        fill(made, int(sys.argv[2]))
