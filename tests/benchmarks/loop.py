"""The loop beside the textbook one: `python tests/benchmarks/loop.py [OUT.md]`. Interleaved runs, medians, ratios only.

The textbook loop is DataLoader + TensorDataset + shuffle, unfused Adam and `loss.item()` at each step, on the same
network and data.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from datetime import date
from pathlib import Path

import torch
from torch.utils.data import DataLoader, TensorDataset

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import TRAIN
from aestudio.core.parts.plan import Span
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit

ROUNDS = 5
SIZES = {"64 units, batch 32": (64, 32, 9_600), "1000 units, batch 128": (1000, 128, 25_600)}


def data(count: int) -> Dataset:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count + 64, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return Dataset("noise", Split(Resident(images[:count])), Split(Resident(images[count:])))


def textbook(run: Run, dataset: Dataset) -> float:
    model = Autoencoder(run, dataset.shape)
    images = dataset.train.images.gather(torch.arange(len(dataset.train))).float() / 255
    loader = DataLoader(TensorDataset(images), batch_size=run.batch_size, shuffle=True, drop_last=True)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    began = time.perf_counter()
    for (x,) in loader:
        loss = (model.look(run, x, Span(0, model.depth), TRAIN).reconstruction - x).square().flatten(1).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()
    return time.perf_counter() - began


def ours(run: Run, dataset: Dataset, *, watched: bool) -> float:
    controls = Controls()
    if watched:
        controls.ask_for_preview()
    began = time.perf_counter()
    for event in fit(run, dataset, controls):
        if watched and isinstance(event, Preview):
            controls.ask_for_preview()
    return time.perf_counter() - began


def main() -> None:
    lines = [
        "# The loop beside the textbook one",
        "",
        f"`python tests/benchmarks/loop.py`, {date.today()}, {platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}; {ROUNDS} interleaved rounds, medians. "
        "One epoch each, evaluation and set-up included in ours.",
        "",
        "| network | textbook | ours | ours, a preview as often as allowed |",
        "|---|---|---|---|",
    ]
    for name, (width, batch, count) in SIZES.items():
        run = Run(epochs=1, batch_size=batch).with_value("network.widths", [width])
        dataset = data(count)
        ours(run, dataset, watched=True)  # what torch imports and compiles at its first step is nobody's speed
        seconds: list[tuple[float, float, float]] = []
        for _ in range(ROUNDS):
            seconds.append(
                (textbook(run, dataset), ours(run, dataset, watched=False), ours(run, dataset, watched=True))
            )
        plain, alone, watched = (statistics.median(column) for column in zip(*seconds, strict=True))
        lines.append(f"| {name} | 1 | {plain / alone:.2f} × as fast | {plain / watched:.2f} × as fast |")
    text = "\n".join(lines) + "\n"
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
