"""Several seeds: what a number is worth, what may be concluded, and what the studies and their commands say of it."""

from __future__ import annotations

import json
from statistics import fmean, stdev
from typing import Any

import pytest

from aestudio.cli import main
from aestudio.core.ground.errors import Cancelled, RunError
from aestudio.core.run.events import Evaluated, Finished, Started
from aestudio.core.run.run import Run, differences
from aestudio.core.theory.estimate import estimate
from aestudio.core.theory.greedy import Compared, CompareEvent, borders, compare
from aestudio.core.theory.seeds import SEEDS, Spread, differ, spread_of, with_seeds
from aestudio.core.theory.tradeoff import Point, SweepEvent, outcomes, runs, sweep
from aestudio.core.theory.verdicts import best_of, verdict
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset

RUN = Run.from_settings({"title": "Small", "network": {"kind": "mlp", "widths": [6]}, "epochs": 2, "batch_size": 32})
DEEP = RUN.with_value("network.widths", [12, 6]).with_value("schedule", {"kind": "greedy", "layer_epochs": 2})


def point(value: float, error: float | None, seed: int = 0) -> Point:
    return Point(0, value, seed, error, error, None, 1.0, 0)


def compared(*, together: float, greedily: float) -> Compared:
    seconds: Any = {"end to end": 1.0, "layer by layer": 1.0}
    return Compared(3, 5, 0.5, 0.4, greedily, together, seconds, {"end to end": 0, "layer by layer": 0})


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_a_spread_is_mean_and_standard_deviation_of_what_was_measured() -> None:
    found = spread_of([0.1, None, 0.2, 0.6])
    assert found is not None
    assert found.count == 3
    assert found.mean == pytest.approx(0.3)
    assert found.deviation == pytest.approx(stdev([0.1, 0.2, 0.6]))
    assert found.text() == "0.30000 ± 0.26458"
    assert found.text(".1f", 10) == "3.0 ± 2.6"


def test_one_run_has_no_deviation_and_none_no_spread() -> None:
    one = spread_of([0.1])
    assert one == Spread(0.1, None, 1)
    assert one.text() == "0.10000"
    assert spread_of([None]) is None


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (Spread(1.0, 0.2, 3), Spread(1.5, 0.2, 3), True),
        (Spread(1.0, 0.3, 3), Spread(1.5, 0.3, 3), False),
        (Spread(1.0, 0.01, 2), Spread(1.5, 0.01, 3), False),
        (Spread(1.0, None, 1), Spread(9.0, None, 1), False),
    ],
)
def test_two_ways_differ_where_enough_runs_do_not_overlap(one: Spread, other: Spread, said: bool) -> None:
    assert differ(one, other) == differ(other, one) == said


def test_runs_with_several_seeds_differ_in_seed_and_title_alone() -> None:
    made = with_seeds(RUN.with_value("seed", SEEDS - 2), 3)
    assert [one.seed for one in made] == [SEEDS - 2, SEEDS - 1, 0]
    assert [one.title for one in made] == [f"Small · seed {one.seed}" for one in made]
    assert set(differences(made[0], made[2])) == {"seed", "title"}
    assert with_seeds(RUN, 1) == [RUN]
    with pytest.raises(RunError, match="at least one seed, and 0 is none"):
        with_seeds(RUN, 0)


# -- what is concluded -------------------------------------------------------------------------------------------------


def test_one_run_of_each_is_no_verdict() -> None:
    found = verdict([compared(together=0.9, greedily=0.1)])
    assert found.better is None
    assert "One run of each says nothing about which is better" in str(found.words())
    assert "was better" not in str(found.words())


def test_two_runs_of_each_are_too_few() -> None:
    found = verdict([compared(together=0.9, greedily=0.1)] * 2)
    assert found.better is None
    assert "2 runs of each are too few" in str(found.words())


def test_runs_that_overlap_show_no_clear_difference() -> None:
    found = verdict([compared(together=a, greedily=b) for a, b in ((0.3, 0.2), (0.2, 0.4), (0.4, 0.1))])
    assert found.better is None
    assert "no clear difference" in str(found.words())
    assert "0.30000 ± 0.10000" in str(found.words())


