"""Slow motion: single steps by the clock, until the person does something else."""

from __future__ import annotations

import pytest

from aestudio.core.run.events import Finished, Held, Preview
from aestudio.studio.document import Document
from aestudio.studio.notice import Failed
from aestudio.studio.slow_motion import SlowMotion
from aestudio.studio.status import State
from tests.studio.heard import Heard, rest
from tests.studio.waiting import until


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(document: Document) -> Clock:
    made = Clock()
    document.slow_motion = SlowMotion(document, made)
    return made


def held_at(document: Document, heard: Heard, step: int) -> None:
    until(lambda: bool(heard.of(Held)) and heard.of(Held)[-1].step == step, document)


def test_a_new_training_takes_a_step_each_time_the_clock_says_so(
    document: Document, heard: Heard, clock: Clock
) -> None:
    document.slow_motion.go(0.5)
    held_at(document, heard, 1)
    assert document.status.state is State.PAUSED
    clock.now += 1.9
    document.tick()
    assert heard.of(Held)[-1].step == 1
    clock.now += 0.2
    held_at(document, heard, 2)
    assert heard.of(Preview)[-1].before is not None
    document.stop()
    rest(document)


def test_steps_keep_to_the_timetable_however_late_each_is_noticed(
    document: Document, heard: Heard, clock: Clock
) -> None:
    document.slow_motion.go(10.0)
    held_at(document, heard, 1)
    for number in range(2, 12):
        clock.now = 0.1 * (number - 1) + 0.03  # ticks come 33 ms apart
        held_at(document, heard, number)
    document.stop()
    rest(document)


def test_a_run_that_is_complete_says_so_instead_of_ending_once_more(
    document: Document, heard: Heard, clock: Clock
) -> None:
    document.set_value("epochs", 1)
    document.train()
    until(lambda: not document.status.running, document)
    document.slow_motion.go(1.0)
    assert "complete" in heard.of(Failed)[-1].sentence
    assert document.slow_motion.speed is None
    assert len(heard.of(Finished)) == 1


def test_a_training_that_goes_on_is_held_and_then_goes_on_slowly(
    document: Document, heard: Heard, clock: Clock
) -> None:
    document.train()
    until(lambda: bool(heard.of(Preview)) and heard.of(Preview)[-1].step > 0, document)
    document.slow_motion.go(1.0)
    until(lambda: bool(heard.of(Held)), document)
    first = heard.of(Held)[-1].step
    clock.now += 1.1
    held_at(document, heard, first + 1)
    document.stop()
    rest(document)


def test_going_on_by_itself_ends_it_and_so_does_full_speed(document: Document, heard: Heard, clock: Clock) -> None:
    document.slow_motion.go(1.0)
    held_at(document, heard, 1)
    document.train()
    assert document.slow_motion.speed is None
    assert document.status.state is State.TRAINING
    document.slow_motion.go(2.0)
    until(lambda: document.status.state is State.PAUSED, document)
    document.slow_motion.go(None)
    assert document.slow_motion.speed is None
    assert document.status.state is State.TRAINING
    document.stop()
    rest(document)


def test_a_rest_leaves_the_training_held(document: Document, heard: Heard, clock: Clock) -> None:
    document.slow_motion.go(1.0)
    held_at(document, heard, 1)
    document.slow_motion.rest()
    clock.now += 100
    document.tick()
    assert document.status.state is State.PAUSED
    assert heard.of(Held)[-1].step == 1
    document.stop()
    rest(document)


def test_the_end_of_the_training_ends_it(document: Document, heard: Heard, clock: Clock) -> None:
    document.slow_motion.go(20.0)
    held_at(document, heard, 1)
    document.stop()
    rest(document)
    assert heard.of(Finished)
    assert document.slow_motion.speed is None
