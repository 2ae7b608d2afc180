"""Activation functions with the derivative and the range that penalties and losses need to know."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

ActivationName = Literal["sigmoid", "tanh", "relu", "leaky-relu", "elu", "softplus", "identity"]
OutputName = Literal["sigmoid", "identity"]


@dataclass(frozen=True)
class Activation:
    """s(a) with its first and second derivative, and the closed interval that s(a) lies in; all elementwise."""

    name: str
    function: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    """s′(a), of a and of s(a), whichever is less work."""
    curvature: Callable[[Tensor, Tensor], Tensor]
    """s″(a), of a and of s(a)."""
    low: float
    high: float
    is_identity: bool = False
    """s(a) = a."""
    rectifies: bool = False
    """Lets about half of its inputs through, so that weights start larger by √2 (He et al. 2015)."""
    in_torch: str = "{}"
    """s(a) as an expression of plain torch, with the braces for a."""
    backward: Callable[..., Tensor] | None = None
    """torch's kernel of s′ in one pass, of a gradient and of s(a)."""

    def __call__(self, a: Tensor) -> Tensor:
        return self.function(a)

    def pull_back(self, gradient: Tensor, a: Tensor, h: Tensor) -> Tensor:
        """∂𝓛/∂a from ∂𝓛/∂h, in its place: times s′(a), with h = s(a)."""
        if self.is_identity:
            return gradient
        if self.backward is not None:
            return self.backward(gradient, h, grad_input=gradient)
        return gradient.mul_(self.slope(a, h))

    def derivative(self, a: Tensor) -> Tensor:
        """s′(a), of the pre-activation alone."""
        return self.slope(a, self.function(a))

    @property
    def zeroes(self) -> bool:
        """Gives exact zeros, so that active units can be counted."""
        return not self.function(torch.tensor(-1.0)).item()

    @property
    def is_probability(self) -> bool:
        """Its values can be read as the mean of a Bernoulli variable."""
        return self.low >= 0 and self.high <= 1


def _sigmoid_slope(a: Tensor) -> Tensor:
    h = torch.sigmoid(a)
    return h * (1 - h)


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "sigmoid",
            torch.sigmoid,
            lambda _, h: h * (1 - h),
            lambda _, h: h * (1 - h) * (1 - 2 * h),
            0,
            1,
            in_torch="torch.sigmoid({})",
            backward=torch.ops.aten.sigmoid_backward.grad_input,
        ),
        Activation(
            "tanh",
            torch.tanh,
            lambda _, h: 1 - h.square(),
            lambda _, h: -2 * h * (1 - h.square()),
            -1,
            1,
            in_torch="torch.tanh({})",
            backward=torch.ops.aten.tanh_backward.grad_input,
        ),
        Activation(
            "relu",
            F.relu,
            lambda a, _: (a > 0).to(a.dtype),
            lambda a, _: torch.zeros_like(a),
            0,
            inf,
            rectifies=True,
            in_torch="torch.relu({})",
        ),
        Activation(
            "leaky-relu",
            lambda a: F.leaky_relu(a, 0.01),
            lambda a, _: torch.where(a > 0, torch.ones_like(a), 0.01),
            lambda a, _: torch.zeros_like(a),
            -inf,
            inf,
            rectifies=True,
            in_torch="nn.functional.leaky_relu({}, 0.01)",
        ),
        Activation(
            "elu",
            F.elu,
            lambda a, _: torch.where(a > 0, torch.ones_like(a), a.clamp(max=0).exp()),
            lambda a, _: torch.where(a > 0, torch.zeros_like(a), a.clamp(max=0).exp()),
            -1,
            inf,
            rectifies=True,
            in_torch="nn.functional.elu({})",
        ),
        Activation(
            "softplus",
            F.softplus,
            lambda a, _: torch.sigmoid(a),
            lambda a, _: _sigmoid_slope(a),
            0,
            inf,
            rectifies=True,
            in_torch="nn.functional.softplus({})",
        ),
        Activation(
            "identity",
            lambda a: a,
            lambda a, _: torch.ones_like(a),
            lambda a, _: torch.zeros_like(a),
            -inf,
            inf,
            is_identity=True,
        ),
    )
}
