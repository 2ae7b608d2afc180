"""The field, its ellipses and the density, against a density whose score is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from aestudio.core.data.sources.planar import MEANS, draw
from aestudio.core.ground.errors import ProbeError
from aestudio.core.model.trained import Model
from aestudio.core.probes.field import contraction_ellipses, density, vector_field
from aestudio.core.run.events import Finished
from aestudio.core.run.recipes import find
from aestudio.core.training.fit import fit
from tests.core.probing import images, jacobians, mixture_score, model

PLANE = (1, 1, 2)
NOISE, SIGMA = 0.05, 0.06
ACROSS = (NOISE**2 + SIGMA**2) ** 0.5
"""Deviation of each cloud of noisy points."""


@pytest.fixture(scope="module")
def denoiser() -> Model:
    """The shipped recipe, for five seconds, on the mixture."""
    run = find("planar-denoising").run()
    for path, value in {"data.figure": "mixture", "data.noise": NOISE, "corruption.sigma": SIGMA, "epochs": 60}.items():
        run = run.with_value(path, value)
    dataset = run.data.load()
    *_, end = fit(run, dataset)
    assert isinstance(end, Finished)
    assert end.weights is not None
    return Model(run, dataset.shape, end.weights)


def noisy_density(points: NDArray[Any], deviation: float = ACROSS) -> Any:
    """Of the mixture with clouds of this deviation, at points [..., 2]."""
    away = np.square(points[..., None, :] - MEANS.numpy()).sum(-1)
    return np.exp(-away / (2 * deviation**2)).mean(-1) / (2 * math.pi * deviation**2)


# -- the field ---------------------------------------------------------------------------------------------------------


def test_the_grid_runs_by_rows_of_y_and_columns_of_x() -> None:
    found = vector_field(model({"kind": "mlp", "widths": [6]}, PLANE), 5, (-0.5, 1.5))
    assert found.points.shape == found.arrows.shape == (5, 5, 2)
    np.testing.assert_allclose(found.points[0, :, 0], np.linspace(-0.5, 1.5, 5))
    np.testing.assert_allclose(found.points[:, 0, 1], np.linspace(-0.5, 1.5, 5))
    assert (found.points[2, :, 1] == 0.5).all()


def test_an_arrow_leads_from_a_point_to_its_reconstruction() -> None:
    looked_at = model({"kind": "mlp", "widths": [6]}, PLANE)
    found = vector_field(looked_at, 4)
    x = torch.from_numpy(found.points[1, 2]).view(1, *PLANE)
    reconstructed = looked_at.decode(looked_at.encode(x)).flatten().numpy()
    np.testing.assert_allclose(found.points[1, 2] + found.arrows[1, 2], reconstructed, rtol=1e-5)


def test_a_denoiser_points_up_the_density(denoiser: Model) -> None:
    found = vector_field(denoiser, 24)
    true = SIGMA**2 * mixture_score(torch.from_numpy(found.points).view(-1, 2), ACROSS).numpy()  # Tweedie's formula
    p = noisy_density(found.points).flatten()
    likely = p > 0.02 * p.max()
    assert likely.sum() > 200
    arrows, true = found.arrows.reshape(-1, 2)[likely], true[likely]
    cosine = (arrows * true).sum(1) / np.linalg.norm(arrows, axis=1) / np.linalg.norm(true, axis=1)
    assert np.median(cosine) > 0.99
    assert np.corrcoef(arrows.flatten(), true.flatten())[0, 1] > 0.95
    assert 0.85 < (arrows * true).sum() / np.square(true).sum() < 1.15  # of the right length
    np.testing.assert_allclose(found.score, found.arrows / SIGMA**2, rtol=1e-5)


def test_following_the_arrows_leads_to_the_modes(denoiser: Model) -> None:
    x = MEANS.repeat(20, 1) + 0.08 * torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    x = x.view(-1, *PLANE)
    for _ in range(30):
        x = denoiser.decode(denoiser.encode(x))
    distance = torch.cdist(x.flatten(1), MEANS).min(1).values
    assert float(distance.median()) < 0.02


def test_without_gaussian_noise_there_is_no_score() -> None:
    found = vector_field(model({"kind": "mlp", "widths": [6]}, PLANE), 3)
    assert found.sigma == 0
    with pytest.raises(ProbeError, match="train with Gaussian noise"):
        _ = found.score


# -- ellipses ----------------------------------------------------------------------------------------------------------


def circle(j: NDArray[Any]) -> Any:
    """The image of the unit circle under J [·, 2], as points [360, ·]."""
    angle = np.radians(np.arange(360))
    return np.stack([np.cos(angle), np.sin(angle)], 1) @ j.T


@pytest.mark.parametrize("widths", [[6], [5, 7], [2]], ids=str)
def test_an_encoders_ellipse_has_the_axes_of_the_circles_image(widths: list[int]) -> None:
    looked_at = model({"kind": "mlp", "widths": widths, "activation": "tanh"}, PLANE)
    found = contraction_ellipses(looked_at, 3)
    x = torch.from_numpy(found.points).view(-1, *PLANE)
    for j, axes, angle in zip(jacobians(looked_at, x), found.axes.reshape(-1, 2), found.angles.flatten(), strict=True):
        length = np.linalg.norm(circle(j), axis=1)
        assert length.max() == pytest.approx(axes[0], rel=1e-3)
        assert length.min() == pytest.approx(axes[1], rel=1e-2, abs=1e-4)
        seen_most = np.array([math.cos(angle), math.sin(angle)])  # in the plane
        assert np.linalg.norm(j @ seen_most) == pytest.approx(axes[0], rel=1e-3)


def test_a_reconstructions_ellipse_is_the_circles_image_itself() -> None:
    looked_at = model({"kind": "mlp", "widths": [5, 7], "activation": "tanh"}, PLANE)
    found = contraction_ellipses(looked_at, 3, of="reconstruction")
    step = 1e-3
    for point, axes, angle in zip(
        found.points.reshape(-1, 2), found.axes.reshape(-1, 2), found.angles.flatten(), strict=True
    ):
        turn = np.radians(np.arange(360))
        around = torch.from_numpy(point + step * np.stack([np.cos(turn), np.sin(turn)], 1))
        moved = looked_at.decode(looked_at.encode(around.float().view(-1, *PLANE))).view(-1, 2).double().numpy()
        away = (moved - moved.mean(0)) / step
        length = np.linalg.norm(away, axis=1)
        assert length.max() == pytest.approx(axes[0], rel=0.01)
        farthest = away[length.argmax()] / length.max()
        assert abs(farthest @ [math.cos(angle), math.sin(angle)]) == pytest.approx(1, abs=0.01)
    assert (np.abs(found.angles) <= math.pi / 2).all()


def test_a_denoisers_reconstruction_contracts_where_the_density_peaks(denoiser: Model) -> None:
    found = contraction_ellipses(denoiser, 41, of="reconstruction")
    at_a_mean = [np.square(found.points - mean).sum(2).argmin() for mean in MEANS.numpy()]
    # There r(x) − x = σ² ∇ log p, so ∂r/∂x = 1 − σ²/(s² + σ²) in every direction.
    assert np.median(found.axes.reshape(-1, 2)[at_a_mean]) == pytest.approx(1 - SIGMA**2 / ACROSS**2, abs=0.12)


def test_a_code_of_one_unit_sees_one_direction() -> None:
    found = contraction_ellipses(model({"kind": "mlp", "widths": [1]}, PLANE), 3)
    assert (found.axes[..., 0] > 0).all()
    assert (found.axes[..., 1] == 0).all()


# -- the density -------------------------------------------------------------------------------------------------------


def test_the_density_is_that_of_the_points_smoothed() -> None:
    points, _ = draw("mixture", 100_000, NOISE, seed=5)
    found = density(points.view(-1, *PLANE), 40, bandwidth=0.03)
    grid = vector_field(model({"kind": "mlp", "widths": [6]}, PLANE), 40).points
    true = noisy_density(grid, (NOISE**2 + 0.03**2) ** 0.5)
    np.testing.assert_allclose(found, true, atol=0.03 * true.max())


def test_the_density_sums_to_one_over_a_wide_square() -> None:
    found = density(images(500, PLANE), 200, (-0.5, 1.5))
    assert found.sum() * (2 / 199) ** 2 == pytest.approx(1, abs=1e-3)


# -- what does not fit -------------------------------------------------------------------------------------------------


def test_data_of_more_dimensions_are_refused_in_words() -> None:
    looked_at = model({"kind": "mlp", "widths": [6]})
    for probe in (vector_field, contraction_ellipses):
        with pytest.raises(ProbeError, match="needs two-dimensional data, and images of 1×8×8"):
            probe(looked_at)
    with pytest.raises(ProbeError, match="needs two-dimensional data"):
        density(images())


def test_a_model_without_a_layer_has_no_field() -> None:
    looked_at = model({"kind": "mlp", "widths": [6]}, PLANE)
    looked_at.depth = 0
    with pytest.raises(ProbeError, match="no trained hidden layer"):
        vector_field(looked_at)
