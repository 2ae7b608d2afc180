"""Factors and units: the matrix of a code, its scores, and the codes beside it that have learned nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.sources.shapes import FACTORS, Shapes
from aestudio.core.ground.errors import ProbeError
from aestudio.core.latent.factors import SCORES, factors, principal_components, scored, untrained
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.probes.disentangling.known import Known
from aestudio.core.run.run import Run
from tests.core.conftest import small_dataset

RUN = Run.from_settings({"network": {"kind": "linear", "code_size": 3}})


@pytest.fixture(scope="module")
def shapes() -> Dataset:
    return Shapes(count=400, held_out=0.5).load()


def model_of(dataset: Dataset) -> Model:
    torch.manual_seed(0)
    return Model(RUN, dataset.shape, Autoencoder(RUN, dataset.shape).snapshot())


def test_each_number_of_a_code_that_is_the_factors_tells_its_own_factor_and_no_other() -> None:
    values = np.stack([one.ravel() for one in np.meshgrid(np.arange(8), np.arange(10), np.arange(12))], 1)
    found = scored(Known(values.astype(float), values, ("a", "b", "c"), (False, False, False)))
    assert np.diag(found.matrix) == pytest.approx(1, abs=0.02)
    assert found.matrix - np.diag(np.diag(found.matrix)) == pytest.approx(0, abs=0.02)
    assert found.scores == pytest.approx(dict.fromkeys(SCORES, 1.0), abs=0.05)


def test_a_model_has_a_row_for_each_factor_and_a_column_for_each_unit(shapes: Dataset) -> None:
    found = factors(model_of(shapes), shapes)
    assert found.names == FACTORS
    assert found.matrix.shape == (5, 3)
    assert found.scores.keys() == set(SCORES)
    assert found.images == len(shapes.held_out)


def test_principal_components_are_as_many_as_the_code_has_numbers_and_the_same_every_time() -> None:
    shapes = Shapes(count=2000, held_out=0.5).load()  # of fewer images chance alone tells nearly as much
    model = model_of(shapes)
    torch.manual_seed(1)
    first = principal_components(model, shapes)
    torch.manual_seed(2)
    before = torch.random.get_rng_state()
    second = principal_components(model, shapes)
    assert first.matrix.shape == (5, 3)
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert first.matrix[3:].max() > 0.15  # the first components of shapes are places
    assert torch.equal(before, torch.random.get_rng_state())  # nothing was drawn from what others draw from


def test_an_untrained_network_is_the_same_every_time_whatever_the_model_has_learned(shapes: Dataset) -> None:
    trained = model_of(shapes)
    zero = Model(RUN, shapes.shape, {name: 0 * one for name, one in trained.module.snapshot().items()})
    np.testing.assert_array_equal(untrained(trained, shapes).matrix, untrained(zero, shapes).matrix)


def test_images_whose_factors_are_not_known_are_refused() -> None:
    data = small_dataset()
    with pytest.raises(ProbeError, match="choose the data Shapes"):
        factors(model_of(data), data)
