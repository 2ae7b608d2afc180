"""What one of several processes does in tests/core/test_ranks.py: `python -m tests.core.ranked FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

import torch

from aestudio.core.ground.compute import Compute
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import Span
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.training import ranks
from aestudio.core.training import step as steps
from aestudio.core.training.choosing import choose
from aestudio.core.training.controls import Controls
from aestudio.core.training.draws import Draws
from aestudio.core.training.fit import fit
from aestudio.core.training.step import Step
from aestudio.core.training.steps.dense_shared import DenseShared
from tests.core.conftest import small_dataset
from tests.core.test_steps import PARTS, SHAPE, SIGMOID, batches
from tests.core.trainings import RANDOM

FEW = Run.from_settings({**SIGMOID, **PARTS["penalty kl-sparsity"]})
CPU = Compute(torch.device("cpu"), "CPU")


def runs() -> dict[str, Run]:
    return {name: Run.from_settings({**SIGMOID, "batch_size": 16, **parts}) for name, parts in PARTS.items()}


def chosen(run: Run) -> type[Step]:
    return choose(run, run.plan(SHAPE, 96), CPU)


def stepped(kind: type[Step], run: Run, count: int = 13) -> dict[str, torch.Tensor]:
    """Terms and weights after a few steps; batches of 13 images, which two and four processes cannot share evenly."""
    model = Autoencoder(run, SHAPE)
    step = kind(run, model, Span(0, model.depth), CPU, Draws(run.seed, CPU.device))
    terms = [step(images[:count], 1.0).raw for images in batches(3)]
    return {"terms": torch.stack(terms), **model.snapshot()}


def stopped() -> dict[str, torch.Tensor]:
    """The last step of a training that the first process alone is told to stop, in the middle of its third step."""
    before = Step.given
    controls = Controls()

    def given(self: Step, images: torch.Tensor) -> torch.Tensor:
        if self.number == 3 and ranks.leads():
            controls.stop()
        return before(self, images)

    with patch.object(Step, "given", given), patch.object(steps, "LONG", 0):
        *_, ended = fit(RANDOM, small_dataset(), controls)
    assert isinstance(ended, Finished)
    return {"step": torch.tensor(ended.step if ended.reason == "stopped" else -1)}


def disagreeing() -> dict[str, torch.Tensor]:
    """Whether a training is refused whose weights are others in the last process."""
    *_, ended = fit(RANDOM.with_value("seed", int(ranks.rank() == ranks.count() - 1)), small_dataset())
    assert isinstance(ended, Finished)
    return {"refused": torch.tensor("do not have the same settings" in ended.error)}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with ranks.together(CPU.device):
        made = {name: stepped(chosen(run), run) for name, run in runs().items()}
        made["shared by rows"] = {name: torch.tensor(chosen(run) is DenseShared) for name, run in runs().items()}
        made["fewer images than processes"] = stepped(chosen(FEW), FEW, 1)
        *_, ended = fit(RANDOM, small_dataset())
        made["whole training"] = getattr(ended, "weights", None) or {}
        made["stopped inside of a long step"] = stopped()
        made["another seed"] = disagreeing()
        torch.save(made, folder / f"{ranks.rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
