"""Runs in parallel coordinates: which axes there are, where runs lie on them, and which lie in their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from aestudio.core.ground.texts import in_language
from aestudio.core.library.summary import Summary
from aestudio.core.run.run import Run
from aestudio.studio.runs.parallel import Axis, axes, within
from aestudio.studio.runs.rows import RunFacts
from aestudio.studio.runs.titles import TITLED
from tests.core.test_asking import SUMMARY


def made(*several: Mapping[str, Any], psnr: tuple[float | None, ...] = ()) -> tuple[list[Summary], RunFacts]:
    """Runs of these settings, by their paths."""
    runs, settings = [], {}
    for number, one in enumerate(several):
        run = Run()
        for path, value in one.items():
            run = run.with_value(path, value)
        score = psnr[number] if psnr else 20.0 + number
        runs.append(replace(SUMMARY, id=number, seed=run.seed, psnr=score))
        settings[number] = run.model_dump(mode="json")
    return runs, RunFacts(settings.__getitem__)


def axis(of: list[Axis], name: str) -> Axis:
    return next(one for one in of if one.name == name)


def test_there_is_an_axis_for_each_setting_that_differs_and_each_score_which_come_last() -> None:
    found = axes(*made({"epochs": 1}, {"epochs": 3, "seed": 4}))
    assert [one.name for one in found] == ["epochs", "objective", "psnr"]


def test_settings_that_a_person_has_chosen_as_columns_come_first() -> None:
    found = axes(*made({"epochs": 1}, {"epochs": 3}), ["optimiser.learning_rate"])
    assert [one.path for one in found][:2] == ["optimiser.learning_rate", "epochs"]


def test_numbers_lie_from_the_lowest_to_the_highest() -> None:
    epochs = axis(axes(*made({"epochs": 1}, {"epochs": 2}, {"epochs": 5})), "epochs")
    assert epochs.places == (0.0, 0.25, 1.0)
    assert epochs.ticks == ((0.0, "1"), (0.25, "2"), (1.0, "5"))


def test_numbers_of_many_sizes_lie_logarithmically() -> None:
    rates = [{"optimiser.learning_rate": rate} for rate in (0.0001, 0.001, 0.01)]
    assert axis(axes(*made(*rates)), "learning_rate").places == pytest.approx((0, 0.5, 1))


def test_words_lie_in_their_order_and_runs_without_a_setting_lie_nowhere() -> None:
    found = axes(*made({"network": "linear"}, {"network": "mlp"}, {"l1.weight": 0.5}), ["penalties.l1.weight"])
    assert [tick for _, tick in axis(found, "network").ticks] == ["linear", "mlp"]
    assert axis(found, "l1.weight").places[:2] == (None, None)


def test_axes_go_by_titles_that_tell_them_apart_and_their_kinds_by_theirs() -> None:
    settings = [{"l1.weight": 0.5, "kl-sparsity.weight": 0.1}, {"l1.weight": 0.1, "kl-sparsity.weight": 0.2}]
    penalties = axes(*made(*settings), naming=TITLED)
    assert [one.name for one in penalties] == [
        "L1 on activations: Weight λ", "KL sparsity: Weight λ", "Objective", "Held-out PSNR",
    ]  # fmt: skip
    network = axis(axes(*made({"network": "linear"}, {"network": "mlp"}), naming=TITLED), "Network")
    assert [tick for _, tick in network.ticks] == ["Linear", "Multilayer perceptron"]
    assert network.said == ("Linear", "Multilayer perceptron")
    with in_language("ko"):
        epochs = axes(*made({"epochs": 1}, {"epochs": 3}), naming=TITLED)[0]
        assert (epochs.path, epochs.name) == ("epochs", "에포크")


def test_a_score_that_no_run_has_is_no_axis() -> None:
    assert "psnr" not in [one.name for one in axes(*made({"epochs": 1}, {"epochs": 2}, psnr=(None, None)))]


@pytest.mark.parametrize("odd", [inf, -inf, nan])
def test_a_score_that_is_not_finite_lies_nowhere_on_an_axis_of_numbers(odd: float) -> None:
    psnr = axis(axes(*made({"epochs": 1}, {"epochs": 2}, {"epochs": 5}, psnr=(10.0, odd, 20.0))), "psnr")
    assert psnr.places == (0.0, None, 1.0)
    assert psnr.ticks == ((0.0, "10"), (1.0, "20"))


def test_scores_of_any_size_have_a_place() -> None:
    for low in (1e-300, -1.5e308):
        psnr = axis(axes(*made({"epochs": 1}, {"epochs": 2}, psnr=(low, 1.5e308))), "psnr")
        assert psnr.places == pytest.approx((0.0, 1.0))


def test_runs_are_left_that_lie_in_all_parts() -> None:
    found = axes(*made({"epochs": 1}, {"epochs": 2}, {"epochs": 5}))
    assert within(found, {}, 3) == [True, True, True]
    assert within(found, {"epochs": (0.2, 1.0)}, 3) == [False, True, True]
    assert within(found, {"epochs": (0.2, 1.0), "psnr": (0.0, 0.5)}, 3) == [False, True, False]
