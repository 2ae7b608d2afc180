"""Traversals: units in their order, those in use, quantiles of the aggregate posterior, and what is decoded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.latent.codes import Codes, codes_of
from aestudio.core.latent.traversals import EDGE, ordered, quantiles, traversals
from aestudio.core.probes.posterior import posterior
from tests.core.probing import model, store

DATA = Dataset("random", Split(store(50, seed=1)), Split(store(20, seed=2)))


def made(codes: np.ndarray, unit_kl: list[float] | None = None) -> Codes:
    kl = None if unit_kl is None else np.array(unit_kl, np.float32)
    return Codes(codes.astype(np.float32), np.zeros(len(codes), np.float32), None, 1, unit_kl=kl)


def test_units_are_ordered_by_variance_and_those_that_never_change_are_not_in_use() -> None:
    codes = np.random.default_rng(0).normal(size=(500, 4)) * (1, 0, 5, 2)
    found = ordered(made(codes))
    assert found.units.tolist() == [2, 3, 0, 1]
    assert found.used.tolist() == [True, False, True, True]
    np.testing.assert_allclose(found.sizes, codes.std(0), rtol=1e-4)
    assert not found.by_kl


def test_a_code_with_a_prior_is_ordered_by_kl_and_a_unit_whose_mean_stays_is_not_in_use() -> None:
    codes = np.random.default_rng(0).normal(size=(500, 3)) * (0.05, 1, 0.5)
    found = ordered(made(codes, [0.001, 0.4, 1.5]))
    assert found.units.tolist() == [2, 1, 0]
    assert found.used.tolist() == [False, True, True]
    assert found.by_kl


def test_the_kl_of_each_unit_is_that_of_the_posterior() -> None:
    looked_at = model({"kind": "mlp", "widths": [12]}, code={"kind": "gaussian", "size": 3})
    codes = codes_of(looked_at, DATA)
    held_out = posterior(looked_at.module, looked_at.run, DATA.held_out.images)
    trained = posterior(looked_at.module, looked_at.run, DATA.train.images)
    expected = torch.cat([held_out.kl, trained.kl]).mean(0).numpy()
    assert codes.unit_kl is not None
    np.testing.assert_allclose(codes.unit_kl, expected, rtol=1e-4)


def test_quantiles_leave_as_much_out_at_both_ends() -> None:
    codes = np.linspace(0, 1, 1001)[:, None] * (1, 10)
    found = quantiles(made(codes), np.array([1, 0]), 5)
    np.testing.assert_allclose(found[1], np.linspace(EDGE, 1 - EDGE, 5), atol=1e-3)
    np.testing.assert_allclose(found[0], 10 * np.linspace(EDGE, 1 - EDGE, 5), atol=1e-2)


def test_only_one_unit_at_a_time_leaves_the_code() -> None:
    looked_at = model({"kind": "linear", "code_size": 4})
    codes = codes_of(looked_at, DATA)
    base = codes.codes[7]
    found = traversals(looked_at, codes, base, np.array([2, 0]), steps=3)
    assert found.images.shape == (2, 3, 1, 8, 8)
    moved = base.copy()
    moved[0] = found.values[1, 2]
    expected = looked_at.decode(torch.from_numpy(moved[None]))[0].numpy()
    np.testing.assert_allclose(found.images[1, 2], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("steps", [2, 15])
def test_as_many_steps_are_decoded_as_are_wanted(steps: int) -> None:
    looked_at = model({"kind": "linear", "code_size": 4})
    codes = codes_of(looked_at, DATA)
    assert traversals(looked_at, codes, codes.codes[0], np.array([1]), steps).images.shape[1] == steps
