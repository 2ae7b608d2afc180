"""Curves: every loss point as arrays, their files, and thinning, cutting and telling them again."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aestudio.core.run.events import Changed, Evaluated, Event, Progress
from aestudio.core.run.history import CurveRecorder, Curves, evaluation, events
from tests.core.conftest import small_dataset
from tests.core.trainings import NOISY, Keeping, curves_of, scores, train

GREEDY = NOISY.with_value("network.widths", [12, 6]).with_value("schedule", {"kind": "greedy", "layer_epochs": 1})


def heard(said: Iterable[Event], before: Curves | None = None) -> Curves:
    recorder = CurveRecorder(before)
    for event in said:
        recorder.read(event)
    return recorder.curves()


def made(steps: Iterable[int], phases: tuple[tuple[int, str], ...] = ((1, "end to end"),), seed: int = 0) -> Curves:
    """Curves with two terms at these steps."""
    rng = np.random.default_rng(seed)
    at = np.asarray(list(steps), np.int64)
    size = (len(at), 2)
    scored = tuple(
        evaluation(step, step // 6, split, "end to end", {"a": 1.5, "b": 2.0}, {"a": 1.5, "b": 0.2}, {"psnr": 9.0})
        for step in (0, 6, 12, 18)
        for split in ("train", "held-out")
    )
    return Curves(
        ("a", "b"),
        at,
        rng.standard_normal(size).astype(np.float32),
        rng.random(size).astype(np.float32),
        phases,
        scored,
        (Changed(6, {"penalties.a.weight": (1.0, 0.5)}), Changed(9, {"penalties.a.weight": (0.5, 2.0)})),
    )


def assert_same(one: Curves, other: Curves) -> None:
    for name in ("steps", "terms", "weights"):
        assert getattr(one, name).dtype == getattr(other, name).dtype
        assert getattr(one, name).shape == getattr(other, name).shape
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    assert (one.names, one.phases, one.evaluations) == (other.names, other.phases, other.evaluations)
    assert one.changes == other.changes


# -- recording ---------------------------------------------------------------------------------------------------------


def test_a_recorder_tells_every_point_and_score_that_was_said() -> None:
    whole = train(GREEDY)
    curves = heard(whole)
    kept: tuple[np.ndarray, ...] = (curves.steps, curves.terms, curves.weights)
    for held, said in zip(kept, curves_of(whole), strict=True):
        assert held.tobytes() == said.tobytes()
    assert curves.names == ("reconstruction", "l1")
    assert curves.phases == ((1, "layer 1"), (7, "layer 2"), (13, "fine-tuning"))
    assert list(curves.evaluations) == scores(whole)
    assert list(curves.held_out()) == [one for one in scores(whole) if one.split == "held-out"]
    assert curves.weighted.tolist() == (curves.terms * curves.weights).tolist()
    assert curves.objective.tolist() == curves.weighted.sum(1).tolist()
    assert [curves.phase_of(step) for step in (0, 1, 6, 7, 12, 13, 30)] == [
        *("", "layer 1", "layer 1", "layer 2", "layer 2", "fine-tuning", "fine-tuning")
    ]


def test_a_recorder_that_has_heard_nothing_tells_nothing() -> None:
    curves = CurveRecorder().curves()
    assert (len(curves.steps), curves.terms.shape, curves.evaluations, curves.names) == (0, (0, 0), (), ())
    assert curves.objective.shape == (0,)
    assert list(events(curves)) == []


def test_scores_before_the_first_step_are_told() -> None:
    first = next(event for event in train(GREEDY) if isinstance(event, Evaluated))
    assert heard([first]).evaluations == (first,)


def test_a_recorder_of_a_resumed_training_tells_all_of_it(tmp_path: Any) -> None:
    """Whether it goes on in the middle of an epoch, of a phase, or between two phases."""
    whole = heard(train(GREEDY))
    keeping = Keeping(tmp_path)
    train(GREEDY, keeper=keeping)
    for one in keeping.kept():
        rest = train(GREEDY, small_dataset(), resume=one)
        assert_same(heard(rest, whole.until(one.position.step)), whole)


# -- telling them again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "phases", "stretches"),
    [
        (range(1, 19), ((1, "end to end"),), [(1, 18)]),
        (range(1, 19), ((1, "layer 1"), (7, "layer 2"), (13, "fine-tuning")), [(1, 6), (7, 6), (13, 6)]),
        ([1, 2, 3, 7, 8, 12], ((1, "end to end"),), [(1, 3), (7, 2), (12, 1)]),
        ([1, 2, 6, 7, 8], ((1, "layer 1"), (7, "layer 2")), [(1, 2), (6, 1), (7, 2)]),
        ([5], ((5, "end to end"),), [(5, 1)]),
        ([3, 4, 5, 6], ((3, "layer 1"), (6, "layer 2")), [(3, 3), (6, 1)]),
        ([], (), []),
    ],
)
def test_curves_are_told_again_in_stretches_without_gaps(
    steps: Iterable[int], phases: tuple[tuple[int, str], ...], stretches: list[tuple[int, int]]
) -> None:
    curves = made(steps, phases)
    said = list(events(curves))
    progress = [event for event in said if isinstance(event, Progress)]
    assert [(event.first_step, len(event.terms)) for event in progress] == stretches
    assert all(event.phase == curves.phase_of(event.first_step) for event in progress)
    assert said[len(progress) :] == [*curves.evaluations, *curves.changes]
    assert_same(heard(said), curves if stretches else Curves(evaluations=curves.evaluations, changes=curves.changes))


@given(st.sets(st.integers(1, 200), max_size=60), st.sets(st.integers(2, 200), max_size=4))
def test_whatever_is_told_again_is_heard_as_it_was(steps: set[int], begins: set[int]) -> None:
    """But for phases of which there is no point, and the first step of one whose first point is missing."""
    ordered = sorted(steps)
    phases = tuple((first, f"phase {first}") for first in sorted({1, *begins}))
    curves = made(ordered, phases)
    again = heard(events(curves))
    for name in ("steps", "terms", "weights"):
        assert getattr(again, name).tobytes() == getattr(curves, name).tobytes()
    assert [again.phase_of(step) for step in ordered] == [curves.phase_of(step) for step in ordered]
    assert again.evaluations == curves.evaluations


# -- thinning and cutting ----------------------------------------------------------------------------------------------


@given(st.integers(0, 400), st.integers(2, 60))
def test_thinning_keeps_the_ends_and_at_most_so_many(count: int, most: int) -> None:
    curves = made(range(1, count + 1))
    thin = curves.thinned(most)
    assert len(thin.steps) == min(count, most)
    assert len(thin.evaluations) == min(len(curves.evaluations), most)
    assert thin.steps.tolist() == sorted(set(thin.steps.tolist()))
    if count:
        assert (thin.steps[0], thin.steps[-1]) == (1, count)
    rows = thin.steps - 1
    assert thin.terms.tobytes() == curves.terms[rows].tobytes()
    assert thin.weights.tobytes() == curves.weights[rows].tobytes()
    assert (thin.evaluations[0], thin.evaluations[-1]) == (curves.evaluations[0], curves.evaluations[-1])
    assert (thin.names, thin.phases) == (curves.names, curves.phases)
    if len(thin.steps) > 2:
        gaps = np.diff(thin.steps)
        assert gaps.max() - gaps.min() <= 1 + 1


@pytest.mark.parametrize("step", [0, 1, 6, 7, 17, 18, 99])
def test_what_had_happened_by_a_step_is_all_up_to_it(step: int) -> None:
    curves = made(range(1, 19), ((1, "layer 1"), (7, "layer 2")))
    cut = curves.until(step)
    assert cut.steps.tolist() == [at for at in range(1, 19) if at <= step]
    assert cut.terms.tobytes() == curves.terms[:step].tobytes()
    assert cut.weights.tobytes() == curves.weights[:step].tobytes()
    assert cut.phases == tuple(phase for phase in curves.phases if phase[0] <= step)
    assert {one.step for one in cut.evaluations} == {at for at in (0, 6, 12, 18) if at <= step}


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_csv_has_a_row_for_every_step_and_seven_digits() -> None:
    curves = made([1, 2, 3, 7], ((1, "layer 1"), (3, "fine-tuning, all")))
    rows = list(csv.DictReader(io.StringIO(curves.to_csv())))
    assert list(rows[0]) == ["step", "phase", "a", "b", "weight of a", "weight of b", "objective"]
    assert [(row["step"], row["phase"]) for row in rows] == [
        *(("1", "layer 1"), ("2", "layer 1")),
        *(("3", "fine-tuning, all"), ("7", "fine-tuning, all")),
    ]
    for row, terms, entering, objective in zip(rows, curves.terms, curves.weights, curves.objective, strict=True):
        told = [float(row[name]) for name in ("a", "b", "weight of a", "weight of b", "objective")]
        np.testing.assert_allclose(told, [*terms, *entering, objective], rtol=1e-6)
    assert Curves(names=("a",), terms=np.zeros((0, 1), np.float32)).to_csv().count("\n") == 1


@given(st.integers(0, 40), st.integers(0, 1000))
def test_json_holds_everything_to_seven_digits(count: int, seed: int) -> None:
    curves = made(range(1, count + 1), ((1, "layer 1"), (5, "“layer” 2\n")), seed)
    again = Curves.from_json(curves.to_json())
    assert again.steps.tolist() == curves.steps.tolist()
    for name in ("terms", "weights"):
        assert getattr(again, name).shape == (count, 2)
        np.testing.assert_allclose(getattr(again, name), getattr(curves, name), rtol=1e-6)
    assert (again.names, again.phases, again.evaluations) == (curves.names, curves.phases, curves.evaluations)
    assert_same(Curves.from_json(again.to_json()), again)  # nothing is lost the second time


def test_json_holds_what_is_no_number(tmp_path: Any) -> None:
    score = evaluation(0, 0, "held-out", "", {"a": math.inf}, {"a": math.inf}, {"psnr": math.inf})
    curves = Curves(("a",), np.array([1]), np.array([[np.inf]], np.float32), np.ones((1, 1), np.float32), (), (score,))
    assert_same(Curves.from_json(curves.to_json()), curves)


def test_an_empty_history_comes_back_empty() -> None:
    assert_same(Curves.from_json(Curves().to_json()), Curves())


WHOLE = json.loads(made(range(1, 4)).to_json())
REQUIRED = [name for name in WHOLE if name != "changes"]  # which files of 0.1.0 do not have


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[]",
        "null",
        "7",
        "{}",
        *(json.dumps({name: value for name, value in WHOLE.items() if name != left_out}) for left_out in REQUIRED),
        *(json.dumps(WHOLE | {name: wrong}) for name in WHOLE for wrong in (7, None, ["x"], [[1, 2, 3, 4]])),
        json.dumps(WHOLE | {"evaluations": [[0, 0, "neither", "", {}, {}, {}]]}),
        json.dumps(WHOLE | {"evaluations": [[0, 0, "train", "", {"a": "x"}, {}, {}]]}),
        json.dumps(WHOLE | {"evaluations": [[0, 0, "train", ""]]}),
        json.dumps(WHOLE | {"steps": [1, 2, 10**30]}),
    ],
)
def test_a_text_that_holds_something_else_raises_what_the_model_file_knows(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError, OverflowError)):
        Curves.from_json(text)


def test_the_objective_of_an_evaluation_is_the_sum_of_what_enters_it() -> None:
    one = evaluation(6, 1, "train", "layer 1", {"a": 2, "b": 3}, {"a": 2, "b": 0.3}, {})
    assert (one.objective, one.terms) == (2.3, {"a": 2.0, "b": 3.0})
    with pytest.raises(ValueError, match="there is no split 'test'"):
        evaluation(6, 1, "test", "layer 1", {}, {}, {})
