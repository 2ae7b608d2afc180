"""What a training has said of its losses, without a plot."""

from __future__ import annotations

import numpy as np
import pytest

from aestudio.studio.loss_history import LossHistory


@pytest.fixture
def history() -> LossHistory:
    """Two terms over four steps, the second with weight 2; scored after the third."""
    made = LossHistory(("error", "l1"))
    terms = np.array([[4, 1], [3, 1], [2, 1], [1, 1]], np.float32)
    made.add_train(1, terms[:2], np.array([1, 2], np.float32))
    made.add_train(3, terms[2:], np.array([1, 2], np.float32))
    made.add_held_out(3, {"error": 2.5, "l1": 1.5}, {"error": 2.5, "l1": 3.0})
    return made


def test_the_total_is_the_sum_of_the_weighted_terms_in_both_readings(history: LossHistory) -> None:
    assert history.trained(2, weighted=True).tolist() == history.trained(2, weighted=False).tolist() == [6, 5, 4, 3]
    assert history.trained(1, weighted=True).tolist() == [2, 2, 2, 2]
    assert history.trained(1, weighted=False).tolist() == [1, 1, 1, 1]
    steps, total = history.held_out(2, weighted=False)
    assert (steps.tolist(), total.tolist()) == ([3], [5.5])


def test_a_moving_average_goes_on_where_it_was_and_begins_anew_in_another_reading(history: LossHistory) -> None:
    history.smooth_by(0.5, weighted=True)
    assert len(history.smoothed(0)) == 4
    history.add_train(5, np.array([[1, 1]], np.float32), np.array([1, 2], np.float32))
    grown = history.smoothed(0).copy()
    history.smooth_by(0.5, weighted=True)
    assert np.array_equal(history.smoothed(0), grown)
    assert len(grown) == 5
    history.smooth_by(0.5, weighted=False)
    assert history.smoothed(1) == pytest.approx(np.ones(5))


def test_the_nearest_step_is_read_with_the_nearest_score(history: LossHistory) -> None:
    assert [history.nearest(x) for x in (-9, 1.4, 1.6, 99)] == [0, 0, 1, 3]
    assert history.readings(3, [0, 1], weighted=True) == [
        ("step 4", [1.0, 2.0]),
        ("held-out, step 3", [2.5, 3.0]),
    ]


def test_a_line_that_was_dragged_is_one_change(history: LossHistory) -> None:
    history.add_train(5, np.ones((996, 2), np.float32), np.ones(2, np.float32))
    history.mark_change(100, "ρ̂", "0.1", "0.2")
    history.mark_change(110, "ρ̂", "0.2", "0.3")
    history.mark_change(600, "ρ̂", "0.3", "0.1")
    assert history.changes() == [(110.0, "ρ̂ 0.1 → 0.3"), (600.0, "ρ̂ 0.3 → 0.1")]


def test_nothing_is_to_be_drawn_before_something_was_said() -> None:
    empty = LossHistory(("error",))
    assert not empty
    empty.add_held_out(0, {"error": 9.0}, {"error": 9.0})
    assert empty