@pytest.mark.parametrize("together", [0.1, 0.9])
def test_runs_that_do_not_overlap_say_which_way_was_better(together: float) -> None:
    found = verdict([compared(together=together + more, greedily=0.5 + more) for more in (0.0, 0.01, 0.02)])
    assert found.better == ("end to end" if together < 0.5 else "layer by layer")
    assert "was better" in str(found.words())


def test_the_best_value_of_a_sweep_is_named_with_those_that_cannot_be_told_from_it() -> None:
    errors = {2: (0.9, 0.91, 0.92), 4: (0.5, 0.52, 0.54), 8: (0.49, 0.51, 0.55)}
    found = outcomes(point(value, error) for value, some in errors.items() for error in some)
    said = str(best_of(found, "Code size"))
    assert said.startswith("Code size 8 had the least held-out error: 0.51667 ± ")
    assert "no clear difference to 4:" in said
    alone = outcomes(point(value, error) for value in (2, 8) for error in errors[value])
    assert "All others are worse" in str(best_of(alone, "Code size"))


def test_a_sweep_of_one_seed_is_told_that_it_says_nothing() -> None:
    said = str(best_of(outcomes([point(2, 0.9), point(4, 0.1)]), "Code size"))
    assert said.startswith("Code size 4 had the least held-out error: 0.10000.")
    assert "One run of each says nothing" in said
    assert best_of(outcomes([point(2, 0.9), point(4, None)]), "Code size") is None


# -- sweeps and comparisons --------------------------------------------------------------------------------------------


def test_a_sweep_trains_every_value_before_the_next_seed_comes() -> None:
    every = list(sweep(RUN, "code-size", [2, 4], small_dataset(), seeds=2))
    found = [one for one in every if isinstance(one, Point)]
    assert [(one.index, one.value, one.seed) for one in found] == [(0, 2, 0), (1, 4, 0), (2, 2, 1), (3, 4, 1)]
    done = [one.done for one in every if isinstance(one, SweepEvent)]
    assert done == sorted(done)
    assert done[-1] == 1
    first, second = (one for one in found if one.value == 2)
    assert first.held_out_error != second.held_out_error
    (two, four) = outcomes(found)
    assert (two.value, four.value, len(two.points)) == (2, 4, 2)
    assert two.held_out_error == spread_of(one.held_out_error for one in found if one.value == 2)


def test_the_first_seed_of_a_sweep_is_the_sweep_of_one_seed() -> None:
    one = [p for p in sweep(RUN, "code-size", [2, 4], small_dataset()) if isinstance(p, Point)]
    several = [p for p in sweep(RUN, "code-size", [2, 4], small_dataset(), seeds=2) if isinstance(p, Point)]
    assert [p.held_out_error for p in several[:2]] == [p.held_out_error for p in one]


def test_the_seed_itself_is_swept_once() -> None:
    assert len(runs(RUN, "seed", [0, 1, 2])) == 3
    with pytest.raises(RunError, match="turns the seed itself"):
        runs(RUN, "seed", [0, 1, 2], 3)


def test_a_comparison_trains_both_ways_with_every_seed() -> None:
    every = list(compare(DEEP, small_dataset(), seeds=2))
    found = [one for one in every if isinstance(one, Compared)]
    assert [one.seed for one in found] == [0, 1]
    assert found[0].end_to_end != found[1].end_to_end
    events = [one for one in every if isinstance(one, CompareEvent)]
    assert [(one.index, one.way) for one in events if isinstance(one.event, Started)] == [
        (0, "end to end"),
        (0, "layer by layer"),
        (1, "end to end"),
        (1, "layer by layer"),
    ]
    done = [one.done for one in events]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(1)
    said = verdict(found)
    assert said.end_to_end.mean == pytest.approx(fmean(one.end_to_end for one in found))


