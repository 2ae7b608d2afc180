"""The contraction curve: its limits are known from the Jacobian and from saturation."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from aestudio.core.ground.errors import Cancelled, ProbeError
from aestudio.core.probes.contraction import contraction_curve, largest_distance
from tests.core.conftest import hidden_of
from tests.core.probing import NETWORKS, images, jacobians, model


def test_near_the_image_the_ratio_is_that_of_the_jacobian() -> None:
    looked_at, x = model(NETWORKS["two layers, narrow code"]), images(20)
    found = contraction_curve(looked_at, x, radii=[1e-5, 1e-3], directions=40)
    u = np.random.default_rng(0).standard_normal((20, 64, 200))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    expected = np.linalg.norm(jacobians(looked_at, x) @ u, axis=1).mean()
    assert found.ratio[0] == pytest.approx(expected, abs=5 * float(found.error[0]))
    assert found.error[0] < 0.02 * expected
    assert found.ratio[1] == pytest.approx(found.ratio[0], rel=1e-3)


def test_a_linear_encoder_contracts_alike_at_every_radius() -> None:
    found = contraction_curve(model(NETWORKS["linear"]), images(40))
    np.testing.assert_allclose(found.ratio, found.ratio[0], rtol=1e-5)


def test_far_away_a_bounded_code_cannot_move_any_further() -> None:
    found = contraction_curve(model(NETWORKS["dense, more units than pixels"]), images(20), radii=[1e4, 1e5])
    assert found.ratio[1] == pytest.approx(found.ratio[0] / 10, rel=1e-2)


def test_every_point_of_the_curve_is_a_mean_over_points_on_the_sphere() -> None:
    looked_at, x = model(NETWORKS["convolutions"]), images(30)
    found = contraction_curve(looked_at, x, radii=[0.5, 2.0], directions=8)
    generator = np.random.default_rng(1)
    module = looked_at.module
    for r, ratio, error in zip(found.radii, found.ratio, found.error, strict=True):
        v = generator.standard_normal((30, 64))
        u = torch.from_numpy(r * v / np.linalg.norm(v, axis=1, keepdims=True)).float().view(30, 1, 8, 8)
        by_hand = (hidden_of(module, x + u) - hidden_of(module, x)).flatten(1).norm(dim=1) / float(r)
        spread = float(by_hand.std()) / np.sqrt(30)
        assert float(by_hand.mean()) == pytest.approx(ratio, abs=4 * float(np.hypot(spread, error)))


def test_radii_reach_beyond_the_largest_distance_evenly_on_a_logarithmic_scale() -> None:
    x = images(30)
    found = contraction_curve(model(NETWORKS["linear"]), x)
    flat = x.flatten(1).double()
    assert found.farthest == pytest.approx(max(float((a - b).norm()) for a in flat for b in flat), rel=1e-5)
    assert found.radii[0] < found.farthest / 50
    assert found.radii[-1] > 2 * found.farthest
    np.testing.assert_allclose(np.diff(np.log(found.radii)), np.log(300) / 23, rtol=1e-4)


def test_the_seed_fixes_the_curve_and_one_image_is_enough() -> None:
    looked_at = model(NETWORKS["convolutions"])
    one, again, other = (contraction_curve(looked_at, images(1), seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.ratio, again.ratio)
    assert not np.array_equal(one.ratio, other.ratio)
    assert one.farthest == 0
    assert (one.error == 0).all()


def test_a_radius_of_zero_is_refused_and_the_curve_can_be_cancelled() -> None:
    def refuse(_doing: str, _fraction: float | None) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(ProbeError, match="above 0; one of these is 0"):
        contraction_curve(model(NETWORKS["linear"]), images(2), radii=[0, 1])
    with pytest.raises(Cancelled):
        contraction_curve(model(NETWORKS["linear"]), images(2), report=refuse)


def test_a_thousand_units_take_seconds() -> None:
    looked_at = model({"kind": "mlp", "widths": [1000]}, (1, 28, 28))
    began = time.perf_counter()
    contraction_curve(looked_at, images(256, (1, 28, 28)))
    assert time.perf_counter() - began < 15  # 0.1 s on two quiet cores


def test_the_largest_distance_of_many_images_is_found_in_pieces() -> None:
    x = images(700, (1, 1, 2))
    assert largest_distance(x) == pytest.approx(float(torch.pdist(x.flatten(1)).max()), rel=1e-5)
