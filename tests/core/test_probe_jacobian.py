"""Norm, spectrum and tangents of the encoder's Jacobian, against autograd and NumPy in double precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.ground.errors import Cancelled, ProbeError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.probes import budget
from aestudio.core.probes.encoder import encoder
from aestudio.core.probes.jacobian import leading_spectrum, spectrum
from aestudio.core.probes.norm import estimated_norm, norm
from aestudio.core.probes.tangents import tangents
from aestudio.core.run.run import Run
from tests.core.probing import DEEP, NETWORKS, images, jacobians, model


def refuse(_doing: str, _fraction: float | None) -> None:
    raise Cancelled("Stopped.")


# -- the maps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_encoders_jacobian_is_autograds(name: str) -> None:
    looked_at, x = model(NETWORKS[name]), images(3)
    np.testing.assert_allclose(encoder(looked_at, x).jacobian(x).numpy(), jacobians(looked_at, x), atol=2e-6)


@pytest.mark.parametrize("name", DEEP)
def test_pushing_and_pulling_are_adjoint(name: str) -> None:
    x = images(3)
    f = encoder(model(NETWORKS[name]), x)
    v, u = torch.randn(4, *x.shape), torch.randn(4, 3, f.units)
    forwards = (f.push(x, v) * u).sum(2)
    backwards = (f.pull(x, u) * v.flatten(2)).sum(2)
    torch.testing.assert_close(forwards, backwards, rtol=1e-4, atol=1e-4)


def test_looking_leaves_the_model_and_the_images_alone() -> None:
    looked_at, x = model(NETWORKS["dense, more units than pixels"]), images()
    weights = {name: tensor.clone() for name, tensor in looked_at.module.state_dict().items()}
    state, before = torch.get_rng_state(), x.clone()
    spectrum(looked_at, x)
    leading_spectrum(looked_at, x, 3)
    estimated_norm(looked_at, x)
    tangents(looked_at, x[:1], 3)
    assert all(tensor.equal(weights[name]) for name, tensor in looked_at.module.state_dict().items())
    assert torch.get_rng_state().equal(state)
    assert x.equal(before)


# -- the norm ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_norm_is_that_of_autograds_jacobian(name: str) -> None:
    looked_at, x = model(NETWORKS[name]), images()
    true = np.sqrt(np.square(jacobians(looked_at, x)).sum((1, 2)))
    found = norm(looked_at, x)
    np.testing.assert_allclose(found.per_image, true, rtol=1e-5)
    assert found.mean == pytest.approx(true.mean(), rel=1e-5)
    assert found.mean_squared == pytest.approx(np.square(true).mean(), rel=1e-5)
    assert (found.error, found.error_squared) == (0, 0)
    assert found.method == ("exact" if name in DEEP else "closed form")


@pytest.mark.parametrize("name", ["dense, more units than pixels", "two layers, narrow code", "convolutions"])
def test_hutchinsons_estimate_lies_within_its_standard_error(name: str) -> None:
    looked_at, x = model(NETWORKS[name]), images()
    true = norm(looked_at, x)
    estimates = [estimated_norm(looked_at, x, probes=8, seed=seed) for seed in range(60)]
    for value, error, of in (("mean", "error", true.mean), ("mean_squared", "error_squared", true.mean_squared)):
        found = np.array([getattr(one, value) for one in estimates])
        claimed = np.array([getattr(one, error) for one in estimates])
        assert abs(found.mean() - of) < 4 * found.std(ddof=1) / np.sqrt(60)  # unbiased
        assert np.sqrt(np.square(claimed).mean()) == pytest.approx(found.std(ddof=1), rel=0.3)
    assert estimates[0].method == "estimate"


def test_the_same_seed_gives_the_same_estimate() -> None:
    looked_at, x = model(NETWORKS["convolutions"]), images()
    assert estimated_norm(looked_at, x, seed=1).mean == estimated_norm(looked_at, x, seed=1).mean
    assert estimated_norm(looked_at, x, seed=1).mean != estimated_norm(looked_at, x, seed=2).mean
    first, again = (leading_spectrum(looked_at, x, 3, seed=1).values for _ in range(2))
    assert np.array_equal(first, again)


# -- the spectrum ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_spectrum_is_numpys_of_autograds_jacobian(name: str) -> None:
    looked_at, x = model(NETWORKS[name]), images()
    true = np.linalg.svd(jacobians(looked_at, x), compute_uv=False)
    found = spectrum(looked_at, x)
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, true, rtol=1e-4, atol=2e-5 * true.max())
    np.testing.assert_allclose(found.mean, true.mean(0), rtol=1e-4, atol=2e-5 * true.max())
    assert (np.diff(found.mean) <= 0).all()
    assert np.square(found.values).sum(1).mean() == pytest.approx(norm(looked_at, x).mean_squared, rel=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_estimated_leading_values_are_close_and_never_too_large(name: str) -> None:
    looked_at, x = model(NETWORKS[name]), images()
    true = spectrum(looked_at, x).values[:, :6]
    found = leading_spectrum(looked_at, x, 6)
    assert found.method == "estimate"
    assert (found.values <= true * (1 + 1e-5)).all()
    np.testing.assert_allclose(found.values, true, rtol=0.02)


def test_small_singular_values_do_not_drown_in_rounding() -> None:
    looked_at = model({"kind": "linear", "code_size": 8})
    u, _, v = torch.linalg.svd(torch.randn(8, 64, generator=torch.Generator().manual_seed(0)), full_matrices=False)
    values = torch.logspace(0, -5, 8)
    weights = looked_at.module.state_dict() | {"stages.0.W": u @ (values[:, None] * v)}
    looked_at.load(weights)
    np.testing.assert_allclose(spectrum(looked_at, images(2)).values[0], values.numpy(), rtol=0.02)


# -- tangents ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", ["dense, more units than pixels", "dense, fewer units", *DEEP])
def test_tangents_are_the_leading_right_singular_vectors(
    name: str, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exact:
        monkeypatch.setattr("aestudio.core.probes.tangents.EXACT", 0)
    looked_at, x = model(NETWORKS[name]), images(1)
    j = jacobians(looked_at, x)[0]
    true = np.linalg.svd(j, compute_uv=False)
    found = tangents(looked_at, x, 4)
    assert found.exact == exact
    assert found.directions.shape == (4, 1, 8, 8)
    np.testing.assert_allclose(found.values, true[:4], rtol=1e-4 if exact else 0.02)
    v = found.directions.reshape(4, -1).astype(np.float64)
    np.testing.assert_allclose(v @ v.T, np.eye(4), atol=1e-5)
    if exact:
        np.testing.assert_allclose(j.T @ (j @ v.T), np.square(true[:4]) * v.T, atol=1e-4 * true[0] ** 2)
    else:
        np.testing.assert_allclose(np.linalg.norm(j @ v.T, axis=0), true[:4], rtol=0.02)
    assert (np.take_along_axis(v, np.abs(v).argmax(1)[:, None], 1) > 0).all()


# -- too much ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def huge() -> Model:
    """100,000 pixels, with feature maps as the code."""
    run = Run.from_settings({"network": {"kind": "conv", "channels": [4, 8], "code_size": 0}})
    shape = (1, 316, 317)
    return Model(run, shape, Autoencoder(run, shape).state_dict())


def test_a_jacobian_that_is_too_large_is_refused_with_its_size_its_time_and_what_to_do(huge: Model) -> None:
    x = images(2, huge.shape)
    with pytest.raises(ProbeError) as caught:
        spectrum(huge, x)
    assert str(caught.value).startswith(
        "The whole Jacobian of this encoder has 49,928 × 100,172 numbers for each image (20.0 GB) and would take about "
    )
    assert str(caught.value).endswith("; estimate the leading singular values instead.")
    with pytest.raises(
        ProbeError, match=r"about \d+ \w+ in all; estimate the norm with random directions instead, or look at"
    ):
        norm(huge, x)


def test_what_is_offered_instead_works_there(huge: Model) -> None:
    x = images(1, huge.shape)
    found = leading_spectrum(huge, x, 3)
    assert found.values.shape == (1, 3)
    estimate = estimated_norm(huge, x, probes=4)
    assert estimate.mean > found.values[0, 0] > 0
    along = tangents(huge, x, 2)
    assert along.directions.shape == (2, *huge.shape)
    assert not along.exact


def test_what_all_images_share_is_counted_once_for_one_dense_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 5e-4)  # counted for each of the images it would be 1e-3
    looked_at = model({"kind": "mlp", "widths": [20], "activation": "sigmoid"}, (1, 40, 40))
    x = images(50, (1, 40, 40))
    true = np.linalg.svd(jacobians(looked_at, x[:3]), compute_uv=False)
    np.testing.assert_allclose(spectrum(looked_at, x).values[:3], true, rtol=1e-3)


def test_an_estimate_that_is_slow_can_be_given_up_within_an_image(huge: Model) -> None:
    told: list[float | None] = []

    def tell(_doing: str, fraction: float | None) -> None:
        told.append(fraction)
        if len(told) == 2:
            raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        leading_spectrum(huge, images(3, huge.shape), 32, report=tell)
    assert told == [0, pytest.approx(1 / 15)]


def test_a_large_image_with_a_small_code_is_no_trouble() -> None:
    looked_at = model({"kind": "conv", "channels": [2, 2], "code_size": 6}, (1, 200, 200))
    x = images(1, (1, 200, 200))
    true = np.linalg.svd(jacobians(looked_at, x), compute_uv=False)
    np.testing.assert_allclose(spectrum(looked_at, x).values, true, rtol=1e-3)


# -- what does not fit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("probe", [norm, estimated_norm, spectrum, leading_spectrum, tangents])
def test_images_of_another_shape_and_models_without_a_layer_are_refused_in_words(probe: object) -> None:
    looked_at = model({"kind": "mlp", "widths": [5]})
    with pytest.raises(ProbeError, match=r"takes images of 1×8×8 \(channels×height×width\), and these are 1×9×8"):
        probe(looked_at, images(2, (1, 9, 8)))  # type: ignore[operator]
    with pytest.raises(ProbeError, match="no images"):
        probe(looked_at, images(0))  # type: ignore[operator]
    looked_at.depth = 0
    with pytest.raises(ProbeError, match="no trained hidden layer"):
        probe(looked_at, images(2))  # type: ignore[operator]


def test_a_model_trained_up_to_a_layer_is_looked_at_up_to_there() -> None:
    looked_at, x = model(NETWORKS["two layers, narrow code"]), images(2)
    looked_at.depth = 1
    found = spectrum(looked_at, x)
    assert found.method == "closed form"
    np.testing.assert_allclose(
        found.values, np.linalg.svd(jacobians(looked_at, x), compute_uv=False), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("probe", [estimated_norm, spectrum, leading_spectrum])
def test_what_takes_long_can_be_cancelled(probe: object) -> None:
    with pytest.raises(Cancelled):
        probe(model(NETWORKS["convolutions"]), images(2), report=refuse)  # type: ignore[operator]
    with pytest.raises(Cancelled):
        norm(model(NETWORKS["convolutions"]), images(2), report=refuse)
