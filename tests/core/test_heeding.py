"""Stop and Pause in the middle of a long step: it is taken back, and nothing has happened."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
import pytest
import torch

from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.probes import activations, preview, scores
from aestudio.core.run.events import Event, Finished, Held, Preview, Progress
from aestudio.core.run.run import Run
from aestudio.core.training import step as steps
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from aestudio.core.training.steps.eager import Eager
from tests.core.conftest import small_dataset

SMALL = Run(epochs=2, batch_size=16).with_value("network.widths", [12])
COUNTING = SMALL.with_value("code", "vector-quantised").with_value("augmentation", "flips")
"""Draws, and counts in buffers what each vector is used for."""
PLAYING = SMALL.with_value("corruption", "gaussian").with_value("penalties", [{"kind": "adversarial"}])
"""Draws, and two optimisers move."""
WRITTEN = SMALL.with_value("epochs", 4).with_value("code", "gaussian").with_value("penalties", ["kl-to-prior"])
"""Draws, and its gradients are written out."""


@pytest.fixture(autouse=True)
def every_step_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LONG", 0)


class Fickle(Controls):
    """Calls off at the n-th look, at the 2n-th …, as many times as said: n is longer than a step has operations."""

    def __init__(self, times: int, each: int) -> None:
        super().__init__()
        self.left, self.each, self.looks, self.calls = times, each, 0, 0

    @property
    def called_off(self) -> bool:
        self.looks += 1
        if self.left and self.looks % self.each == 0:
            self.left -= 1
            self.calls += 1
            return True
        return False


def losses(events: list[Event]) -> np.ndarray:
    return np.concatenate([event.terms for event in events if isinstance(event, Progress)])


def weights(events: list[Event]) -> dict[str, torch.Tensor]:
    last = events[-1]
    assert isinstance(last, Finished)
    assert not last.error
    return last.weights or {}


@pytest.mark.parametrize("run", [COUNTING, PLAYING, WRITTEN], ids=["counting", "playing", "written"])
def test_steps_that_are_called_off_and_taken_again_change_nothing_to_the_last_bit(run: Run) -> None:
    plain = list(fit(run, small_dataset()))
    fickle = Fickle(3, each=331)
    disturbed = list(fit(run, small_dataset(), fickle))
    assert fickle.calls == 3
    np.testing.assert_array_equal(losses(disturbed), losses(plain))
    before, after = weights(plain), weights(disturbed)
    assert before.keys() == after.keys()
    assert all(torch.equal(one, after[name]) for name, one in before.items())


def at_step(number: int, monkeypatch: pytest.MonkeyPatch, press: Callable[[], None]) -> None:
    """Once, while the step of that number is being taken, somebody presses a button."""
    raw, waiting = Eager.given, [press]

    def given(self: Eager, images: torch.Tensor) -> torch.Tensor:
        if self.number == number and waiting:
            waiting.pop()()
        return raw(self, images)

    monkeypatch.setattr(Eager, "given", given)


def test_a_pause_in_the_middle_of_a_long_step_holds_before_it_and_goes_on_as_if_nothing_had_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, controls = list(fit(COUNTING, small_dataset())), Controls()
    at_step(4, monkeypatch, controls.pause)
    events = []
    for event in fit(COUNTING, small_dataset(), controls):
        events.append(event)
        if isinstance(event, Held):
            assert event.step == 3
            controls.resume()
    assert any(isinstance(event, Held) for event in events)
    np.testing.assert_array_equal(losses(events), losses(plain))


def test_a_stop_in_the_middle_of_a_long_step_ends_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, controls = list(fit(COUNTING, small_dataset())), Controls()
    at_step(4, monkeypatch, controls.stop)
    events = list(fit(COUNTING, small_dataset(), controls))
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.step) == ("stopped", 3)
    np.testing.assert_array_equal(losses(events), losses(plain)[:3])


def test_a_single_step_that_was_asked_for_is_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    controls = Controls(paused=True)
    controls.step()
    for event in fit(COUNTING, small_dataset(), controls):
        if isinstance(event, Held):
            assert event.step == 1
            controls.stop()


def test_a_short_step_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LONG", 10**12)
    controls = Controls()
    at_step(4, monkeypatch, controls.stop)
    *_, last = fit(COUNTING, small_dataset(), controls)
    assert isinstance(last, Finished)
    assert last.step == 4


def test_of_large_work_a_preview_takes_fewer_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "WORK", 5 * Autoencoder(SMALL, small_dataset().shape).work())
    controls = Controls()
    controls.ask_for_preview()
    shown = [event for event in fit(SMALL, small_dataset(), controls) if isinstance(event, Preview)]
    assert {(len(one.original), len(one.hidden)) for one in shown} == {(5, 5)}


def test_of_wide_codes_fewer_are_kept_for_the_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, raw = [], activations.statistics
    monkeypatch.setattr(scores, "NUMBERS", 20 * 12)
    monkeypatch.setattr(scores, "statistics", lambda code, kind: seen.append(code.shape) or raw(code, kind))
    list(fit(SMALL, small_dataset()))
    held_out = len(small_dataset().held_out)
    assert set(seen) == {(ceil(held_out / ceil(held_out / 20)), 12)}
