"""What core tests share: small data, small runs, and a way to read a whole training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import Generators
from aestudio.core.parts.stages import through
from aestudio.core.run.events import Event
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit

SHARED = Path(__file__).parents[3] / "shared" / "data"


def images(count: int, shape: tuple[int, int, int] = (1, 8, 8), seed: int = 0) -> torch.Tensor:
    """Smooth random uint8 images: coarse noise, enlarged, so that there is something to learn."""
    channels, height, width = shape
    coarse = torch.rand(count, channels, 3, 3, generator=torch.Generator().manual_seed(seed))
    return (torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear") * 255).to(torch.uint8)


def together(seed: int) -> Generators:
    """One generator for every role of a pass."""
    return Generators(*[torch.Generator().manual_seed(seed)] * 3)


def hidden_of(module: Autoencoder, x: torch.Tensor, depth: int | None = None) -> torch.Tensor:
    """The encoder alone, [N, C, H, W] → [N, …]."""
    return through(module.span(0, module.depth if depth is None else depth), x)


def decoded(module: Autoencoder, hidden: torch.Tensor) -> torch.Tensor:
    """The decoder alone, stage by stage, [N, …] → [N, C, H, W]."""
    for stage in reversed(module.span(0, module.depth)):
        hidden = stage.decode(hidden)
    return hidden


def small_dataset(shape: tuple[int, int, int] = (1, 8, 8), train: int = 96, held_out: int = 32) -> Dataset:
    return Dataset("small", Split(Resident(images(train, shape))), Split(Resident(images(held_out, shape, seed=1))))


@pytest.fixture
def small() -> Dataset:
    return small_dataset()


@pytest.fixture
def trained(small: Dataset) -> Callable[[Run], list[Event]]:
    """Trains a run on the small data and gives every event."""
    return lambda run: list(fit(run, small))


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    """A folder with three pictures, one of them in a folder within, and a file that only says that it is one."""
    folder = tmp_path / "noisy"
    (folder / "within").mkdir(parents=True)
    values = np.random.default_rng(0).integers(0, 256, (3, 24, 32), dtype=np.uint8)
    for name, picture in zip(("a.png", "b.png", "within/a.png"), values, strict=True):
        Image.fromarray(picture).save(folder / name)
    (folder / "broken.png").write_bytes(b"no picture")
    return folder
