"""What the studies find, without a window: curves, rows and sentences from what their work tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from aestudio.core.ground.errors import RunError
from aestudio.core.run.events import Evaluated
from aestudio.core.run.run import Run
from aestudio.core.theory.greedy import CompareEvent
from aestudio.core.theory.knobs import CODE_SIZE
from aestudio.core.theory.seeds import spread_of
from aestudio.core.theory.tradeoff import SweepEvent
from aestudio.core.theory.trains import HERE
from aestudio.core.training.controls import Controls
from aestudio.studio.background import plain_thread
from aestudio.studio.studies.curves import some_bars
from aestudio.studio.studies.estimating import Estimating
from aestudio.studio.studies.layer_by_layer import LayerByLayer, LayerwisePlan
from aestudio.studio.studies.plans import Planned, seeds_that_fit
from aestudio.studio.studies.study import StudyWork
from aestudio.studio.studies.tradeoff import Sweep, Tradeoff
from tests.core.conftest import small_dataset
from tests.present import present
from tests.studio.waiting import wait_until

RUN = Run.from_settings({"network": {"kind": "mlp", "widths": [6]}, "epochs": 2, "batch_size": 32})
DEEP = RUN.with_value("network.widths", [12, 6]).with_value("schedule", {"kind": "greedy", "layer_epochs": 2})
SWEEP = Sweep(RUN, CODE_SIZE, (2, 4), seeds=3)


def told(study: StudyWork, controls: Controls | None = None) -> Iterator[Any]:
    """All that its work tells, each taken in."""
    for one in study.work(HERE)(controls or Controls()):
        study.take(one)
        yield one


def done(study: StudyWork) -> list[Any]:
    return list(told(study))


# -- sweeps ------------------------------------------------------------------------------------------------------------


def test_a_sweep_has_a_row_and_a_point_of_each_curve_for_every_value_with_their_spread() -> None:
    study = Tradeoff(SWEEP, small_dataset())
    done(study)
    assert len(study.points) == 6
    errors = [spread_of(one.held_out_error for one in study.points if one.value == value) for value in (2, 4)]
    curves = {str(one.name): one for one in study.curves()}
    assert list(curves) == ["training error", "held-out error", "PCA floor, held out"]
    assert curves["held-out error"].x.tolist() == [2, 4]
    assert curves["held-out error"].y.tolist() == [present(one).mean for one in errors]
    assert present(curves["held-out error"].deviation).tolist() == [present(one).deviation for one in errors]
    assert [row.cells[:3:2] for row in study.rows()] == [
        ("2", present(errors[0]).text()),
        ("4", present(errors[1]).text()),
    ]
    assert "had the least held-out error" in str(study.verdict())


def test_errors_of_an_image_are_those_of_a_pixel_times_its_pixels() -> None:
    study = Tradeoff(SWEEP, small_dataset())
    done(study)
    one, other = (present(study.curves(factor)[1].deviation) for factor in (1.0, 64.0))
    assert other.tolist() == pytest.approx((64 * one).tolist())
    assert study.rows(64.0)[0].cells[2] == present(study.outcomes()[0].held_out_error).text(".2f", 64.0)


def test_while_a_sweep_runs_it_says_which_run_and_how_far_that_is() -> None:
    study = Tradeoff(SWEEP, small_dataset())
    assert study.where() is None
    said = []
    for one in told(study):
        if isinstance(one, SweepEvent):
            said.append(str(study.where()))
    assert said[0] == "Run 1 of 6, seed 0 (Code size 2): 0 %"
    assert "Run 6 of 6, seed 2 (Code size 4): 100 %" in said
    assert said[-1] == "Run 6 of 6, seed 2 (Code size 4): trained, is being measured"
    assert "Run 3 of 6, seed 1 (Code size 2): 0 %" in said


def test_after_one_seed_of_three_there_are_points_and_no_verdict() -> None:
    study = Tradeoff(SWEEP, small_dataset())
    for _ in told(study):
        if len(study.points) == 2:
            break
    assert [one.deviation for one in study.curves()] == [None, None, None]
    assert "One run of each says nothing" in str(study.verdict())


def test_what_cannot_begin_says_why() -> None:
    assert "no images" in Tradeoff(SWEEP, None).problem()
    assert "whole numbers" in Tradeoff(Sweep(RUN, CODE_SIZE, (2.5,)), small_dataset()).problem()
    assert "two layers" in LayerByLayer(LayerwisePlan(RUN, 1, 1), small_dataset()).problem()
    assert Tradeoff(SWEEP, small_dataset()).problem() == ""


def test_a_run_that_fails_is_a_row_that_says_why_and_counted_in_the_verdict() -> None:
    run = RUN.with_value("network", {"kind": "linear", "code_size": 4}).with_value("optimiser", "sgd")
    study = Tradeoff(Sweep(run.with_value("epochs", 50), "optimiser.learning_rate", (0.001, 10.0)), small_dataset())
    done(study)
    good, bad = study.rows()
    assert bad.cells[1:3] == ("–", "–")
    assert "not finite" in bad.trouble
    assert good.trouble == ""
    assert str(study.verdict()) == "1 run failed; point at its row to read why."


# -- layer by layer ----------------------------------------------------------------------------------------------------


def test_both_ways_are_drawn_as_the_mean_of_the_seeds_that_are_complete() -> None:
    study = LayerByLayer(LayerwisePlan(DEEP, 2, 2, seeds=3), small_dataset())
    events = [one for one in done(study) if isinstance(one, CompareEvent)]
    curves = {str(one.name): one for one in study.curves()}
    assert list(curves) == ["End to end", "Layer by layer", "Layer by layer, fine-tuned"]
    for curve in curves.values():
        assert not curve.is_running
    ends = [
        [one.error for one in events if one.index == index and one.way == "end to end" and one.error is not None][-1]
        for index in range(3)
    ]
    assert curves["End to end"].y[-1] == pytest.approx(np.mean(ends))
    assert present(curves["End to end"].deviation)[-1] == pytest.approx(np.std(ends, ddof=1))
    assert study.rows()[0].cells[2] == present(study.outcome()).end_to_end_fine_tuned.text()
    assert len(study.rows()[0].cells[2].split("±")) == 2


def test_no_line_leads_over_the_border_of_two_layers() -> None:
    study = LayerByLayer(LayerwisePlan(DEEP, 2, 2), small_dataset())
    events = [one for one in done(study) if isinstance(one, CompareEvent)]
    curve = study.curves()[1]
    scores = [one.event for one in events if one.curve == "layer by layer" and one.error is not None]
    phases = [one.phase for one in scores if isinstance(one, Evaluated)]
    (end,) = [place for place in range(len(phases) - 1) if phases[place] != phases[place + 1]]
    assert np.flatnonzero(~present(curve.joined)).tolist() == [end]
    assert [(str(one.name), one.spent) for one in study.borders()] == [
        ("layer 1: 12 units", 0.0),
        ("layer 2: 6 units", pytest.approx(curve.x[end])),
        ("fine-tuning", pytest.approx(2.0)),
    ]


def test_the_seed_that_is_trained_is_drawn_beside_the_mean_of_those_before() -> None:
    study = LayerByLayer(LayerwisePlan(DEEP, 1, 1, seeds=2), small_dataset())
    for one in told(study):
        if isinstance(one, CompareEvent) and one.index == 1 and one.way == "layer by layer":
            break
    assert [(str(one.name), one.is_running) for one in study.curves()] == [
        ("End to end", False),
        ("End to end", True),
        ("Layer by layer", False),
        ("Layer by layer, fine-tuned", False),
    ]
    assert str(study.where()).startswith("Run 4 of 4, seed 1 (Layer by layer): ")
    assert "One run of each says nothing" in str(study.verdict())


def test_of_a_long_curve_some_bars_are_drawn_the_last_among_them() -> None:
    drawn = some_bars(np.ones(100))
    assert 8 <= np.count_nonzero(drawn) <= 12
    assert drawn[-1] == 1
    assert some_bars(np.ones(5)).tolist() == [1] * 5


# -- before it begins --------------------------------------------------------------------------------------------------


def test_a_plan_says_how_many_runs_and_epochs_and_then_how_long() -> None:
    planned = Tradeoff(SWEEP, small_dataset()).planned()
    assert str(planned.words()) == "6 runs × 2 epochs"
    assert str(planned.words(120)) == "6 runs × 2 epochs: about 2 minutes"
    other = Tradeoff(Sweep(RUN, "epochs", (1, 4)), small_dataset()).planned()
    assert str(other.words(120)) == "2 runs, 5 epochs together: about 2 minutes"


def test_several_seeds_are_offered_where_they_take_less_than_ten_minutes() -> None:
    assert [seeds_that_fit(3, seconds) for seconds in (10, 600, 601)] == [3, 3, 1]


def test_the_newest_question_is_answered_and_an_older_one_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []

    def measured(runs: tuple[Run, ...], _data: Any, *, report: Any) -> float:
        begun.append(len(runs))
        while len(runs) == 1:  # until somebody breaks it off
            report("", None)
        return float(len(runs))

    monkeypatch.setattr("aestudio.studio.studies.estimating.estimate", measured)
    data, asking = small_dataset(), Estimating(plain_thread)
    one, two = (Planned((RUN,) * count, data) for count in (1, 2))
    asking.ask(one)
    wait_until(lambda: begun == [1])
    asking.ask(two)
    asking.ask(two)
    wait_until(lambda: asking.tick())
    assert asking.seconds(two) == 2.0
    assert asking.seconds(one) is None
    asking.ask(two)
    assert not asking.running
    assert begun == [1, 2]


def test_an_estimate_that_nobody_waits_for_is_broken_off() -> None:
    asking = Estimating(plain_thread)
    asking.ask(Planned((RUN,) * 50, small_dataset()))
    assert asking.close(60)
    asking.tick()
    assert not asking.running


def test_runs_that_cannot_be_have_no_time() -> None:
    asking = Estimating(plain_thread)
    asking.ask(Planned((DEEP.with_value("network.widths", [5]),), small_dataset()))
    wait_until(lambda: not asking.tick() and not asking.running)
    with pytest.raises(RunError):
        Tradeoff(Sweep(RUN, "seed", (1, 2), seeds=2), small_dataset()).planned()
