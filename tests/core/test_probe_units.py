"""Units: the images they like best, histograms, dead and saturated ones, and what is lost without each."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.errors import Cancelled, ProbeError
from aestudio.core.probes.ablation import ablation
from aestudio.core.probes.units import saturation, units
from tests.core.probing import NETWORKS, images, layer, model, store

KINDS = ["dense, more units than pixels", "dense, ReLU", "linear", "two layers, narrow code", "one convolution"]


def refuse(_doing: str, _fraction: float | None) -> None:
    raise Cancelled("Stopped.")


@pytest.fixture(autouse=True)
def _several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.probes.units.CHUNK", 16)


# -- over a store ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_the_favourite_images_are_those_of_the_largest_activations(name: str) -> None:
    looked_at, images = model(NETWORKS[name]), store(40)
    code = looked_at.encode(to_float(images.images))
    count = layer(looked_at, -1).out_shape[0]
    code = code.view(40, count, -1)
    found = units(looked_at, images, top=5)
    of_images = code.amax(2).T.numpy()  # [U, N]
    np.testing.assert_allclose(found.activation, -np.sort(-of_images)[:, :5], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.activation, np.take_along_axis(of_images, found.top, 1), rtol=1e-5, atol=1e-6)
    assert all(len(set(row)) == 5 for row in found.top.tolist())
    np.testing.assert_allclose(found.mean, code.mean((0, 2)).numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", KINDS)
def test_histograms_are_numpys(name: str) -> None:
    looked_at, images = model(NETWORKS[name]), store(40)
    stage = layer(looked_at, -1)
    code = looked_at.encode(to_float(images.images)).view(40, stage.out_shape[0], -1).numpy()
    found = units(looked_at, images, bins=20)
    low, high = stage.activation.low, stage.activation.high
    if not (np.isfinite(low) and np.isfinite(high)):
        low, high = float(code.min()), float(code.max())
    np.testing.assert_allclose(found.edges, np.linspace(low, high, 21), rtol=1e-5, atol=1e-6)
    assert (found.counts.sum(1) == 40 * code.shape[2]).all()
    for unit in range(code.shape[1]):
        counts, _ = np.histogram(code[:, unit], bins=20, range=(low, high))
        assert np.abs(np.cumsum(counts) - np.cumsum(found.counts[unit])).max() <= 1  # a value may lie on an edge


def test_top_k_losers_count_as_zero_and_never_winning_is_being_dead() -> None:
    looked_at = model(NETWORKS["dense, ReLU"], code={"kind": "top-k", "k": 2})
    found = units(looked_at, store(40))
    code = looked_at.encode(to_float(store(40).images)).numpy()
    assert np.array_equal(found.dead, (code == 0).all(0))
    assert 0 < found.dead.sum() < 30
    assert (found.counts.sum(0)[0]) >= 28 * 40


def test_weak_units_are_not_dead() -> None:
    looked_at = model(NETWORKS["linear"])
    with torch.no_grad():
        stage = layer(looked_at)
        stage.W[0], stage.b[0] = 0, 0
        stage.W[1] *= 0.02
        stage.b[1] = 0
    assert units(looked_at, store(40)).dead.tolist() == [True, *[False] * 6]


def test_a_store_smaller_than_the_favourites_is_shown_whole() -> None:
    found = units(model(NETWORKS["linear"]), store(3), top=9)
    assert found.top.shape == (7, 3)
    assert all(sorted(row) == [0, 1, 2] for row in found.top.tolist())


def test_a_constant_code_has_a_histogram_too() -> None:
    looked_at = model(NETWORKS["dense, ReLU"])
    with torch.no_grad():
        layer(looked_at).b.fill_(-1000)
    found = units(looked_at, store(5))
    assert (found.counts[:, 0] == 5).all()
    assert found.dead.all()


# -- saturation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("activation", "low", "high"), [("sigmoid", 0.05, 0.95), ("tanh", -0.9, 0.9)])
def test_saturated_is_the_outermost_twentieth_at_either_end(activation: str, low: float, high: float) -> None:
    looked_at, x = model({"kind": "mlp", "widths": [80], "activation": activation}), 6 * images(30)
    h = looked_at.encode(x).numpy()
    by_hand = (h < low) | (h > high)
    found = saturation(looked_at, x)
    assert 0.02 < found.share < 0.98
    assert found.share == pytest.approx(by_hand.mean(), rel=1e-5)
    np.testing.assert_allclose(found.per_unit, by_hand.mean(0), rtol=1e-5)


def test_the_saturation_of_a_channel_is_over_all_its_places() -> None:
    looked_at, x = model(NETWORKS["one convolution"]), 6 * images(30)
    h = looked_at.encode(x).view(30, 3, 16).numpy()
    found = saturation(looked_at, x)
    np.testing.assert_allclose(found.per_unit, (np.abs(h) > 0.9).mean((0, 2)), rtol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "elu", "softplus", "identity"])
def test_an_unbounded_activation_explains_why_it_cannot_saturate(activation: str) -> None:
    looked_at = model({"kind": "mlp", "widths": [8], "activation": activation})
    with pytest.raises(ProbeError, match=f"ends in {activation}, whose values are not bounded on both sides"):
        saturation(looked_at, images())


# -- ablation ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instead", ["mean", "zero"])
@pytest.mark.parametrize("name", [*KINDS, "dense, fewer units", "two layers, wide code", "convolutions"])
def test_ablation_agrees_with_decoding_a_changed_code(name: str, instead: str) -> None:
    looked_at, x = model(NETWORKS[name]), images(12)
    count = layer(looked_at, -1).out_shape[0]
    code = looked_at.encode(x)
    error = (looked_at.decode(code) - x).square().sum((1, 2, 3))
    found = ablation(looked_at, x, instead=instead)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.error, error.numpy(), rtol=1e-5)
    assert found.rise.shape == (count, 12)
    for unit in range(count):
        without = code.view(12, count, -1).clone()
        without[:, unit] = without[:, unit].mean() if instead == "mean" else 0
        by_hand = (looked_at.decode(without.flatten(1)) - x).square().sum((1, 2, 3)) - error
        np.testing.assert_allclose(found.rise[unit], by_hand.numpy(), rtol=1e-3, atol=2e-4)
    np.testing.assert_allclose(found.mean, found.rise.mean(1))


def test_a_unit_that_the_decoder_does_not_listen_to_is_not_missed() -> None:
    looked_at = model(NETWORKS["dense, ReLU"])
    with torch.no_grad():
        layer(looked_at).V[:, 4] = 0
    assert ablation(looked_at, images(), units=[4]).mean == pytest.approx([0], abs=1e-6)


def test_some_units_can_be_asked_for_and_unknown_ones_are_refused() -> None:
    looked_at, x = model(NETWORKS["dense, ReLU"]), images()
    some, everyone = ablation(looked_at, x, units=[7, 2]), ablation(looked_at, x)
    assert some.units.tolist() == [7, 2]
    assert np.array_equal(some.rise, everyone.rise[[7, 2]])
    with pytest.raises(ProbeError, match="has units 0 to 29; there is no unit 30"):
        ablation(looked_at, x, units=[3, 30])


# -- what does not fit -------------------------------------------------------------------------------------------------


def test_images_of_another_shape_and_models_without_a_layer_are_refused_in_words() -> None:
    looked_at = model(NETWORKS["linear"])
    with pytest.raises(ProbeError, match="takes images of 1×8×8"):
        units(looked_at, store(3, (1, 9, 9)))
    for probe in (saturation, ablation):
        with pytest.raises(ProbeError, match="takes images of 1×8×8"):
            probe(looked_at, images(2, (1, 9, 9)))
    looked_at.depth = 0
    with pytest.raises(ProbeError, match="no trained hidden layer"):
        units(looked_at, store(3))


def test_what_takes_long_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        units(model(NETWORKS["linear"]), store(3), report=refuse)
    with pytest.raises(Cancelled):
        ablation(model(NETWORKS["linear"]), images(), report=refuse)
