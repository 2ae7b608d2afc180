"""Rate and distortion over β: what is measured of each run, and what the study says of all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from aestudio.core.ground.errors import RunError
from aestudio.core.model.trained import Model
from aestudio.core.probes.evidence import evidence
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.theory.rate_distortion import RatePoint, distortion, rate_distortion, rates
from aestudio.core.theory.tradeoff import SweepEvent
from aestudio.core.theory.trains import HERE
from aestudio.core.training.controls import Controls
from aestudio.studio.studies.rate_distortion import RateDistortion
from tests.core.conftest import small_dataset
from tests.core.test_collapse import model_of, run_of, seen
from tests.present import present

RUN = run_of(
    1.0, loss={"kind": "cross-entropy"}, epochs=3, batch_size=24, optimiser={"kind": "adam", "learning_rate": 0.02}
)


@pytest.fixture(scope="module")
def told() -> list[Any]:
    return list(rate_distortion(RUN, (50.0, 0.01), small_dataset(), seeds=2))


def studied(told: list[Any]) -> RateDistortion:
    study = RateDistortion(RUN, (50.0, 0.01), 2, small_dataset())
    for one in told:
        study.take(one)
    return study


def test_rate_and_distortion_of_a_loss_in_nats_are_the_two_halves_of_the_bound() -> None:
    model: Model = model_of(RUN, silent=2)
    images = seen(40)
    rate = float(present(model.module.encode(RUN, images, model.span).latent.kl).sum(1).mean())
    lost = np.mean([distortion(model, images, torch.Generator().manual_seed(seed)) for seed in range(20)])
    bound = float(evidence(model.module, RUN, images, samples=400).elbo.mean())
    assert rate + lost == pytest.approx(-bound, rel=0.01)


def test_a_larger_beta_tells_less_and_loses_more(told: list[Any]) -> None:
    small, large = rates(one for one in told if isinstance(one, RatePoint))
    assert (small.value, large.value) == (0.01, 50.0)
    assert present(small.rate).mean > present(large.rate).mean
    assert present(small.information).mean > present(large.information).mean
    assert present(small.rate).count == 2
    assert present(small.rate).mean >= present(small.information).mean - 0.05


def test_a_run_whose_code_is_held_to_no_prior_is_refused_with_a_sentence() -> None:
    plain = Run.from_settings({"network": {"kind": "mlp", "widths": [4]}})
    with pytest.raises(RunError, match="choose a variational recipe"):
        next(rate_distortion(plain, (1.0,), small_dataset()))
    assert "variational recipe" in RateDistortion(plain, (1.0,), 1, small_dataset()).problem()


def test_the_study_has_a_row_and_a_point_for_each_beta_and_the_line_of_the_least_sum(told: list[Any]) -> None:
    study = studied(told)
    assert [row.cells[0] for row in study.rows()] == ["0.01", "50"]
    curve, least = study.curves()
    assert (np.diff(curve.x) > 0).all()
    assert (least.y <= curve.y + 1e-9).all()
    assert np.isclose(least.y, curve.y).any()
    assert str(present(study.verdict())).startswith("From β = 0.01 to 50 the rate goes from ")
    assert study.model(50.0) is not None


def test_a_run_that_fails_leaves_a_row_that_says_why_and_no_point() -> None:
    study = RateDistortion(RUN, (1.0,), 1, small_dataset())
    study.take(RatePoint(1.0, None, None, None, None, 0.1, 7, "It broke."))
    (row,) = study.rows()
    assert (row.trouble, row.number, row.cells[1]) == ("It broke.", 7, "–")
    assert study.curves() == []
    assert str(study.verdict()) == "1 run failed; point at its row to read why."


def test_the_study_says_which_run_is_trained_and_stops_where_it_is_told_to(told: list[Any]) -> None:
    study = RateDistortion(RUN, (50.0, 0.01), 2, small_dataset())
    assert study.where() is None
    first = next(one for one in told if isinstance(one, SweepEvent))
    study.take(first)
    assert str(study.where()) == "Run 1 of 4, seed 0 (β 50): 0 %"
    assert len([one for one in told if isinstance(one, SweepEvent) and isinstance(one.event, Finished)]) == 4


def test_its_work_trains_what_it_has_planned() -> None:
    study = RateDistortion(RUN.with_value("epochs", 1), (1.0,), 1, small_dataset())
    assert study.problem() == ""
    for one in study.work(HERE)(Controls()):
        study.take(one)
    assert len(study.points) == len(study.planned().runs) == 1
