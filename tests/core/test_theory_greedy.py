"""Layer by layer against end to end: that the budgets are equal, and that both are told from beginning to end."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from aestudio.cli import main
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.events import Evaluated, Finished, Preview, Progress, Started
from aestudio.core.run.run import Run, differences
from aestudio.core.theory.greedy import Compared, CompareEvent, compare, runs
from aestudio.core.theory.trains import Here
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset

DEEP = Run.from_settings(
    {
        "title": "Deep",
        "network": {"kind": "mlp", "widths": [12, 6, 4]},
        "optimiser": {"kind": "adam", "learning_rate": 0.01},
        "schedule": {"kind": "greedy", "layer_epochs": 4},
        "rate": "cosine",
        "epochs": 5,
        "batch_size": 16,
    }
)


def told(run: Run = DEEP, **more: Any) -> tuple[list[CompareEvent], Compared | None]:
    every = list(compare(run, small_dataset(), **more))
    *events, last = every
    assert all(isinstance(one, CompareEvent) for one in events)
    return [one for one in every if isinstance(one, CompareEvent)], last if isinstance(last, Compared) else None


def of(way: str, events: list[CompareEvent]) -> list[CompareEvent]:
    return [one for one in events if one.way == way]


# -- equal budget ------------------------------------------------------------------------------------------------------


def test_the_two_runs_differ_in_nothing_but_their_schedule() -> None:
    both = runs(DEEP, (1, 8, 8))
    paths = differences(both["end to end"], both["layer by layer"])
    assert {path.partition(".")[0] for path in paths} == {"title", "schedule"}
    assert [one.title for one in both.values()] == ["Deep · end to end", "Deep · layer by layer"]


def test_an_ending_cuts_neither_of_them_short() -> None:
    still = DEEP.with_value("optimiser.learning_rate", 0.0).with_value("endings.patience.epochs", 1)
    events, compared = told(still)
    assert compared is not None
    ends = [one.event for one in events if isinstance(one.event, Finished)]
    assert [(end.reason, end.step) for end in ends] == [("completed", 9 * 6), ("completed", (3 * 4 + 5) * 6)]


@pytest.mark.parametrize("network", [DEEP.network, {"kind": "conv", "channels": [4, 6], "code_size": 5}])
def test_both_ways_give_every_layer_the_same_steps_and_do_the_same_work(network: Any) -> None:
    run = DEEP.with_value("network", network if isinstance(network, dict) else network.model_dump())
    stages = run.network.build((1, 8, 8))
    steps: dict[str, list[int]] = {}
    work: dict[str, int] = {}
    for way, one in runs(run, (1, 8, 8)).items():
        phases = one.schedule.phases(one.epochs, len(stages))
        steps[way] = [sum(p.epochs for p in phases if p.span.first <= i < p.span.last) for i in range(len(stages))]
        work[way] = sum(p.epochs * sum(s.work() for s in stages[p.span.first : p.span.last]) for p in phases)
    assert steps["end to end"] == steps["layer by layer"] == [4 + 5] * len(stages)
    assert work["end to end"] == work["layer by layer"]


def test_what_is_spent_is_equal_where_the_curves_are_compared() -> None:
    events, found = told()
    assert found is not None
    assert (found.budget, found.fine_tuning) == (4, 5)
    for way, last in (("end to end", "end to end"), ("layer by layer", "layer 3")):
        mine = of(way, events)
        assert [one.spent for one in mine] == sorted(one.spent for one in mine)
        before = [one for one in mine if isinstance(one.event, Evaluated) and one.event.phase == last]
        assert before[-1].spent == pytest.approx(4)
        assert mine[-1].spent == pytest.approx(9)
        assert mine[0].spent == 0
    done = [one.done for one in events]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] == pytest.approx(1)


def test_an_epoch_of_one_layer_costs_its_share_of_the_work() -> None:
    stages = [stage.work() for stage in DEEP.network.build((1, 8, 8))]
    events = of("layer by layer", told()[0])
    first = [one for one in events if isinstance(one.event, Evaluated) and one.event.phase == "layer 1"]
    assert first[-1].spent == pytest.approx(4 * stages[0] / sum(stages))


def test_both_ways_begin_with_the_same_weights() -> None:
    one, other = (Autoencoder(run, (1, 8, 8)) for run in runs(DEEP, (1, 8, 8)).values())
    assert all(a.equal(b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


# -- what is told ------------------------------------------------------------------------------------------------------


def test_there_are_three_curves_and_each_begins_where_it_should() -> None:
    events, _ = told()
    curves = list(dict.fromkeys(one.curve for one in events))
    assert curves == ["end to end", "layer by layer", "layer by layer, fine-tuned"]
    points = {curve: [one for one in events if one.curve == curve and one.error is not None] for curve in curves}
    fine_tuned = points["layer by layer, fine-tuned"]
    assert fine_tuned[0].error == points["layer by layer"][-1].error
    assert fine_tuned[0].spent == points["layer by layer"][-1].spent == pytest.approx(4)
    assert points["end to end"][-1].spent == fine_tuned[-1].spent == pytest.approx(9)
    assert [type(one.event) for one in events if isinstance(one.event, Started | Finished)] == [Started, Finished] * 2


def test_the_verdict_says_what_the_events_said() -> None:
    events, found = told()
    assert found is not None
    scores = {
        (one.way, one.event.phase): one.error
        for one in events
        if isinstance(one.event, Evaluated) and one.error is not None
    }
    assert found.end_to_end == scores["end to end", "end to end"]
    assert found.end_to_end_fine_tuned == scores["end to end", "fine-tuning"]
    assert found.layer_by_layer == scores["layer by layer", "layer 3"]
    assert found.layer_by_layer_fine_tuned == scores["layer by layer", "fine-tuning"]
    assert found.layer_by_layer_fine_tuned < found.layer_by_layer
    assert found.numbers == {"end to end": 0, "layer by layer": 0}
    assert all(seconds > 0 for seconds in found.seconds.values())


def test_reconstructions_come_where_somebody_looks() -> None:
    controls = Controls()
    controls.ask_for_preview()
    events, _ = told(controls=controls)
    seen = {(one.way, one.event.phase) for one in events if isinstance(one.event, Preview)}
    assert {("end to end", "end to end"), ("layer by layer", "layer 1"), ("layer by layer", "fine-tuning")} <= seen


def test_the_same_seed_gives_the_same_comparison() -> None:
    one, other = (told()[1] for _ in range(2))
    assert one is not None
    assert other is not None
    assert {**vars(one), "seconds": None} == {**vars(other), "seconds": None}


def test_the_budget_can_be_said_and_is_otherwise_the_recipes() -> None:
    both = runs(DEEP, (1, 8, 8), layer_epochs=7)
    assert [one.schedule.phases(one.epochs, 3)[0].epochs for one in both.values()] == [7, 7]
    both = runs(DEEP.with_value("schedule", "end-to-end"), (1, 8, 8))
    assert [one.schedule.phases(one.epochs, 3)[0].epochs for one in both.values()] == [5, 5]


# -- how it ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["end to end", "layer by layer"])
def test_it_is_over_when_the_person_stops(way: str) -> None:
    controls = Controls()
    events: list[CompareEvent | Compared] = []
    for one in compare(DEEP, small_dataset(), controls):
        events.append(one)
        if isinstance(one, CompareEvent) and one.way == way and isinstance(one.event, Progress):
            controls.stop()
    last = events[-1]
    assert isinstance(last, CompareEvent)
    assert last.way == way
    assert isinstance(last.event, Finished)
    assert last.event.reason == "stopped"


def test_it_is_over_when_a_training_fails() -> None:
    run = DEEP.with_value("network.output", "identity").with_value("optimiser", {"kind": "sgd", "learning_rate": 99.0})
    events, found = told(run)
    assert found is None
    assert isinstance(events[-1].event, Finished)
    assert events[-1].event.reason == "failed"


def test_a_network_of_one_layer_is_refused_before_training() -> None:
    with pytest.raises(RunError, match="needs at least two layers, but the network has one"):
        next(compare(DEEP.with_value("network.widths", [5]), small_dataset()))


def test_both_runs_land_in_the_library(tmp_path: Path) -> None:
    events, found = told(engine=Here(partial(fit_and_keep, folder=tmp_path)))
    assert found is not None
    assert sorted(found.numbers.values()) == [1, 2]
    with Library(tmp_path) as library:
        kept = {one.title: one for one in library.runs()}
        assert set(kept) == {"Deep · end to end", "Deep · layer by layer"}
        assert {one.state for one in kept.values()} == {"completed"}
        end = next(one.event for one in of("layer by layer", events) if isinstance(one.event, Finished))
        assert end.weights is not None
        model = library.model(found.numbers["layer by layer"])
        assert all(tensor.equal(model.weights[name]) for name, tensor in end.weights.items())


# -- the schedule of the other way -------------------------------------------------------------------------------------


def test_a_warm_restart_is_two_trainings_on_end_of_which_the_second_goes_on(small: Dataset) -> None:
    both = DEEP.with_value("schedule", {"kind": "warm-restart", "first_epochs": 3})
    first = DEEP.with_value("schedule", "end-to-end").with_value("epochs", 3)
    events, alone = list(fit(both, small)), list(fit(first, small))
    assert isinstance(events[0], Started)
    assert events[0].phases == ("end to end", "fine-tuning")
    losses = [event.terms for event in events if isinstance(event, Progress) and event.phase == "end to end"]
    expected = [event.terms for event in alone if isinstance(event, Progress)]
    assert torch.cat([torch.from_numpy(t) for t in losses]).equal(torch.cat([torch.from_numpy(t) for t in expected]))
    rates = [rate for event in events if isinstance(event, Progress) for rate in event.learning_rates.tolist()]
    assert rates[18] == rates[0] == pytest.approx(0.01)  # 3 epochs of 6 steps, then from the beginning
    assert rates[17] < rates[0] / 50


# -- the command -------------------------------------------------------------------------------------------------------

QUICK = (
    "compare",
    "deep-greedy",
    "--data",
    "digits",
    "--set",
    "network.widths=12,6",
    "--device",
    "cpu",
    "--seeds",
    "1",
)


def test_the_command_prints_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, "--epochs", "1", "--no-library"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "End to end" in said.out
    assert "Layer by layer" in said.out
    assert "One run of each says nothing about which is better" in said.out


def test_a_quiet_comparison_prints_the_table_and_no_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, "--epochs", "1", "--no-library", "-q"]) == 0
    assert capsys.readouterr().out.startswith("Held-out MSE")


def test_the_command_as_json_is_one_event_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, "--epochs", "2", "--layer-epochs", "1", "--json"]) == 0
    lines = [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]
    plan, *events, last, verdict = lines
    assert [one["event"] for one in (plan, last, verdict)] == ["Planned", "Compared", "Verdict"]
    assert (last["budget"], last["fine_tuning"]) == (1, 2)
    assert set(last["numbers"].values()) == {1, 2}  # in the library
    assert {one["way"] for one in events} == {"end to end", "layer by layer"}
    assert [one["event"] for one in events if one["event"] in ("Started", "Finished")] == ["Started", "Finished"] * 2
    assert {"curve", "spent", "done"} <= set(events[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "linear"], "needs at least two layers, but the network has one"),
        ([*QUICK, "--layer-epochs", "0"], "Every layer needs at least one epoch, and 0 is none"),
        (["compare", "nothing"], "There is no recipe or .toml file 'nothing'"),
    ],
    ids=["one layer", "no epochs", "no recipe"],
)
def test_bad_input_is_one_sentence_and_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
