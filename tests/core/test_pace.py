"""Two trainings on one clock: the same images at the same step, held and stopped at the same step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.events import Changed, Event, Finished, Held, Preview, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from aestudio.core.training.pace import Pace
from tests.core.conftest import small_dataset

RUN = Run(title="Twelve units", epochs=3, batch_size=16).with_value("network.widths", [12])
"""18 steps on the small data: 6 an epoch."""
PENALISED = RUN.with_value("penalties", [{"kind": "l1", "weight": 0.1}])
LONG = 10_000
WAIT = 60.0


class Watched(Resident):
    """Images that remember which of them were drawn, and after each draw let the test look."""

    def __init__(self, images: Tensor) -> None:
        super().__init__(images)
        self.drawn: list[list[int]] = []

    def to(self, device: torch.device) -> Watched:
        return self

    def gather(self, index: Tensor) -> Tensor:
        self.drawn.append(index.tolist())
        return super().gather(index)


def watched() -> tuple[Dataset, Watched]:
    dataset = small_dataset()
    whole = dataset.train.images.gather(torch.arange(len(dataset.train)))
    images = Watched(whole)
    return replace(dataset, train=Split(images, dataset.train.labels)), images


class Side(threading.Thread):
    """A training on a thread of its own, in a pace."""

    def __init__(self, pace: Pace, run: Run, controls: Controls | None = None, dataset: Dataset | None = None) -> None:
        super().__init__(daemon=True)
        self.controls = controls or Controls()
        self.controls.keep_pace(pace)
        self.events: list[Event] = []
        self.held = threading.Event()
        self._run, self._dataset = run, dataset or small_dataset()

    def run(self) -> None:
        try:
            for event in fit(self._run, self._dataset, self.controls):
                self.events.append(event)
                if isinstance(event, Held):
                    self.held.set()
        finally:
            self.controls.keep_pace(None)

    @property
    def holds_at(self) -> int:
        """The step at which it has held last; -1 where it never did."""
        return max((event.step for event in self.events if isinstance(event, Held)), default=-1)

    @property
    def losses(self) -> np.ndarray:
        return np.concatenate([event.terms[:, 0] for event in self.events if isinstance(event, Progress)])

    @property
    def end(self) -> Finished:
        last = self.events[-1]
        assert isinstance(last, Finished)
        assert not last.error
        return last


@contextmanager
def beside(*sides: Side) -> Iterator[None]:
    for side in sides:
        side.start()
    yield
    for side in sides:
        side.join(WAIT)
        assert not side.is_alive()


def test_runs_that_differ_in_a_penalty_draw_the_same_images_at_the_same_step() -> None:
    pace, (data, plain), (others, penalised) = Pace(), watched(), watched()
    with beside(Side(pace, RUN, dataset=data), Side(pace, PENALISED, dataset=others)):
        pass
    assert len(plain.drawn) == 18
    assert plain.drawn == penalised.drawn


def test_a_run_beside_another_is_the_run_that_it_is_alone_to_the_last_bit() -> None:
    pace = Pace()
    one, other = Side(pace, RUN), Side(pace, PENALISED)
    with beside(one, other):
        pass
    for side, run in ((one, RUN), (other, PENALISED)):
        alone = [event for event in fit(run, small_dataset()) if isinstance(event, Progress)]
        assert np.array_equal(side.losses, np.concatenate([event.terms[:, 0] for event in alone]))


def test_networks_that_are_built_at_the_same_time_have_the_weights_of_their_seed() -> None:
    def built(_which: int) -> Tensor:
        return torch.cat([weights.flatten() for weights in Autoencoder(RUN, (1, 8, 8)).state_dict().values()])

    wanted = built(0)
    with ThreadPoolExecutor(4) as threads:
        assert all(torch.equal(one, wanted) for one in threads.map(built, range(200)))


class Counting(Controls):
    """Compares how far it is with the other whenever it steps."""

    other: Counting

    def __init__(self) -> None:
        super().__init__()
        self.apart = 0

    def may_step(self) -> bool:
        may = super().may_step()
        if may:
            self.apart = max(self.apart, self.done - self.other.done)
        return may


def test_neither_begins_a_step_before_the_other_has_done_as_many() -> None:
    pace, one, other = Pace(), Counting(), Counting()
    one.other, other.other = other, one
    with beside(Side(pace, RUN, one), Side(pace, PENALISED, other)):
        pass
    assert (one.done, other.done) == (18, 18)
    assert max(one.apart, other.apart) == 0


def test_both_hold_at_the_same_step_when_both_are_paused_one_after_the_other() -> None:
    pace = Pace()
    sides = [Side(pace, run.with_value("epochs", LONG)) for run in (RUN, PENALISED)]
    with beside(*sides):
        for _ in range(5):
            for side in sides:
                side.controls.pause()
            for side in sides:
                assert side.held.wait(WAIT)
            until(lambda: sides[0].controls.done == sides[1].controls.done)
            go_on(sides)
        for side in sides:
            side.controls.stop()
    assert sides[0].end.step == sides[1].end.step
    assert sides[0].end.reason == sides[1].end.reason == "stopped"


def go_on(sides: list[Side]) -> None:
    """Until each has taken a step."""
    before = max(side.controls.done for side in sides)
    for side in sides:
        side.held.clear()
        side.controls.resume()
    until(lambda: min(side.controls.done for side in sides) > before)


def until(reached: Callable[[], bool]) -> None:
    """Looks again and again, as what is done on other threads tells nobody."""
    pause = threading.Event()
    for _ in range(6000):
        if reached():
            return
        pause.wait(0.005)
    raise AssertionError("it did not come to that")


def test_a_single_step_of_both_is_one_step_of_both() -> None:
    pace = Pace()
    sides = [Side(pace, run, Controls(paused=True)) for run in (RUN, PENALISED)]
    with beside(*sides):
        for step in range(1, 4):
            step_both(pace, sides)
            until(lambda: min(side.holds_at for side in sides) >= step)  # noqa: B023
            assert [side.controls.done for side in sides] == [step, step]
        for side in sides:
            side.controls.stop()
    assert [side.end.step for side in sides] == [3, 3]


def step_both(pace: Pace, sides: Sequence[Side]) -> None:
    with pace.held():
        for side in sides:
            side.controls.step()


def test_a_step_is_one_of_those_that_are_behind_and_none_is_saved_up() -> None:
    pace, few = Pace(), 4
    first = Side(pace, RUN, Controls(paused=True))
    for _ in range(few):
        first.controls.step()
    first.start()
    until(lambda: first.holds_at == few)
    later = Side(pace, RUN, Controls(paused=True))
    later.start()
    for step in (1, 2, few):  # no more than one behind it takes the step that the other has taken
        step_both(pace, (first, later))
        until(lambda: later.holds_at >= step)  # noqa: B023
        assert (first.controls.done, later.controls.done) == (few, step)
    step_both(pace, (first, later))
    until(lambda: min(first.holds_at, later.holds_at) > few)
    assert (first.controls.done, later.controls.done) == (few + 1, few + 1)
    for side in (first, later):
        side.controls.stop()
        side.join(WAIT)
    assert (first.end.step, later.end.step) == (few + 1, few + 1)


def test_one_that_ends_early_lets_the_other_go_on() -> None:
    pace = Pace()
    short, long = Side(pace, RUN.with_value("epochs", 1)), Side(pace, RUN)
    with beside(short, long):
        pass
    assert (short.end.step, long.end.step) == (6, 18)


def test_one_that_begins_later_is_waited_for() -> None:
    pace, early, late = Pace(), Counting(), Counting()
    early.other, late.other = early, early
    first = Side(pace, RUN.with_value("epochs", LONG), early)
    for _ in range(4):
        early.step()
    first.start()
    until(lambda: first.holds_at == 4)
    later = Side(pace, RUN.with_value("epochs", LONG), late)
    early.other = late
    early.resume()
    later.start()
    until(lambda: early.done > 4)
    with pace.held():
        for side in (first, later):
            side.controls.stop()
    for side in (first, later):
        side.join(WAIT)
    assert early.apart == 0
    assert first.end.step == later.end.step > 4


def test_previews_of_both_are_of_the_same_steps() -> None:
    pace = Pace()
    sides = [Side(pace, run) for run in (RUN, PENALISED)]
    for side in sides:
        side.controls.ask_for_preview()
    with beside(*sides):
        pass
    steps = [[event.step for event in side.events if isinstance(event, Preview)] for side in sides]
    assert steps[0] == steps[1]
    assert len(steps[0]) >= 2


def test_a_live_change_reaches_one_that_waits_for_the_other() -> None:
    pace = Pace()
    side, other = Side(pace, PENALISED), Side(pace, RUN)
    side.start()
    until(lambda: side.controls.done == 1)  # the other is in the pace, and has not begun
    side.controls.use(PENALISED.with_value("penalties.l1.weight", 0.5))
    until(lambda: any(isinstance(event, Changed) for event in side.events))
    assert side.controls.done == 1
    other.start()
    for one in (side, other):
        one.join(WAIT)
    assert side.end.run is not None
    assert side.end.run.penalties[0].weight == 0.5


def test_a_training_without_others_goes_on_as_ever() -> None:
    side = Side(Pace(), RUN)
    with beside(side):
        pass
    assert side.end.step == 18


def test_beside_a_kept_run_pictures_come_where_there_is_a_moment_of_it_and_after_its_last_at_any_step() -> None:
    pace, controls = Pace(), Controls()
    pace.look_at((0, 4, 9))
    controls.keep_pace(pace)
    seen = []
    for step in range(13):
        controls.arrive(step)
        controls.ask_for_preview()
        if controls.may_preview(lambda: True):
            controls.preview_given()
            seen.append(step)
    assert seen == [0, 4, 9, 10, 11, 12]


def test_a_training_beside_a_kept_run_with_few_moments_is_not_unseen_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, controls = Pace(), Controls()
    pace.look_at((0, LONG))
    controls.keep_pace(pace)
    controls.arrive(5)
    assert not pace.may_look(controls, lambda: True)
    monkeypatch.setattr("aestudio.core.training.pace.UNSEEN_SECONDS", 0.0)
    assert pace.may_look(controls, lambda: True)
    assert not pace.may_look(controls, lambda: False)
