"""Sweeps: which knobs can be turned, over which values, and what is measured at each."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from aestudio.cli import main
from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.data.sources.digits import Digits
from aestudio.core.ground import compute
from aestudio.core.ground.errors import RunError
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model.trained import Model
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.networks.conv import Convolutional
from aestudio.core.parts.slots import options
from aestudio.core.run.events import Finished, Progress
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import CODE_SIZE, spread, with_number
from aestudio.core.theory.linear_probe import linear_probe
from aestudio.core.theory.tradeoff import Point, SweepEvent, error, runs, sweep
from aestudio.core.theory.trains import Here
from aestudio.core.training.controls import Controls
from tests.core.conftest import small_dataset

RUN = Run.from_settings(
    {
        "title": "Small",
        "network": {"kind": "mlp", "widths": [12, 6]},
        "optimiser": {"kind": "adam", "learning_rate": 0.01},
        "epochs": 4,
        "batch_size": 16,
    }
)


def points(run: Run, path: str, values: list[float], dataset: Dataset, **more: Any) -> list[Point]:
    return [one for one in sweep(run, path, values, dataset, **more) if isinstance(one, Point)]


# -- knobs -------------------------------------------------------------------------------------------------------------


def test_a_network_whose_code_has_the_size_of_the_image_says_that_it_has_no_code_size() -> None:
    with pytest.raises(RunError, match="no code size; choose another knob"):
        with_number(Run().with_value("network", "residual"), CODE_SIZE, 5)


@pytest.mark.parametrize("kind", [kind for kind, one in options(Network).items() if one.code_size_knob])
def test_the_code_size_of_every_other_network_can_be_set(kind: str) -> None:
    run = with_number(Run().with_value("network", kind), CODE_SIZE, 5)
    assert run.check((1, 8, 8)).stages[-1].out_shape == (5,)


def test_a_code_that_says_its_own_size_is_asked_before_the_network() -> None:
    run = with_number(RUN.with_value("code", "gaussian"), CODE_SIZE, 5)
    assert run.network == RUN.network
    assert run.plan((1, 8, 8)).code == (5,)


def test_only_the_last_width_is_the_code() -> None:
    assert with_number(RUN, CODE_SIZE, 3).network.model_dump()["widths"] == (12, 3)
    assert with_number(RUN, "network.widths", 3) == with_number(RUN, CODE_SIZE, 3)
    conv = Run.from_settings({"network": {"kind": "conv", "channels": [4, 8]}})
    assert isinstance(conv.network, Convolutional)
    assert with_number(conv, "network.channels", 6).network.model_dump()["channels"] == (4, 6)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("epochs", 3, 3),
        ("optimiser.learning_rate", 0.5, 0.5),
        ("penalties.l1.weight", 2, 2.0),
        ("l1.weight", 2, 2.0),
        ("seed", 7.0, 7),
    ],
)
def test_any_number_can_be_turned(path: str, value: float, expected: float) -> None:
    run = RUN.with_value("penalties", ["l1"])
    changed = with_number(run, path, value)
    head = path.removeprefix("penalties.").partition(".")[0]
    owner = changed.penalties[0] if head == "l1" else getattr(changed, head)
    assert (owner if isinstance(owner, int) else getattr(owner, path.rpartition(".")[2])) == expected


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("network.activation", 3, "network.activation is not a number, so there is nothing to sweep"),
        ("network.tied", 1, "network.tied is not a number"),
        ("network", 1, "network is not a number"),
        ("colour", 1, "There is no setting 'colour'"),
        ("l1.weight", 1, "There is no setting 'l1.weight' in this run"),
        ("epochs", 2.5, "epochs takes whole numbers, and 2.5 is none"),
        ("epochs", 0, "epochs cannot be 0"),
        ("epochs", float("nan"), "epochs takes finite numbers, and nan is none"),
        ("code-size", float("inf"), "network.widths takes finite numbers, and inf is none"),
        ("code-size", 0, "network.widths cannot be"),
        ("optimiser.learning_rate", -1, "optimiser.learning_rate cannot be -1"),
    ],
)
def test_what_cannot_be_turned_is_refused_in_a_sentence(path: str, value: float, words: str) -> None:
    with pytest.raises(RunError) as caught:
        with_number(RUN, path, value)
    assert words in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_values_are_spread_as_the_knob_is_best_shown() -> None:
    assert spread(RUN, "optimiser.learning_rate", 4, 1e-4, 1e-1) == (1e-4, 1e-3, 1e-2, 1e-1)
    assert spread(RUN, "optimiser.learning_rate", 3, 0.1, 0.3, logarithmic=False) == (0.1, 0.2, 0.3)
    assert spread(RUN, "code-size", 6, 2, 64, logarithmic=True) == (2, 4, 8, 16, 32, 64)
    assert spread(RUN, "code-size", 5, 1, 3, logarithmic=True) == (1, 2, 3)  # none twice
    noisy = RUN.with_value("corruption", "gaussian")
    assert spread(noisy, "corruption.sigma", 3) == (0.0, 1.0, 2.0)  # over the knob's own range


@pytest.mark.parametrize(
    ("path", "low", "high", "words"),
    [
        ("code-size", None, 64, "code-size needs two or more values between two ends"),
        ("code-size", 64, 2, "the lower one first"),
        ("optimiser.learning_rate", None, None, "cannot be spread logarithmically from 0"),
    ],
)
def test_a_range_without_ends_is_refused(path: str, low: float | None, high: float | None, words: str) -> None:
    with pytest.raises(RunError, match=words):
        spread(RUN, path, 5, low, high)


# -- sweeps ------------------------------------------------------------------------------------------------------------


def test_a_larger_code_has_a_smaller_error_and_says_more() -> None:
    run = Run.from_settings({"network": "linear", "optimiser": {"kind": "adam", "learning_rate": 0.01}, "epochs": 15})
    found = points(run, "code-size", [1, 4, 16], Digits().load())
    assert [one.value for one in found] == [1, 4, 16]
    errors = [one.held_out_error for one in found]
    accuracies = [one.probe_accuracy for one in found]
    assert errors == sorted(errors, reverse=True)  # type: ignore[type-var]
    assert accuracies == sorted(accuracies)  # type: ignore[type-var]
    assert accuracies[-1] is not None
    assert accuracies[-1] > 0.9


def test_points_say_what_the_models_of_the_events_do() -> None:
    dataset = Digits().load()
    every = list(sweep(RUN, "network.widths", [2, 8], dataset))
    ends = [one.event for one in every if isinstance(one, SweepEvent) and isinstance(one.event, Finished)]
    found = [one for one in every if isinstance(one, Point)]
    for end, point, run in zip(ends, found, runs(RUN, "network.widths", [2, 8]), strict=True):
        assert end.weights is not None
        model = Model(run, dataset.shape, end.weights)
        for split, mse in ((dataset.train, point.training_error), (dataset.held_out, point.held_out_error)):
            images = to_float(split.images.gather(torch.arange(len(split))))
            made = model.decode(model.encode(images))
            assert mse == pytest.approx(float((images - made).square().mean()), rel=1e-5)
        assert point.probe_accuracy == linear_probe(model, dataset).held_out_accuracy


def test_errors_are_of_corrupted_images_where_the_run_corrupts() -> None:
    dataset = small_dataset()
    run = RUN.with_value("corruption", {"kind": "masking", "fraction": 1.0})
    (found,) = points(run, "epochs", [1], dataset)
    *_, end = (one.event for one in sweep(run, "epochs", [1], dataset) if isinstance(one, SweepEvent))
    assert isinstance(end, Finished)
    assert end.weights is not None
    model = Model(run, dataset.shape, end.weights)
    black = model.decode(model.encode(torch.zeros(1, 1, 8, 8)))
    images = to_float(dataset.held_out.images.gather(torch.arange(32)))
    assert found.held_out_error == pytest.approx(float((images - black).square().mean()), rel=1e-5)
    assert error(model, dataset.held_out.images, compute.choose("cpu")) == found.held_out_error


def test_progress_runs_from_nothing_to_all_of_it() -> None:
    every = list(sweep(RUN, "code-size", [2, 3, 4], small_dataset()))
    done = [one.done for one in every if isinstance(one, SweepEvent)]
    assert done[0] == 0
    assert done == sorted(done)
    assert done[-1] == 1
    kinds = [type(one).__name__ for one in every if isinstance(one, Point) or isinstance(one.event, Finished)]
    assert kinds == ["SweepEvent", "Point"] * 3


def test_the_same_seed_gives_the_same_sweep() -> None:
    def measured() -> list[tuple[Any, ...]]:
        found = points(RUN.with_value("corruption", "gaussian"), "code-size", [2, 4], small_dataset())
        return [(one.value, one.training_error, one.held_out_error) for one in found]

    assert measured() == measured()


def test_without_labels_no_accuracy_is_told() -> None:
    assert [one.probe_accuracy for one in points(RUN, "code-size", [2], small_dataset())] == [None]
    assert [one.probe_accuracy for one in points(RUN, "epochs", [1], Digits().load(), probe=False)] == [None]


def test_a_training_that_fails_is_a_point_that_says_why_and_the_sweep_goes_on() -> None:
    run = RUN.with_value("network.output", "identity").with_value("optimiser", {"kind": "sgd"})
    bad, good = points(run, "optimiser.learning_rate", [90.0, 0.001], small_dataset())
    assert (bad.training_error, bad.held_out_error, bad.probe_accuracy) == (None, None, None)
    assert "not finite" in bad.trouble
    assert good.trouble == ""
    assert good.held_out_error is not None


def test_a_value_that_cannot_be_is_refused_before_anything_is_trained() -> None:
    run = RUN.with_value("code", {"kind": "top-k", "k": 4})
    with pytest.raises(RunError, match="keeps 4 units, but the code has only 2"):
        next(sweep(run, "code-size", [8, 2], small_dataset()))
    with pytest.raises(RunError, match="at least one value"):
        next(sweep(run, "code-size", [], small_dataset()))


@pytest.mark.parametrize("moment", ["training", "probe"])
def test_it_is_over_when_the_person_stops(moment: str) -> None:
    controls = Controls()
    every: list[SweepEvent | Point] = []
    for one in sweep(RUN, "code-size", [2, 3], Digits().load(), controls):
        every.append(one)
        if isinstance(one, SweepEvent) and isinstance(one.event, Progress if moment == "training" else Finished):
            controls.stop()
    last = every[-1]
    assert isinstance(last, SweepEvent)
    assert isinstance(last.event, Finished)
    assert last.index == 0
    assert last.event.reason == ("stopped" if moment == "training" else "completed")


def test_every_run_lands_in_the_library_under_its_value(tmp_path: Path) -> None:
    found = points(RUN, "code-size", [2, 5], small_dataset(), engine=Here(partial(fit_and_keep, folder=tmp_path)))
    assert [one.number for one in found] == [1, 2]
    with Library(tmp_path) as library:
        titles = [library.summary(one.number).title for one in found]
        assert titles == ["Small · Layer widths 2", "Small · Layer widths 5"]
        assert library.run(2).network.model_dump()["widths"] == (12, 5)


# -- the command -------------------------------------------------------------------------------------------------------

QUICK = ("sweep", "undercomplete", "--data", "digits", "--epochs", "1", "--device", "cpu", "--seeds", "1")


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, "--knob", "network.widths", "--values", "2,4,8", "--no-library"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    plan, heading, *rows, conclusion = said.out.splitlines()
    assert plan.startswith("3 runs × 1 epoch: about ")
    assert "had the least held-out error" in conclusion
    assert conclusion.endswith("Train with at least 3 seeds.")
    assert [word in heading for word in ("Layer widths", "Training MSE", "Held-out MSE", "Linear probe")] == [True] * 4
    assert [row.split()[0] for row in rows] == ["2", "4", "8"]
    assert all(row.split()[4] == "%" for row in rows)


def test_a_quiet_sweep_prints_the_table_and_no_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, "--knob", "network.widths", "--values", "2,4", "--no-library", "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    heading, *rows, _conclusion = said.out.splitlines()
    assert "Held-out MSE" in heading
    assert [row.split()[0] for row in rows] == ["2", "4"]
    with pytest.raises(SystemExit):
        main([*QUICK, "--quiet", "--json"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_the_command_as_json_is_one_event_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, "--from", "2", "--to", "8", "--count", "2", "--json", "--no-probe"]) == 0
    lines = [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]
    found = [line for line in lines if line["event"] == "Point"]
    assert [(one["value"], one["number"], one["probe_accuracy"]) for one in found] == [(2, 1, None), (8, 2, None)]
    assert [line["event"] for line in lines if line["event"] in ("Started", "Finished")] == ["Started", "Finished"] * 2
    assert {line["value"] for line in lines if line["event"] in ("Started", "Outcome")} == {2, 8}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--knob", "network.activation", "--values", "1"], "network.activation is not a number"),
        (["--values", "2,many"], "--values takes numbers separated by commas, and 'many' is none."),
        (["--values", ""], "--values takes numbers"),
        (["--values", "2.5"], "takes whole numbers, and 2.5 is none."),
        (["--values", "nan"], "takes finite numbers, and nan is none."),
        ([], "say both ends"),
        (["--knob", "colour", "--values", "1"], "There is no setting 'colour'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence_and_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_failed_training_is_exit_code_1_and_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ("--set", "network.output=identity", "--set", "loss=squared-l2", "--set", "optimiser=sgd")
    wanted = ("--knob", "optimiser.learning_rate", "--values", "90", "--no-library")
    assert main([*QUICK, *settings, *wanted]) == 1
    assert "90: The loss or what is counted was not finite" in capsys.readouterr().out
