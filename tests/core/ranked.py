"""What one of several processes does in tests/core/test_ranks.py: `python -m tests.core.ranked FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from aestudio.core.ground.compute import Compute
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import Span
from aestudio.core.run.run import Run
from aestudio.core.training import ranks
from aestudio.core.training.choosing import choose
from aestudio.core.training.draws import Draws
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset
from tests.core.test_steps import PARTS, SHAPE, SIGMOID, batches
from tests.core.trainings import RANDOM

CPU = Compute(torch.device("cpu"), "CPU")


def runs() -> dict[str, Run]:
    return {name: Run.from_settings({**SIGMOID, "batch_size": 16, **parts}) for name, parts in PARTS.items()}


def stepped(run: Run) -> dict[str, torch.Tensor]:
    """Terms and weights after a few steps; batches of 15 images, which two and four processes cannot share evenly."""
    model = Autoencoder(run, SHAPE)
    step = choose(run, run.plan(SHAPE, 96), CPU)(run, model, Span(0, model.depth), CPU, Draws(run.seed, CPU.device))
    terms = [step(images[:15], 1.0).raw for images in batches(3)]
    return {"terms": torch.stack(terms), **model.snapshot()}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with ranks.together(CPU.device):
        made = {name: stepped(run) for name, run in runs().items()}
        *_, ended = fit(RANDOM, small_dataset())
        made["whole training"] = getattr(ended, "weights", None) or {}
        torch.save(made, folder / f"{ranks.rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
