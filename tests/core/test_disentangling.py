"""Scores of disentangling, on codes whose score is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from aestudio.core.data.binarised import once
from aestudio.core.data.sources.shapes import FACTORS, Shapes
from aestudio.core.ground.errors import ProbeError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.slots import options
from aestudio.core.probes.disentangling.dci import dci
from aestudio.core.probes.disentangling.factor_vae import factor_vae_score
from aestudio.core.probes.disentangling.information import (
    binned,
    entropy,
    gaps,
    information,
    mutual_information,
    mutual_information_gap,
    told,
)
from aestudio.core.probes.disentangling.known import Known, known
from aestudio.core.probes.disentangling.sap import separated_predictability
from aestudio.core.probes.measure import Looked, Measure
from aestudio.core.run.run import Run
from tests.core.conftest import small_dataset

COUNT = 4000
Score = Callable[[Known], float]
SCORES: dict[str, Score] = {
    "MIG": mutual_information_gap,
    "SAP": separated_predictability,
    "DCI": lambda found: dci(found).disentanglement,
    "FactorVAE": factor_vae_score,
}


def of(codes: np.ndarray, factors: np.ndarray, category: int | None = None) -> Known:
    count = factors.shape[1]
    return Known(codes, factors, [f"factor {i}" for i in range(count)], [i == category for i in range(count)])


def even(sizes: tuple[int, ...] = (8, 40, 32), seed: int = 0) -> np.ndarray:
    """Independent factors, all values alike often."""
    drawing = np.random.default_rng(seed)
    return np.stack([drawing.integers(0, size, COUNT) for size in sizes], 1)


def bells(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two independent normal factors of one variance, and the same as classes."""
    values = np.random.default_rng(seed).normal(size=(COUNT, 2))
    return values, np.clip((values + 3) / 6 * 20, 0, 19).astype(np.int64)


IDENTITY = of(even().astype(float), even())
_values, _classes = bells()
TURNED = of(_values @ np.array([[1.0, 1.0], [-1.0, 1.0]]) / 2**0.5, _classes)


@pytest.mark.parametrize("name", SCORES)
def test_a_code_that_is_the_factors_has_one(name: str) -> None:
    assert SCORES[name](IDENTITY) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", ["MIG", "SAP", "DCI"])
def test_two_normal_factors_turned_by_an_eighth_have_nothing_of_their_own(name: str) -> None:
    assert SCORES[name](TURNED) == pytest.approx(0, abs=0.04)


def test_of_turned_factors_either_number_may_stand_stillest_so_half_of_the_votes_are_right() -> None:
    assert factor_vae_score(TURNED, votes=4000) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("name", ["MIG", "SAP"])
def test_a_code_that_says_everything_twice_has_no_gap(name: str) -> None:
    twice = replace(IDENTITY, codes=np.concatenate([IDENTITY.codes, IDENTITY.codes], 1))
    assert SCORES[name](twice) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", SCORES)
def test_numbers_in_another_order_score_alike(name: str) -> None:
    drawing = np.random.default_rng(1)
    noisy = replace(IDENTITY, codes=IDENTITY.codes @ drawing.normal(size=(3, 3)) + drawing.normal(size=(COUNT, 3)))
    turned = replace(noisy, codes=noisy.codes[:, [2, 0, 1]])
    exact = name in ("MIG", "SAP")
    assert SCORES[name](turned) == pytest.approx(SCORES[name](noisy), abs=1e-9 if exact else 0.02)


@pytest.mark.parametrize("name", SCORES)
def test_the_scale_and_the_sign_of_a_number_do_not_matter(name: str) -> None:
    # The other way round the edges of the bins belong to other bins.
    changed = replace(IDENTITY, codes=IDENTITY.codes * np.array([3.0, -0.1, 100.0]) + 5)
    assert SCORES[name](changed) == pytest.approx(SCORES[name](IDENTITY), abs=0.02)


@pytest.mark.parametrize("name", ["MIG", "SAP", "DCI"])
def test_numbers_that_say_nothing_take_nothing_away(name: str) -> None:
    noise = np.random.default_rng(2).normal(size=(COUNT, 2))
    with_more = replace(IDENTITY, codes=np.concatenate([IDENTITY.codes, noise, np.zeros((COUNT, 1))], 1))
    assert SCORES[name](with_more) == pytest.approx(1, abs=0.04)


def test_a_number_that_never_changes_does_not_win_every_vote() -> None:
    dead = replace(IDENTITY, codes=np.concatenate([IDENTITY.codes, np.zeros((COUNT, 1))], 1))
    assert factor_vae_score(dead) == pytest.approx(1, abs=0.02)
    assert factor_vae_score(replace(IDENTITY, codes=np.zeros((COUNT, 2)))) == 0


