"""Tangent directions: how an image may change so that its code changes most."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aestudio.core.model.trained import Model
from aestudio.core.probes.budget import eigenvalues
from aestudio.core.probes.encoder import Encoder, encoder
from aestudio.core.probes.jacobian import randomised_svd
from aestudio.core.run.events import Floats

EXACT = 0.2
"""Seconds that decomposing the whole Jacobian of the image may take."""


@dataclass(frozen=True, eq=False)
class Tangents:
    """The leading right singular vectors of J at one image. For a contractive autoencoder they span the plane that
    touches the manifold of the data there.
    """

    directions: Floats
    """Orthonormal, as images [k, C, H, W]; the pixel of largest magnitude is positive, as the sign is free."""
    values: Floats
    """By how much the code moves along each, σ₁ ≥ σ₂ ≥ … [k]."""
    exact: bool
    """From the whole Jacobian; else from a randomised SVD, as `leading_spectrum`."""


def tangents(model: Model, image: Tensor, k: int = 8, *, seed: int = 0) -> Tangents:
    """The k leading tangents at an image [1, C, H, W].

    Costs 70 ms for 784→1000; where that would be too long, a randomised SVD takes 10 ms.

    Raises: ProbeError where the image does not fit the model.
    Source: Rifai, Dauphin, Vincent, Bengio, Muller (2011), The Manifold Tangent Classifier, section 3.
    """
    f = encoder(model, image)
    image = image[:1]
    k = min(k, f.inputs, f.units)
    narrow, wide = sorted((f.inputs, f.units))
    exact = eigenvalues(narrow, wide) + narrow * f.seconds <= EXACT
    if exact:
        values, right = _svd(f, image, k)
    else:
        estimated, vectors = randomised_svd(f, image, k, torch.Generator().manual_seed(seed))
        values, right = estimated[0], vectors[0].T
    largest = right.gather(1, right.abs().argmax(1, keepdim=True))  # [k, 1]
    right = torch.where(largest < 0, -right, right)
    return Tangents(right.float().view(-1, *model.shape).numpy(), values.float().numpy(), exact)


def _svd(f: Encoder, image: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Singular values [k] and right singular vectors [k, D], through the eigenvectors of the smaller of JᵀJ and JJᵀ."""
    jacobian = f.jacobian(image)[0].detach().double()  # [H, D]
    squared, vectors = torch.linalg.eigh(jacobian.T @ jacobian if f.forward else jacobian @ jacobian.T)
    values, vectors = squared.clamp_min(0).sqrt().flip(0)[:k], vectors.flip(1)[:, :k]
    right = vectors if f.forward else torch.linalg.qr(jacobian.T @ vectors).Q  # Jᵀ u = σ v; of length 1 where σ > 0
    return values, right.T
