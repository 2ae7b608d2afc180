"""Two-dimensional data: where the model moves each point of the plane, and how it contracts there."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.func import jacrev, vmap

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.texts import Text
from aestudio.core.model.trained import Model
from aestudio.core.parts.one_pass import CLEAN
from aestudio.core.probes.encoder import encoder, fitting
from aestudio.core.run.events import Floats

Extent = tuple[float, float]
"""The part of both axes that a grid covers."""


@dataclass(frozen=True, eq=False)
class VectorField:
    """r(x) − x on a grid: from each point to its reconstruction, the noise being left out."""

    points: Floats
    """x, [G, G, 2]: row by row from the lowest y, in each row from the lowest x; the last axis is (x, y)."""
    arrows: Floats
    """r(x) − x, [G, G, 2]."""
    sigma: float
    """Of the Gaussian noise that the model was trained against; 0 where it was not."""

    @property
    def score(self) -> Floats:
        """The model's estimate of ∇ log p(x), (r(x) − x)/σ² [G, G, 2].

        Raises: ProbeError where the model was not trained against Gaussian noise.
        Source: Alain, Bengio (2014), What regularized auto-encoders learn from the data-generating distribution.
        """
        if not self.sigma:
            raise ProbeError(
                "The score of the density can be read off a denoising autoencoder only; train with Gaussian noise."
            )
        score: Floats = self.arrows / np.float32(self.sigma**2)
        return score


def vector_field(model: Model, grid: int = 24, span: Extent = (0.0, 1.0)) -> VectorField:
    """The field on a grid of G×G points.

    A denoising autoencoder's arrows point up the density: r(x) − x → σ² ∇ log p(x) as σ → 0, and for any σ the best
    possible r has r(x) − x = σ² ∇ log p_σ(x), p_σ being the density of the noisy points. Costs 1 ms.

    Raises: ProbeError where the data are not two-dimensional or there is no hidden layer.
    Source: Alain, Bengio (2014), theorem 2; Vincent (2011); Robbins (1956) for any σ, known as Tweedie's formula.
    """
    points = _grid(model, grid, span)
    with torch.no_grad():
        arrows = model.decode(model.encode(points)) - points
    return VectorField(_as_grid(points, grid), _as_grid(arrows, grid), model.run.corruption.noise_level or 0.0)


@dataclass(frozen=True, eq=False)
class Ellipses:
    """What becomes of a small circle around each point: an ellipse, its semi-axes in units of the circle's radius."""

    points: Floats
    """[G, G, 2], as in VectorField."""
    axes: Floats
    """The singular values σ₁ ≥ σ₂ of J [G, G, 2]; where both are below 1 the model contracts."""
    angles: Floats
    """Of the long semi-axis against the x axis, in radians in [−π/2, π/2] [G, G]."""


def contraction_ellipses(
    model: Model, grid: int = 12, span: Extent = (0.0, 1.0), of: Literal["encoder", "reconstruction"] = "encoder"
) -> Ellipses:
    """The image of a small circle under the Jacobian J, on a grid of G×G points.

    `reconstruction`: J = ∂r/∂x maps the plane onto itself; the ellipse lies along its left singular vectors. `encoder`:
    J = ∂h/∂x leads out of the plane; of its polar decomposition J = Q S, S = (JᵀJ)^½, the isometry Q only turns the
    ellipse into code space, so S's ellipse is drawn: along the right singular vectors, the directions in the plane that
    the code sees most and least. Costs 3 ms.

    Raises: ProbeError where the data are not two-dimensional or there is no hidden layer.
    """
    points = _grid(model, grid, span)
    f = encoder(model, points)
    if of == "encoder":
        jacobian = f.jacobian(points)  # [N, H, 2]
    else:
        run, module, trained = model.run, model.module, model.span

        def r(x: Tensor) -> Tensor:
            return module.look(run, x[None], trained, CLEAN).reconstruction.flatten()

        jacobian = vmap(jacrev(r))(points).flatten(2)  # [N, 2, 2]
    left, values, right = torch.linalg.svd(jacobian.double(), full_matrices=False)
    values = torch.nn.functional.pad(values, (0, 2 - values.shape[1]))  # a code of one unit sees one direction
    along = right[:, 0] if of == "encoder" else left[:, :, 0]  # [N, 2]
    angle = torch.atan(along[:, 1] / along[:, 0]).nan_to_num(0.0)
    return Ellipses(_as_grid(points, grid), _as_grid(values, grid), angle.float().view(grid, grid).numpy())


def density(images: Tensor, grid: int = 96, span: Extent = (0.0, 1.0), bandwidth: float = 0.02) -> Floats:
    """The density of points [N, 1, 1, 2] for the background, per unit of area: [G, G] on the points of a VectorField's
    grid of that size.

    A kernel estimate with a normal kernel of deviation `bandwidth`; being separable, it is one matrix product. Costs
    10 ms for 4000 points.

    Raises: ProbeError where the data are not two-dimensional.
    """
    if images.flatten(1).shape[1] != 2:
        raise ProbeError(_not_planar(tuple(images.shape[1:])))
    at = torch.linspace(*span, grid, dtype=torch.float64)
    distance = (at[:, None, None] - images.flatten(1).double()) / bandwidth  # [G, N, 2]
    kernel = (-0.5 * distance.square()).exp() / (bandwidth * (2 * torch.pi) ** 0.5)
    estimate: Floats = (kernel[..., 1] @ kernel[..., 0].T / len(images)).float().numpy()
    return estimate


def _grid(model: Model, grid: int, span: Extent) -> Tensor:
    """Images [G·G, *shape] of a grid's points. Raises ProbeError where images have not exactly two numbers."""
    if prod(model.shape) != 2:
        raise ProbeError(_not_planar(model.shape))
    at = torch.linspace(*span, grid)
    y, x = torch.meshgrid(at, at, indexing="ij")
    points = torch.stack([x, y], 2).view(-1, *model.shape)
    fitting(model, points)
    return points


def _as_grid(values: Tensor, grid: int) -> Floats:
    """[G·G, …] with two numbers each → [G, G, 2]."""
    shaped: Floats = values.reshape(grid, grid, 2).float().numpy()
    return shaped


def _not_planar(shape: tuple[int, ...]) -> Text:
    return Text(
        "The field needs two-dimensional data, and images of {shape} have more numbers than two; train on the "
        "points in the plane to see it.",
        shape="×".join(map(str, shape)),
    )