def test_noise_scores_nothing_and_votes_by_chance() -> None:
    noise = replace(IDENTITY, codes=np.random.default_rng(3).normal(size=(COUNT, 3)))
    for name in ("MIG", "SAP"):
        assert SCORES[name](noise) < 0.02
    assert factor_vae_score(noise) < 0.5
    assert dci(noise).informativeness < 0.02


def test_a_category_is_predicted_by_thresholds_and_not_by_a_line() -> None:
    kinds = even((3, 16))
    order = np.array([0.0, 2.0, 1.0])  # the code has the kinds in another order
    found = of(np.stack([order[kinds[:, 0]], kinds[:, 1].astype(float)], 1), kinds, category=0)
    # Sixteen places say a third of three kinds by chance, so the gap of the category is two thirds.
    assert separated_predictability(found) == pytest.approx((2 / 3 + 1) / 2, abs=0.03)


def test_what_is_complete_and_what_is_disentangled_are_told_apart() -> None:
    """Two numbers for one factor, each of that factor only: disentangled, not complete."""
    factors = even((32, 32))
    drawing = np.random.default_rng(4)
    split = [factors[:, :1] + drawing.normal(0, 2, (COUNT, 1)) for _ in range(2)]
    found = dci(of(np.concatenate([*split, factors[:, 1:].astype(float)], 1), factors))
    assert found.disentanglement > 0.9
    assert found.completeness < 0.85
    np.testing.assert_allclose(found.importance.sum(1), 1)


def test_information_in_nats_is_that_of_known_tables() -> None:
    a = np.repeat(np.arange(4), 500)
    assert entropy(a) == pytest.approx(np.log(4))
    assert mutual_information(a, a) == pytest.approx(np.log(4))
    assert mutual_information(a, a // 2) == pytest.approx(np.log(2))


def test_what_few_images_seem_to_tell_by_chance_is_taken_off() -> None:
    drawing = np.random.default_rng(5)
    pairs = [(drawing.integers(0, 40, 2000), drawing.integers(0, 32, 2000)) for _ in range(10)]
    counted = [mutual_information(a, b) / entropy(b) for a, b in pairs]
    assert np.mean(counted) > 0.08
    assert np.mean([told(a, b) for a, b in pairs]) < 0.005


def test_a_number_that_is_the_factor_in_half_of_the_images_tells_as_much_of_few_of_them_as_of_many() -> None:
    drawing = np.random.default_rng(6)
    factor = drawing.integers(0, 40, 50_000)
    code = np.where(drawing.random(50_000) < 0.5, factor, drawing.integers(0, 40, 50_000))
    assert told(code[:2000], factor[:2000]) == pytest.approx(told(code, factor), abs=0.02)


def test_of_a_factor_with_one_value_nothing_can_be_told() -> None:
    assert told(np.arange(20), np.zeros(20, np.int64)) == 0
    assert told(np.arange(20), np.arange(20)) == 0  # no value comes twice: chance tells all of it


def test_bins_reach_from_the_smallest_to_the_largest() -> None:
    assert binned(np.array([[0.0, 7.0], [0.5, 7.0], [1.0, 7.0]]), 4).tolist() == [[0, 0], [2, 0], [3, 0]]


def test_the_gap_of_a_single_number_is_all_that_it_tells() -> None:
    assert gaps(np.array([[0.7], [0.2]])).tolist() == [0.7, 0.2]


def test_the_matrix_says_which_number_tells_which_factor() -> None:
    np.testing.assert_allclose(information(IDENTITY), np.eye(3), atol=0.02)


# -- of a model --------------------------------------------------------------------------------------------------------

RUN = Run.from_settings({"network": {"kind": "mlp", "widths": [6]}, "data": {"kind": "shapes", "count": 300}})


def test_the_factors_of_shapes_are_known_and_of_other_images_they_are_not() -> None:
    data = RUN.data.load()
    model = Autoencoder(RUN, data.shape)
    found = known(model, RUN, data.train.images, 100)
    assert found.codes.shape == (100, 6)
    assert found.factors.shape == (100, 5)
    assert tuple(found.names) == FACTORS
    black_and_white = known(model, RUN, once(data.train, 0).images, 100)
    np.testing.assert_array_equal(black_and_white.factors, found.factors)
    assert known(model, RUN, data.train.images, 20, encode=False).codes.shape == (20, 64 * 64)
    with pytest.raises(ProbeError, match="choose the data Shapes"):
        known(Autoencoder(RUN, (1, 8, 8)), RUN, small_dataset().train.images)


def test_the_gap_is_measured_on_shapes_only() -> None:
    mig = options(Measure)["mig"]
    for data in (Shapes(count=300).load(), small_dataset()):
        model = Autoencoder(RUN, data.shape)
        looked = Looked(model, RUN, torch.rand(2, *data.shape), torch.rand(2, 6))
        assert (mig(data)(looked) is None) == (data.shape == (1, 8, 8))
