"""A measure of the page Inspect, without a window: its numbers, a refusal beside them, and what is said of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.run import Run
from aestudio.studio.inspect import observer as observing
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.inspection import NOTHING, Inspection
from aestudio.studio.inspect.measuring import taken_words, with_vitals
from aestudio.studio.inspect.observer import Found, Observed, Observer, Refused, Rested
from aestudio.studio.inspect.vitals import Vitals, vitals
from tests.present import present
from tests.studio.waiting import wait_until

SHAPE = (1, 8, 8)


@pytest.fixture
def subject() -> Examined:
    run = Run.from_settings({"title": "Mine", "network": {"kind": "mlp", "widths": [12]}})
    weights = Autoencoder(run, SHAPE).snapshot()
    images = torch.rand(8, *SHAPE, generator=torch.Generator().manual_seed(0))
    return Examined(run, SHAPE, 1, 40, weights, None, images)


def test_numbers_hold_where_the_panel_refuses(subject: Examined) -> None:
    def refuses(_subject: Examined, _report: Report) -> object:
        raise ProbeError("That would take 3 days.")

    numbers, refusal = with_vitals(refuses, None)(subject, unheard)
    assert numbers.units == 12
    assert str(refusal) == "That would take 3 days."


def test_numbers_that_are_known_are_not_taken_again(subject: Examined) -> None:
    known = vitals(subject, unheard)
    numbers, found = with_vitals(lambda _subject, _report: "found", known)(subject, unheard)
    assert numbers is known
    assert found == "found"


def test_it_is_said_when_and_how_quickly_a_model_was_measured(subject: Examined) -> None:
    assert str(taken_words(subject, 0.034, slow=False)) == "“Mine” · measured at step 40 in 30 ms"
    assert str(taken_words(replace(subject, step=0), 0.001, slow=False)).endswith("measured before training in 1 ms")
    assert "as opened in 2.5 s, too slow" in str(taken_words(replace(subject, step=0, opened=True), 2.5, slow=True))


# -- one measure at a time ---------------------------------------------------------------------------------------------


def all_of(observer: Observer) -> list[Observed]:
    told: list[Observed] = []

    def rests() -> bool:
        told.extend(observer.take())
        return bool(told) and isinstance(told[-1], Rested)

    wait_until(rests)
    return told


def test_the_newest_wish_wins_and_the_older_is_dropped(subject: Examined) -> None:
    observer, begun = Observer(), threading.Event()

    def endless(_subject: Examined, report: Report) -> object:
        begun.set()
        while True:
            report("measuring for ever", None)

    observer.observe(endless, subject, alone=True)
    assert begun.wait(60)
    newer = replace(subject, step=41)
    observer.observe(lambda _subject, _report: "newer", newer, alone=False)
    found = [one for one in all_of(observer) if isinstance(one, Found | Refused)]
    assert [(one.found, one.subject.step) for one in found if isinstance(one, Found)] == [("newer", 41)]
    assert len(found) == 1
    assert not observer.busy


@pytest.mark.usefixtures("two_threads")
def test_a_measure_beside_a_training_leaves_the_next_training_its_threads(subject: Examined) -> None:
    observer = Observer()
    observer.observe(lambda _subject, _report: torch.get_num_threads(), subject, alone=False)
    assert [one.found for one in all_of(observer) if isinstance(one, Found)] == [1]
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 2


def test_what_is_measured_aside_does_not_count_as_slow(subject: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(observing, "monotonic", lambda: clock[0])

    def measure(_subject: Examined, _report: Report) -> str:
        clock[0] += 1
        with observing.aside():
            clock[0] += 20
        return "found"

    observer = Observer()
    observer.observe(measure, subject, alone=True)
    all_of(observer)
    assert observer.seconds == 1


# -- the rules of the page ---------------------------------------------------------------------------------------------


@pytest.fixture
def numbers(subject: Examined) -> Vitals:
    return vitals(subject, unheard)


@pytest.fixture
def looked(subject: Examined, numbers: Vitals) -> Inspection[str]:
    """At a panel that was measured in no time."""
    inspection: Inspection[str] = Inspection()
    assert inspection.look_at(subject)
    inspection.begin()
    assert inspection.take("filters", subject, numbers, "picture")
    return inspection


def test_what_was_measured_is_not_measured_again_until_there_is_a_newer_snapshot(
    looked: Inspection[str], subject: Examined
) -> None:
    assert not looked.due("filters")
    assert not looked.overtaken()
    assert looked.due("units")
    assert not looked.look_at(replace(subject, step=41))
    assert looked.due("filters")
    assert looked.overtaken()


def test_numbers_are_known_for_every_panel_of_the_same_snapshot(
    looked: Inspection[str], subject: Examined, numbers: Vitals
) -> None:
    looked.turn_to("units")
    assert looked.known is numbers
    assert looked.measured is None
    looked.look_at(replace(subject, step=41))
    assert looked.known is None


@pytest.mark.parametrize("why", ["slow", "not live"])
def test_a_training_that_goes_on_is_not_held_up_by_a_panel_that_is_slow_or_not_live(
    looked: Inspection[str], subject: Examined, why: str
) -> None:
    looked.running = True
    looked.seconds, looked.live = (2.5, True) if why == "slow" else (0.1, False)
    looked.look_at(replace(subject, step=41))
    assert not looked.due("filters")
    looked.running = False
    assert looked.due("filters")


def test_the_next_measure_waits_three_times_as_long_as_the_last_took(looked: Inspection[str]) -> None:
    looked.seconds = 0.01
    assert looked.pause == 0.5
    looked.seconds = 1.5
    assert looked.pause == 4.5


def test_a_refusal_stands_in_the_panels_place_until_another_is_shown(looked: Inspection[str], numbers: Vitals) -> None:
    newer = replace(present(looked.subject), step=41)
    looked.look_at(newer)
    assert not looked.take("filters", newer, numbers, ProbeError("That would take 3 days."))
    assert (looked.refusal, looked.known) == ("That would take 3 days.", numbers)
    looked.running = True
    assert not looked.due("filters")
    looked.turn_to("units")
    assert looked.refusal == ""


def test_a_measure_that_was_given_up_leaves_what_was_there_or_says_so(looked: Inspection[str]) -> None:
    looked.give_up()
    assert (looked.refusal, looked.overtaken()) == ("", False)
    looked.turn_to("units")
    looked.give_up()
    assert looked.refusal == "Cancelled. Press Measure to begin again."


def test_another_network_makes_all_forgotten(looked: Inspection[str], subject: Examined) -> None:
    assert looked.look_at(None)
    assert looked.refusal == str(NOTHING)
    assert looked.look_at(subject)
    assert (looked.measured, looked.known, looked.words, looked.refusal) == (None, None, "", "")
