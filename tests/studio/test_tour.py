"""The tour waits for what was really done, and passes over what is so already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aestudio.studio.tour import SEEN_STEPS, STEPS, Tour, TourFacts

DONE: tuple[dict[str, Any], ...] = (
    {"targets": (0.05,)},
    {"running": True, "step": 0},
    {"step": SEEN_STEPS},
    {"targets": (0.2,)},
    {"moved": 1},
    {"images": ("cat.png",)},
    {"page": "inspect"},
    {"page": "runs"},
)
"""What a person does, step by step."""


class Person:
    def __init__(self, **facts: Any) -> None:
        self.facts = TourFacts("explore", **facts)
        self.tour = Tour(lambda: self.facts)

    def does(self, **facts: Any) -> None:
        self.facts = replace(self.facts, **facts)


def test_every_step_waits_for_its_own_action_and_then_goes_on() -> None:
    person = Person()
    person.tour.begin()
    for place, done in enumerate(DONE):
        assert person.tour.place == place
        assert not person.tour.look()
        person.does(**done)
        assert person.tour.look()
    assert person.tour.over
    assert len(DONE) == len(STEPS)


def test_what_is_so_already_is_not_asked_for() -> None:
    person = Person(targets=(0.1,), running=True)
    person.tour.begin()
    assert person.tour.place == 2


def test_steps_are_counted_from_the_first_that_is_asked_for() -> None:
    person = Person(targets=(0.1,))
    person.tour.begin()
    assert (person.tour.number, person.tour.count) == (1, len(STEPS) - 1)
    person.does(running=True)
    assert person.tour.look()
    assert (person.tour.number, person.tour.count) == (2, len(STEPS) - 1)


@pytest.mark.parametrize("before", [0, 150, 5000])
def test_a_training_has_to_go_on_for_a_while_wherever_it_began(before: int) -> None:
    person = Person(targets=(0.1,), running=True, step=before)
    person.tour.begin()
    person.does(step=before + SEEN_STEPS - 1)
    assert not person.tour.look()
    person.does(step=before + SEEN_STEPS)
    assert person.tour.look()


def test_a_step_that_cannot_be_done_can_be_skipped_and_the_tour_left_and_repeated() -> None:
    person = Person()
    person.tour.begin()
    person.tour.skip()
    assert person.tour.place == 1
    person.tour.leave()
    person.does(targets=(0.1,))
    assert not person.tour.look()
    assert person.tour.step is None
    person.tour.begin()
    assert person.tour.place == 1