def test_the_borders_of_phases_lie_where_the_curve_jumps() -> None:
    data = small_dataset()
    events = [one for one in compare(DEEP, data) if isinstance(one, CompareEvent) and one.way == "layer by layer"]
    first: dict[str, float] = {}
    for one in events:
        if isinstance(one.event, Evaluated) and one.event.split == "held-out":
            first.setdefault(one.event.phase, one.spent)
    assert dict(borders(DEEP, data)) == pytest.approx(first)


# -- before it begins --------------------------------------------------------------------------------------------------


def test_the_estimate_of_many_runs_is_more_than_that_of_few_and_trains_nothing_that_stays() -> None:
    data = small_dataset()
    few, many = estimate(with_seeds(RUN, 1), data), estimate(with_seeds(RUN.with_value("epochs", 2000), 3), data)
    assert 0 < few < many
    before = next(e.weights for e in fit(RUN, data) if isinstance(e, Finished))
    estimate([RUN], data)
    after = next(e.weights for e in fit(RUN, data) if isinstance(e, Finished))
    assert before is not None
    assert after is not None
    assert all(tensor.equal(after[name]) for name, tensor in before.items())


def test_an_estimate_looks_at_every_phase() -> None:
    data = small_dataset()
    long = DEEP.with_value("schedule.layer_epochs", 4000)
    assert estimate([long], data) > 10 * estimate([DEEP.with_value("schedule.layer_epochs", 20)], data)


def test_an_estimate_can_be_broken_off_and_needs_runs_that_fit() -> None:
    def report(_doing: str, _done: float | None) -> None:
        raise Cancelled("Over.")

    with pytest.raises(Cancelled):
        estimate([RUN], small_dataset(), report=report)
    with pytest.raises(RunError):
        estimate([DEEP.with_value("network.widths", [5])], small_dataset())


# -- the commands ------------------------------------------------------------------------------------------------------

SWEEP = ("sweep", "undercomplete", "--data", "digits", "--epochs", "1", "--device", "cpu", "--no-probe", "--no-library")
COMPARE = ("compare", "deep-greedy", "--data", "digits", "--set", "network.widths=12,6", "--device", "cpu")


def test_the_sweep_prints_mean_and_deviation_of_three_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SWEEP, "--values", "2,16"]) == 0
    plan, _heading, *rows, conclusion = capsys.readouterr().out.splitlines()
    assert plan.startswith("6 runs × 1 epoch: about ")
    assert [row.split()[0] for row in rows if row.count("±") == 2] == ["2", "16"]
    assert "Code size 16 had the least held-out error" in conclusion


def test_the_sweep_as_json_has_the_numbers_of_all_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SWEEP, "--values", "2,8", "--seeds", "2", "--json"]) == 0
    lines = [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]
    plan, *_, verdict_ = lines
    assert (plan["event"], plan["runs"]) == ("Planned", 4)
    assert plan["seconds"] > 0
    points = [line for line in lines if line["event"] == "Point"]
    found = [line for line in lines if line["event"] == "Outcome"]
    assert [(one["value"], one["seed"]) for one in points] == [(2, 0), (8, 0), (2, 1), (8, 1)]
    assert [one["value"] for one in found] == [2, 8]
    assert found[0]["held_out_error"]["count"] == 2
    assert found[0]["held_out_error"]["mean"] == pytest.approx(
        fmean(one["held_out_error"] for one in points if one["value"] == 2)
    )
    assert verdict_["event"] == "Verdict"


def test_the_comparison_as_json_ends_with_a_verdict_over_the_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ("--epochs", "1", "--layer-epochs", "1", "--no-library", "--json", "--seeds", "2")
    assert main([*COMPARE, *wanted]) == 0
    lines = [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]
    last = lines[-1]
    assert (last["event"], last["better"]) == ("Verdict", None)
    assert last["end_to_end"]["count"] == 2
    assert "too few" in last["sentence"]
    assert [one["seed"] for one in lines if one["event"] == "Compared"] == [0, 1]
    assert {(one["seed"], one["index"]) for one in lines if one["event"] == "Started"} == {(0, 0), (1, 1)}
