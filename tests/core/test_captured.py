"""The recorded step without a GPU: when it is recorded, proved, played and given up. What a GPU does is played here by
the plain step itself, on the tensors that were there when it was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.parts.looking import Terms
from aestudio.core.run.events import Finished, Warned
from aestudio.core.run.run import Run
from aestudio.core.training import recording
from aestudio.core.training.fit import fit
from aestudio.core.training.steps.captured import ASKED, PROOFS, WARM, Captured
from aestudio.core.training.steps.eager import Eager
from tests.core.test_steps import CPU, batches, critic, made
from tests.core.trainings import NOISY, RANDOM, RUN

GPU = Compute(torch.device("cuda"), "a GPU")
PLAYED = 4


class Played:
    """A recording, by the plain step."""

    made: list[Played] = []  # noqa: RUF012

    def __init__(self, take: Callable[[Tensor], Terms], images: Tensor, generators: Iterable[torch.Generator]) -> None:
        self.images, self._take, self.generators, self.count = images.clone(), take, list(generators), 0
        self.made.append(self)

    def play(self, images: Tensor) -> Terms:
        self.count += 1
        self.images.copy_(images)
        return self._take(self.images)


@contextmanager
def no_wait() -> Iterator[list[str]]:
    yield []


@pytest.fixture(autouse=True)
def _as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    Played.made = []
    monkeypatch.setattr(recording, "Recording", Played)
    monkeypatch.setattr(recording, "waits", no_wait)


def captured(run: Run) -> Captured:
    step = made(Captured, run)
    assert isinstance(step, Captured)
    step._plainly = False
    return step


def many() -> list[Tensor]:
    return (batches() * 3)[: WARM + PROOFS + PLAYED]


def same_as_plainly(run: Run, step: Captured) -> None:
    plain = made(Eager, run)
    for images in many():
        one, other = step(images, 0.5), plain(images, 0.5)
        assert torch.equal(one.raw, other.raw)
        assert one.weights == other.weights
    for name, tensor in plain.state().items():
        assert torch.equal(step.state()[name], tensor), name
    assert all(
        torch.equal(one, other) for one, other in zip(step.model.parameters(), plain.model.parameters(), strict=True)
    )
    assert all(torch.equal(step.draws.state()[role], state) for role, state in plain.draws.state().items())


@pytest.mark.parametrize("run", [RUN, NOISY, RANDOM, critic()], ids=["plain", "noisy", "a code that draws", "a critic"])
def test_a_step_is_recorded_proved_and_played_and_gives_what_the_plain_one_gives(run: Run) -> None:
    step = captured(run)
    same_as_plainly(run, step)
    (only,) = Played.made
    assert only.count == PROOFS + PLAYED
    assert only.generators == [*step.draws.every]
    assert not step.told


def test_a_recording_that_gives_other_numbers_is_given_up_and_nothing_of_it_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def elsewhere(self: Played, images: Tensor) -> Terms:
        made = self._take(self.images)  # always of the first batch
        return replace(made, raw=made.raw.clone())

    monkeypatch.setattr(Played, "play", elsewhere)
    step = captured(NOISY)
    same_as_plainly(NOISY, step)
    assert step.told == "The step cannot be recorded, and is taken plainly: it gives other numbers"


def test_a_step_that_cannot_be_recorded_is_taken_plainly_with_generators_that_draw_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_given: Any) -> None:
        raise RuntimeError("operation not permitted when stream is capturing\nand more lines")

    monkeypatch.setattr(recording, "Recording", refuse)
    step = captured(NOISY)
    before = step.draws.every
    same_as_plainly(NOISY, step)
    assert not {*map(id, before)} & {*map(id, step.draws.every)}
    assert step.told.endswith("plainly: operation not permitted when stream is capturing")


def test_a_refusal_without_a_word_goes_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(recording, "Recording", refuse)
    step = captured(RUN)
    same_as_plainly(RUN, step)
    assert step.told.endswith("plainly: RuntimeError")


def test_a_step_that_waits_for_the_device_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def waiting() -> Iterator[list[str]]:
        yield ["called a synchronizing CUDA operation"]

    monkeypatch.setattr(recording, "waits", waiting)
    step = captured(RUN)
    same_as_plainly(RUN, step)
    assert Played.made == []
    assert "synchronizing" in step.told


def test_a_live_number_changes_what_is_played_and_anything_else_has_it_recorded_anew() -> None:
    run = RUN.with_value("penalties", [{"kind": "l1", "weight": 0.1}])
    step, plain = captured(run), made(Eager, run)
    for path, value, recordings in (
        ("penalties.l1.weight", 0.3, 1),
        ("optimiser.learning_rate", 0.01, 1),
        ("title", "x", 2),
    ):
        for images in many():
            assert torch.equal(step(images, 1.0).raw, plain(images, 1.0).raw)
        run = run.with_value(path, value)
        for one in (step, plain):
            one.use(run)
        for images in many():
            assert torch.equal(step(images, 1.0).raw, plain(images, 1.0).raw)
        assert len(Played.made) == recordings


def test_after_a_checkpoint_is_loaded_it_is_recorded_anew() -> None:
    step = captured(RUN)
    for images in many():
        step(images, 1.0)
    step.load(step.state())
    for images in many():
        step(images, 1.0)
    assert len(Played.made) == 2


def test_it_is_for_an_nvidia_gpu_and_for_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = RUN.plan((1, 8, 8))
    monkeypatch.delenv(ASKED, raising=False)
    assert "NVIDIA" in Captured.unsuited(RUN, planned, CPU)
    assert ASKED in Captured.unsuited(RUN, planned, GPU)
    monkeypatch.setenv(ASKED, "1")
    assert Captured.unsuited(RUN, planned, GPU) == ""


def test_why_a_step_is_not_recorded_is_said_once(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def telling(self: Eager, *given: Any) -> None:
        init(self, *given)
        self.told = "It is taken plainly."

    init = Eager.__init__
    monkeypatch.setattr(Eager, "__init__", telling)
    monkeypatch.setattr("aestudio.core.training.fit.choose", lambda *_: Eager)
    events = list(fit(RUN, small))
    assert [one.sentence for one in events if isinstance(one, Warned)] == ["It is taken plainly."]
    assert isinstance(events[-1], Finished)
