"""The pictures on the cards of the start page, each made by the recipe itself, and what each recipe costs:
`python tests/benchmarks/recipe_pictures.py [NAME …] [--seconds 40] [--to FOLDER]`.

Every recipe is trained for so many seconds of one processor core. A recipe whose code has a prior shows what is drawn
from it, one that shapes its units what they draw, points in the plane where they are moved, and all others what goes in
above what comes out. Beside the pictures stands
`costs.json`: the epochs and steps of a whole training and the seconds of one core that they take, from which the start
page works out how long it takes elsewhere, and the numbers of an image.
"""

from __future__ import annotations

import argparse
import json
import time
from math import prod
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from aestudio.core.ground.compute import choose
from aestudio.core.model.trained import Model
from aestudio.core.probes.filters import atoms
from aestudio.core.run import recipes
from aestudio.core.run.events import Preview, Progress, Started
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit

FOLDER = Path(__file__).parents[2] / "resources" / "recipes"
WIDE, TALL, CELL = 246, 98, 48
GROUND, POINT = 24, 235
LEARNED_BY_THEN = 20
"""Steps before the clock counts: the first are slow."""

Pixels = NDArray[np.uint8]


def grid(images: NDArray[np.float32], rows: int, columns: int) -> Pixels:
    """Images [N, C, H, W] in [0, 1] beside and below each other, [H, W, C], with a line between them."""
    shown = (images[: rows * columns].clip(0, 1) * 255).round().astype(np.uint8).transpose(0, 2, 3, 1)
    if shown.shape[1] > CELL:
        small = [Image.fromarray(one.squeeze()).resize((CELL, CELL), Image.Resampling.LANCZOS) for one in shown]
        shown = np.stack([np.asarray(one).reshape(CELL, CELL, -1) for one in small])
    count, height, width, channels = shown.shape
    made = np.full((rows * (height + 1) + 1, columns * (width + 1) + 1, channels), GROUND, np.uint8)
    for index in range(min(count, rows * columns)):
        y, x = 1 + index // columns * (height + 1), 1 + index % columns * (width + 1)
        made[y : y + height, x : x + width] = shown[index]
    return made


def points(seen: Preview) -> Pixels:
    """Points of the plane as the network sees them, and beside them where it moves them."""
    made = np.full((TALL, WIDE, 1), GROUND, np.uint8)
    low, high = seen.corrupted.min(), seen.corrupted.max()
    for place, cloud in enumerate((seen.corrupted, seen.reconstructed)):
        at = (cloud.reshape(-1, 2) - low) / (high - low) * (TALL - 9) + 4
        x, y = at.clip(4, TALL - 5).round().astype(int).T
        x += 12 + place * WIDE // 2
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            made[TALL - 1 - y - dy, x + dx] = POINT
    return made


def picture(seen: Preview) -> Pixels:
    """What the recipe is about, after a short training."""
    run = seen.run
    shape = seen.original.shape[1:]
    if shape == (1, 1, 2):
        return points(seen)
    drawn = Model(run, shape, seen.weights, seen.depth).samples(10)
    if drawn is not None:
        return grid(drawn.numpy(), 2, 5)
    if run.network.kind == "mlp" and (run.penalties or run.code.kind != "plain"):
        found = atoms(Model(run, shape, seen.weights, seen.depth)).display
        return grid(found, 3, 8) if len(found) < 40 else grid(found, 4, 10)
    pairs = np.concatenate([seen.corrupted[:5], seen.reconstructed[:5]])
    return grid(pairs, 2, 5)


def trained(name: str, seconds: float) -> tuple[Preview, int, float]:
    """The recipe's newest preview after so many seconds of one core, all its steps, and the seconds that they cost."""
    run, controls = recipes.find(name).run(), Controls()
    seen, steps, done, begun = None, 0, 0, 0.0
    controls.ask_for_preview()  # else there is none, not even of the end
    start = time.process_time()
    for event in fit(run, run.data.load(), controls, choose("cpu")):
        match event:
            case Started():
                steps = event.steps
            case Preview():
                seen = event
            case Progress():
                done = event.first_step + len(event.terms) - 1
                if not begun and done >= LEARNED_BY_THEN:
                    begun, first = time.process_time(), done
        spent = time.process_time() - start
        if spent > seconds and done > LEARNED_BY_THEN:
            controls.stop()
    assert seen is not None
    return seen, steps, (time.process_time() - begun) / max(1, done - first) * steps


def main() -> None:
    """Writes pictures and costs."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*")
    asked.add_argument("--seconds", type=float, default=40)
    asked.add_argument("--to", type=Path, default=FOLDER)
    chosen = asked.parse_args()
    torch.set_num_threads(1)
    shipped = sorted(path.stem for path in FOLDER.glob("*.toml"))
    costs = chosen.to / "costs.json"
    known = json.loads(costs.read_text(encoding="utf-8")) if costs.exists() else {}
    for name in chosen.names or shipped:
        seen, steps, cost = trained(name, chosen.seconds)
        known[name] = seen.run.epochs, steps, float(f"{cost:.2g}"), prod(seen.original.shape[1:])
        drawn = picture(seen)
        made = Image.fromarray(drawn.squeeze())
        smooth = seen.run.data.kind == "photographs" and drawn.shape[1] > WIDE // 2
        to = chosen.to / f"{name}{'.jpg' if smooth else '.png'}"
        made.save(to, **({"quality": 74} if smooth else {"optimize": True}))
        lines = ",\n".join(f"  {json.dumps(one)}: {json.dumps(known[one])}" for one in sorted(known))
        costs.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
        print(f"{name}: {to.stat().st_size / 1024:.1f} KiB, {cost:.0f} s of one core for all of it", flush=True)


if __name__ == "__main__":
    main()
