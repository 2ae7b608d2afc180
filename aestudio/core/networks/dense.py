"""The fully connected stage: all of the linear network and of the perceptron, and the end of the convolutional one."""

from collections.abc import Iterator
from math import prod, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aestudio.core.activations import Activation
from aestudio.core.parts import Stage


class DenseStage(Stage):
    """h = s(W x + b) and back: r(Wᵀ h + c) with tied weights (the same tensor), r(V h + c) otherwise."""

    def __init__(
        self, in_shape: tuple[int, ...], width: int, activation: Activation, range: Activation, *, tied: bool
    ) -> None:
        super().__init__()
        inputs = prod(in_shape)
        self.in_shape, self.out_shape = in_shape, (width,)
        self.activation, self.range = activation, range
        self.W = nn.Parameter(torch.empty(width, inputs))
        self.b = nn.Parameter(torch.zeros(width))
        self.V = None if tied else nn.Parameter(torch.empty(inputs, width))
        self.c = nn.Parameter(torch.zeros(inputs))
        for weight in self.weights():
            nn.init.xavier_uniform_(weight, gain=sqrt(2) if activation.rectifies else 1.0)

    def affine(self, x: Tensor) -> Tensor:
        return F.linear(x.flatten(1), self.W, self.b)

    def back(self, h: Tensor) -> Tensor:
        decoder = self.W.t() if self.V is None else self.V
        return F.linear(h, decoder, self.c).reshape(len(h), *self.in_shape)

    def squared_rows(self) -> Tensor:
        return self.W.square().sum(1)  # [H]

    def weights(self) -> Iterator[Tensor]:
        yield self.W
        if self.V is not None:
            yield self.V
