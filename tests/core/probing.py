"""Models to look into, their Jacobians by another way, and a density whose score is known: what the tests of the probes
share.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import jacrev

from aestudio.core.data.dataset import Resident
from aestudio.core.data.sources.planar import MEANS
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.run.run import Run
from tests.core.conftest import hidden_of

NETWORKS: dict[str, dict[str, Any]] = {
    "dense, more units than pixels": {"kind": "mlp", "widths": [80], "activation": "sigmoid"},
    "dense, fewer units": {"kind": "mlp", "widths": [20], "activation": "tanh", "tied": True},
    "dense, ReLU": {"kind": "mlp", "widths": [30], "activation": "relu"},
    "linear": {"kind": "linear", "code_size": 7},
    "two layers, narrow code": {"kind": "mlp", "widths": [90, 11], "activation": "elu", "code_activation": "tanh"},
    "two layers, wide code": {"kind": "mlp", "widths": [20, 70], "activation": "tanh"},
    "convolutions": {"kind": "conv", "channels": [3, 4], "code_size": 5, "activation": "softplus"},
    "one convolution": {"kind": "conv", "channels": [3], "code_size": 0, "activation": "tanh"},
    "two convolutions": {"kind": "conv", "channels": [8, 18], "code_size": 0, "activation": "elu"},
}
DEEP = [name for name in NETWORKS if name.startswith(("two", "conv"))]


def model(network: dict[str, Any], shape: Shape = (1, 8, 8), **run: Any) -> Model:
    """With weights somewhat larger than new ones, and biases that are not zero."""
    made = Run.from_settings({"network": network, **run})
    module = Autoencoder(made, shape)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() == 1:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
            else:
                parameter.mul_(1.5)
    return Model(made, shape, module.state_dict())


def layer(looked_at: Model, number: int = 0) -> Any:
    """One stage of a model, with the weights that its kind has."""
    return looked_at.module.span(0, looked_at.module.depth)[number]


def images(count: int = 6, shape: Shape = (1, 8, 8), seed: int = 3) -> Tensor:
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(seed))


def store(count: int = 40, shape: Shape = (1, 8, 8), seed: int = 3) -> Resident:
    return Resident((images(count, shape, seed) * 255).round().to(torch.uint8))


def jacobians(looked_at: Model, x: Tensor) -> np.ndarray:
    """∂h/∂x [N, H, D] row by row through autograd, in double precision."""
    module = copy.deepcopy(looked_at.module).double()
    found = []
    for image in x.double():
        j = jacrev(lambda one: hidden_of(module, one[None], looked_at.depth).flatten())(image)
        found.append(j.flatten(1))
    return torch.stack(found).numpy()


def mixture_score(points: Tensor, deviation: float) -> Tensor:
    """∇ log p of the mixture at points [N, 2] → [N, 2], each of its normal distributions having this deviation.

    p(x) ∝ Σₖ exp(−‖x − μₖ‖² / 2s²), so ∇ log p(x) = Σₖ wₖ(x) (μₖ − x) / s² with wₖ the probability of part k given x.
    With normal noise of deviation σ on the points s² becomes noise² + σ², and Tweedie's formula holds for any σ: the
    best reconstruction of a noisy x̃ is x̃ + σ² ∇ log p(x̃).
    """
    means = MEANS.to(points)
    away = means - points[:, None]  # [N, 5, 2]
    weight = (-away.square().sum(2) / (2 * deviation**2)).softmax(1)  # [N, 5]
    return (weight[..., None] * away).sum(1) / deviation**2
