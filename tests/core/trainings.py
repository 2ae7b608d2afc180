"""Trainings that stop, break off and go on: what several files of tests do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.looking import Terms
from aestudio.core.run.events import Evaluated, Event, Finished, Progress
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from aestudio.core.training.controls import Controls
from aestudio.core.training.every import Every
from aestudio.core.training.fit import fit
from aestudio.core.training.step import Step
from tests.core.conftest import small_dataset

RUN = Run(title="Twelve units", epochs=3, batch_size=16).with_value("network.widths", [12])
"""18 steps on the small data: 6 an epoch."""
RANDOM = RUN.with_value("corruption", "gaussian").with_value(
    "penalties", [{"kind": "contractive", "method": "estimate"}]
)
"""Draws random numbers at every step: noise, and the signs of Hutchinson's estimate."""
NOISY = RUN.with_value("corruption", "gaussian").with_value("penalties", [{"kind": "l1", "weight": 0.1}])
"""Draws noise at every step, at a fraction of the cost."""
NEVER = Every(0, 0)
EACH_EPOCH = Every(0, 1)


class Keeping:
    """A keeper that takes a checkpoint before every step, or whenever `wanted` says so by the steps done."""

    def __init__(self, folder: Path, wanted: Callable[[int], bool] = lambda _: True) -> None:
        self.folder = CheckpointFolder(folder)
        self.wanted = wanted
        self.asked = -1

    def due(self, epoch: int) -> bool:
        self.asked += 1
        return self.wanted(self.asked)

    def keep(self, made: Checkpoint) -> Path:
        return self.folder.keep(made, most=10_000)

    def kept(self) -> list[Checkpoint]:
        """Read back from their files, the first first."""
        return [checkpoint.load(file) for file in reversed(self.folder.files())]


@dataclass(frozen=True)
class Drawn:
    """What a corruption did: clean and corrupted images [N, …]."""

    clean: Tensor
    corrupted: Tensor


def drawn(run: Run, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Drawn], list[Drawn]]:
    """Trains, whichever step the run gets, and gives what the corruption did: at every step, and beside them."""
    kind, training, beside = type(run.corruption), list[Drawn](), list[Drawn]()
    step, corrupt, inside = Step.__call__, kind.__call__, list[Step]()

    def stepping(self: Step, images: Tensor, rate_factor: float) -> Terms:
        inside.append(self)
        terms = step(self, images, rate_factor)
        inside.clear()
        return terms

    def spy(self: Corruption, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        found = corrupt(self, clean, generator)
        (training if inside else beside).append(Drawn(clean, found.seen))
        return found

    run.check(dataset.shape, len(dataset.train))  # its parts are tried out before
    with monkeypatch.context() as patch:
        patch.setattr(Step, "__call__", stepping)
        patch.setattr(kind, "__call__", spy)
        end = last(fit(run, dataset))
    assert end.reason == "completed", end.error
    return training, beside


def last(events: Iterable[Event]) -> Finished:
    """The last event, which is always Finished."""
    *_, end = events
    assert isinstance(end, Finished)
    return end


def weights(events: Iterable[Event]) -> dict[str, bytes]:
    """The final weights to the last bit."""
    found = last(events).weights
    assert found is not None
    return as_bytes(found)


def as_bytes(tensors: Any) -> dict[str, bytes]:
    return {
        name: tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() for name, tensor in tensors.items()
    }


def points(events: Iterable[Event]) -> dict[int, bytes]:
    """Every loss point to the last bit, with the weights its terms had, by step."""
    said: dict[int, bytes] = {}
    for event in events:
        if isinstance(event, Progress):
            for row, (terms, entering) in enumerate(zip(event.terms, event.weights, strict=True)):
                assert event.first_step + row not in said
                said[event.first_step + row] = terms.tobytes() + entering.tobytes()
    return said


def scores(events: Iterable[Event]) -> list[Evaluated]:
    return [event for event in events if isinstance(event, Evaluated)]


def assert_goes_on_as(whole: list[Event], rest: list[Event], step: int) -> None:
    """What a training said that went on from `step` is the end of what an uninterrupted one said, bit for bit."""
    assert (last(rest).reason, last(rest).error) == (last(whole).reason, last(whole).error)
    assert last(rest).step == last(whole).step
    assert weights(rest) == weights(whole)
    said = points(whole)
    assert points(rest) == {at: said[at] for at in said if at > step}
    told, told_again = scores(whole), scores(rest)
    assert told[len(told) - len(told_again) :] == told_again
    assert all(one.step <= step for one in told[: len(told) - len(told_again)])


def stopping_at(step: int) -> tuple[Controls, Callable[[Event], None]]:
    """Controls, and a reader of the stream, that stop a training after exactly so many more steps than none.

    `step` counts the steps of this training only.
    """
    controls = Controls(paused=True)
    for _ in range(step):
        controls.step()
    if step == 0:
        controls.stop()
    seen = [0]

    def read(event: Event) -> None:
        if isinstance(event, Progress):
            seen[0] += len(event.terms)
            if seen[0] >= step:
                controls.stop()

    return controls, read


def train(run: Run = RUN, dataset: Dataset | None = None, **options: Any) -> list[Event]:
    """Every event of a training."""
    return list(fit(run, dataset or small_dataset(), **options))


def keep(folder: Path, run: Run = RUN, dataset: Dataset | None = None, **options: Any) -> list[Event]:
    """Every event of a training that a library in `folder` keeps."""
    return list(fit_and_keep(run, dataset or small_dataset(), folder=folder, **options))


def keep_until(folder: Path, step: int, run: Run = RUN, dataset: Dataset | None = None, **options: Any) -> list[Event]:
    """The same, stopped after so many steps."""
    controls, read = stopping_at(step)
    events = []
    for event in fit_and_keep(run, dataset or small_dataset(), controls, folder=folder, **options):
        read(event)
        events.append(event)
    return events


def break_off(
    folder: Path, when: Callable[[Event], bool], run: Run = RUN, dataset: Dataset | None = None, **options: Any
) -> list[Event]:
    """A kept training whose program ends at the first event that `when` names, as in a crash: nothing more is done."""
    events = []
    stream = fit_and_keep(run, dataset or small_dataset(), folder=folder, **options)
    for event in stream:
        events.append(event)
        if when(event):
            break
    stream.close()  # type: ignore[attr-defined]
    return events


def after_epoch(epoch: int) -> Callable[[Event], bool]:
    """For `break_off`: once the held-out images were scored after so many epochs."""
    return lambda event: isinstance(event, Evaluated) and event.split == "held-out" and event.epoch == epoch


def damaged(path: Path, place: float = 0.5, bit: int = 0) -> Path:
    """The same file with one bit flipped, so far into it."""
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)
    return path


def curves_of(events: Iterable[Event]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps, terms and weights as the events said them."""
    said = [event for event in events if isinstance(event, Progress)]
    steps = np.concatenate([np.arange(one.first_step, one.first_step + len(one.terms)) for one in said])
    return steps, np.concatenate([one.terms for one in said]), np.concatenate([one.weights for one in said])
