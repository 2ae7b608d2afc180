"""The linear autoencoder beside its twin, PCA: how close they are, from a snapshot of the weights, in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from math import degrees, inf, sqrt

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text
from aestudio.core.model.trained import Model
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.likelihoods.squared import SquaredL2
from aestudio.core.parts.penalties.weight_decay import WeightDecay
from aestudio.core.probes.moments import Moments
from aestudio.core.probes.pca import PCA

USED = 1e-6
"""A direction of the decoder counts as used above this fraction of its largest singular value."""


@dataclass(frozen=True)
class Twin:
    """A linear autoencoder of code size k against the best code of that size. Errors are squared, per pixel, of images
    in [0, 1] that are not corrupted.
    """

    code_size: int
    train_mse: float
    train_floor: float
    held_out_mse: float
    held_out_floor: float
    """PCA's, with the mean and the directions of the training images."""
    angles: tuple[float, ...]
    """Between the decoder's column space and the first k principal directions, in degrees, the smallest first; a
    direction that the decoder does not use counts as 90°.
    """
    projector_difference: float
    """‖P − P̂‖_F of the projectors on the two spaces; 0 where they are one, √2k where they are orthogonal."""
    squared_singular_values: tuple[float, ...]
    """Of the decoder, the largest first."""
    law: tuple[float, ...] | None
    """What they are at the optimum with L2 on both maps; None where the run says nothing of them."""

    @property
    def ratio(self) -> float:
        """Of the held-out error to the floor: 1 at the best, for images as many as you like."""
        return self.held_out_mse / self.held_out_floor if self.held_out_floor > 0 else inf

    @property
    def law_error(self) -> float | None:
        """The largest difference between a squared singular value and the law."""
        if self.law is None:
            return None
        return max(abs(s - wanted) for s, wanted in zip(self.squared_singular_values, self.law, strict=True))


def twin(pca: PCA, model: Model) -> Twin:
    """Raises: RunError where the model is not linear, or its images are not those of the components.

    Source: Baldi, Hornik (1989); Plaut (2018), arXiv 1804.10253; angles: Björck, Golub (1973).
    """
    W, V, bias = affine_maps(model)  # [k, D], [D, k], [D]
    if model.shape != pca.shape:
        raise RunError(
            "The model takes images of {shape}; the principal components are of {other}.",
            shape="×".join(map(str, model.shape)),
            other="×".join(map(str, pca.shape)),
        )
    code_size = len(W)
    floors = pca.floor(code_size)
    left, singular, _ = torch.linalg.svd(V, full_matrices=False)
    Q = left[:, singular > USED * singular[0]]  # [D, r]: an orthonormal basis of the decoder's column space
    U = pca.directions[:code_size]  # [k, D]
    # Sines and not cosines, which are flat where the angles are small.
    sines = torch.linalg.svdvals(Q - U.t() @ (U @ Q)).clamp(max=1)
    missing = len(U) - len(sines)
    angles = [degrees(angle) for angle in sines.asin().sort().values.tolist()] + [90.0] * missing
    return Twin(
        code_size,
        mean_squared_error(W, V, bias, pca.train),
        floors[0],
        mean_squared_error(W, V, bias, pca.held_out),
        floors[1],
        tuple(angles),
        sqrt(2 * float(sines.square().sum()) + missing),
        tuple(singular.square().tolist()),
        singular_value_law(model, pca.variances[: len(singular)]),
    )


def singular_value_law(model: Model, variances: Tensor) -> tuple[float, ...] | None:
    """The decoder's squared singular values at the optimum, from the largest variances σ² [k] of the data.

    This program's losses are summed over pixels and averaged over images, its L2 penalty is a plain sum: a linear
    autoencoder, whose biases centre the data, minimises

        E‖x − μ − VW(x − μ)‖² + λ(‖W‖²_F + ‖V‖²_F) = tr (I − VW)Σ(I − VW)ᵀ + λ(‖W‖²_F + ‖V‖²_F),

    Kunin's loss ‖X − W₂W₁X‖²_F + λ(…) divided by the number of images: his σ², an eigenvalue of XXᵀ, becomes one of Σ =
    XXᵀ/N, and λ is the penalty's weight as it stands. There W = Vᵀ, and along each principal direction with singular
    value s the objective is σ²(1 − s²)² + 2λs², whose derivative by s² vanishes at

        s² = 1 − λ/σ², and s = 0 where σ² ≤ λ.

    Tied weights count once, which halves the penalty: σ²(1 − s²)² + λs² gives s² = 1 − λ/(2σ²). Without the penalty
    only the product VW is determined, and with corruption or other terms the objective is another: None.

    Source: Kunin, Bloom, Goeva, Seed (2019), Loss Landscapes of Regularized Linear Autoencoders, arXiv 1901.08168.
    """
    run, stages = model.run, model.module.span(0, model.depth)
    decay = run.penalties[0] if len(run.penalties) == 1 else None
    alone = run.corruption.neutral and isinstance(run.loss, SquaredL2) and len(stages) == 1
    if not (alone and isinstance(decay, WeightDecay) and decay.weight > 0):
        return None
    uses = 3 - len(list(stages[0].weights()))  # of one tensor: 2 where the weights are tied
    return tuple((1 - decay.weight / (uses * variances)).clamp(min=0).tolist())


def affine_maps(model: Model) -> tuple[Tensor, Tensor, Tensor]:
    """W [k, D], V [D, k] and d [D] with x̂ = VWx + d, in float64. Raises RunError where the model is not linear."""
    stages = model.module.span(0, model.depth)
    dense = [stage for stage in stages if isinstance(stage, DenseStage)]
    linear = all(stage.activation.is_identity and stage.range.is_identity for stage in dense)
    if not dense or len(dense) < len(stages) or not linear or not model.run.code.neutral:
        raise RunError(
            "PCA is the twin of a linear autoencoder, and this one is not linear: {network}, code "
            "{code}. Train the recipe `linear`.",
            network=Text(model.run.network.title),
            code=Text(model.run.code.title),
        )
    W = V = torch.eye(dense[0].W.shape[1], dtype=torch.float64)
    b = d = torch.zeros(len(W), dtype=torch.float64)
    for stage in dense:  # h = Wx + b and x̂ = Vh + d, one layer deeper
        decoder = stage.W.t() if stage.V is None else stage.V
        W, b = stage.W.double() @ W, stage.W.double() @ b + stage.b.double()
        V, d = V @ decoder.double(), V @ stage.c.double() + d
    return W, V, V @ b + d


def mean_squared_error(W: Tensor, V: Tensor, bias: Tensor, of: Moments) -> float:
    """E‖x − VWx − d‖²/D from the moments alone, tr Σ − 2 tr WΣV + tr VᵀV WΣWᵀ + ‖μ − VWμ − d‖², without an image."""
    across = of.after(W)  # WΣ, [k, D]
    spread = of.total() - 2 * (across * V.t()).sum() + ((V.t() @ V) * (across @ W.t())).sum()
    shift = of.mean - V @ (W @ of.mean) - bias
    return float(spread + shift.square().sum()) / len(bias)
