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
    """s(a), s′(a) and the closed interval that s(a) lies in; all elementwise."""

    name: str
    function: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    """Of the pre-activation a, not of s(a)."""
    low: float
    high: float
    is_identity: bool = False
    """s(a) = a."""
    rectifies: bool = False
    """Lets about half of its inputs through, so that weights start larger by √2 (He et al. 2015)."""
    in_torch: str = "{}"
    """s(a) as an expression of plain torch, with the braces for a."""

    def __call__(self, a: Tensor) -> Tensor:
        return self.function(a)

    @property
    def zeroes(self) -> bool:
        """Gives exact zeros, so that active units can be counted."""
        return not self.function(torch.tensor(-1.0)).item()

    @property
    def is_probability(self) -> bool:
        """Its values can be read as the mean of a Bernoulli variable."""
        return self.low >= 0 and self.high <= 1


def _sigmoid_derivative(a: Tensor) -> Tensor:
    h = torch.sigmoid(a)
    return h * (1 - h)


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", torch.sigmoid, _sigmoid_derivative, 0, 1, in_torch="torch.sigmoid({})"),
        Activation("tanh", torch.tanh, lambda a: 1 - torch.tanh(a).square(), -1, 1, in_torch="torch.tanh({})"),
        Activation("relu", F.relu, lambda a: (a > 0).to(a.dtype), 0, inf, rectifies=True, in_torch="torch.relu({})"),
        Activation(
            "leaky-relu",
            lambda a: F.leaky_relu(a, 0.01),
            lambda a: torch.where(a > 0, torch.ones_like(a), 0.01),
            -inf,
            inf,
            rectifies=True,
            in_torch="nn.functional.leaky_relu({}, 0.01)",
        ),
        Activation(
            "elu",
            F.elu,
            lambda a: torch.where(a > 0, torch.ones_like(a), a.clamp(max=0).exp()),
            -1,
            inf,
            rectifies=True,
            in_torch="nn.functional.elu({})",
        ),
        Activation(
            "softplus",
            F.softplus,
            torch.sigmoid,
            0,
            inf,
            rectifies=True,
            in_torch="nn.functional.softplus({})",
        ),
        Activation("identity", lambda a: a, torch.ones_like, -inf, inf, is_identity=True),
    )
}
