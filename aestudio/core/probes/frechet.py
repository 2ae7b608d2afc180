"""The Fréchet distance of two sets of features, each taken for a normal distribution."""

from __future__ import annotations

import torch
from torch import Tensor


def frechet(a: Tensor, b: Tensor) -> float:
    """The squared distance between features [N, F] and [M, F]: |μ_a − μ_b|² + tr(Σ_a + Σ_b − 2 (Σ_a^½ Σ_b Σ_a^½)^½).

    It means something only beside that of two sets of real images, and in the same features. What is known as FID takes
    those of one network trained on photographs, and is another number.

    Source: Dowson, Landau (1982), The Fréchet distance between multivariate normal distributions, equation 4.
    """
    (mean_a, cov_a), (mean_b, cov_b) = (_moments(one) for one in (a, b))
    root = _root(cov_a)
    between = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return float((mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * between)


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    given = features.double()
    return given.mean(0), torch.cov(given.T).reshape(given.shape[1], -1)


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root
