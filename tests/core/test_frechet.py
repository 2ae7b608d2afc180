"""The Fréchet distance of two sets of features, against normal distributions whose distance is known."""

import pytest
import torch

from aestudio.core.probes.frechet import frechet


def exactly(mean: torch.Tensor, covariance: torch.Tensor, count: int = 400) -> torch.Tensor:
    """Features with exactly this mean and covariance."""
    size = len(mean)
    drawn = torch.randn(count, size, generator=torch.Generator().manual_seed(size), dtype=torch.float64)
    white = torch.linalg.solve_triangular(
        torch.linalg.cholesky(torch.cov(drawn.T)), (drawn - drawn.mean(0)).T, upper=False
    ).T
    made: torch.Tensor = mean + white @ torch.linalg.cholesky(covariance).T
    return made


def test_equal_sets_are_not_apart() -> None:
    features = exactly(torch.ones(5, dtype=torch.float64), torch.eye(5, dtype=torch.float64))
    assert frechet(features, features) == pytest.approx(0, abs=1e-9)


def test_means_apart_count_by_the_square_of_their_distance() -> None:
    still, white = torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)
    moved = torch.tensor([3.0, 0, -4], dtype=torch.float64)
    assert frechet(exactly(still, white), exactly(moved, white)) == pytest.approx(25)


def test_spreads_apart_count_by_the_squared_differences_of_the_deviations() -> None:
    zero = torch.zeros(2, dtype=torch.float64)
    a, b = (torch.diag(torch.tensor(one, dtype=torch.float64)) for one in ([1.0, 4.0], [9.0, 4.0]))
    assert frechet(exactly(zero, a), exactly(zero, b)) == pytest.approx((1 - 3) ** 2)


def test_distributions_that_do_not_share_their_axes_have_the_distance_of_the_formula() -> None:
    zero = torch.zeros(2, dtype=torch.float64)
    a = torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    b = torch.tensor([[1.0, 0.0], [0.0, 3.0]], dtype=torch.float64)
    # tr (AB)^½ of two 2×2 matrices: √(tr AB + 2 √det AB)
    expected = a.trace() + b.trace() - 2 * ((a @ b).trace() + 2 * (a @ b).det().sqrt()).sqrt()
    assert frechet(exactly(zero, a), exactly(zero, b)) == pytest.approx(float(expected))


def test_features_that_never_vary_have_a_distance_too() -> None:
    assert frechet(torch.ones(10, 3), torch.zeros(10, 3)) == pytest.approx(3)
