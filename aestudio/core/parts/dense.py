"""The fully connected stage: all of the linear network and of the perceptron, and the end of the convolutional one."""

from collections.abc import Iterator
from math import prod, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.activations import Activation
from aestudio.core.parts.stages import Layer, TorchSource


class DenseStage(Layer):
    """h = s(W x + b) and back: r(Wᵀ h + c) with tied weights (the same tensor), r(V h + c) otherwise."""

    def __init__(
        self,
        in_shape: tuple[int, ...],
        width: int,
        activation: Activation,
        range: Activation,
        *,
        tied: bool,
        outputs: int = 1,
    ) -> None:
        """Raises: RunError where the decoder has more than one output for each input and is tied to the encoder."""
        super().__init__()
        if tied and outputs > 1:
            raise RunError(
                "Tied weights give one number for each pixel, and the loss wants {outputs}; untie the weights, "
                "or choose another loss.",
                outputs=outputs,
            )
        inputs = prod(in_shape)
        self.in_shape, self.out_shape, self.outputs = in_shape, (width,), outputs
        self.activation, self.range = activation, range
        self.W = nn.Parameter(torch.empty(width, inputs))
        self.b = nn.Parameter(torch.zeros(width))
        self.V = None if tied else nn.Parameter(torch.empty(outputs * inputs, width))
        self.c = nn.Parameter(torch.zeros(outputs * inputs))
        for weight in self.weights():
            nn.init.xavier_uniform_(weight, gain=sqrt(2) if activation.rectifies else 1.0)

    def affine(self, x: Tensor) -> Tensor:
        return F.linear(x.flatten(1), self.W, self.b)

    def back(self, h: Tensor) -> Tensor:
        decoder = self.W.t() if self.V is None else self.V
        return F.linear(h, decoder, self.c).reshape(h.shape[0], *self._decoded)

    @property
    def _decoded(self) -> tuple[int, ...]:
        """Of what `back` returns."""
        return (self.outputs * self.in_shape[0], *self.in_shape[1:])

    def squared_rows(self) -> Tensor:
        return self.W.square().sum(1)  # [H]

    def weights(self) -> Iterator[Tensor]:
        yield self.W
        if self.V is not None:
            yield self.V

    def by_unit(self) -> Iterator[tuple[nn.Parameter, int]]:
        yield self.W, 0
        yield self.b, 0
        if self.V is not None:
            yield self.V, 1

    def receptive_fields(self, x: Tensor) -> Tensor:
        return x.flatten(1)[..., None]

    def in_torch(self, number: int) -> TorchSource:
        inputs, width = self.W.shape[1], self.W.shape[0]
        encoder, decoder = f"encoder_{number}", f"decoder_{number}"
        images = len(self.in_shape) > 1
        layers = [f"self.{encoder} = nn.Linear({inputs}, {width})"]
        weights = {"W": f"{encoder}.weight", "b": f"{encoder}.bias"}
        if self.V is None:
            layers.append(f"self.{decoder}_bias = nn.Parameter(torch.zeros({inputs}))")
            back = f"nn.functional.linear(x, self.{encoder}.weight.t(), self.{decoder}_bias)"
            weights |= {"c": f"{decoder}_bias"}
        else:
            layers.append(f"self.{decoder} = nn.Linear({width}, {self.outputs * inputs})")
            back = f"self.{decoder}(x)"
            weights |= {"V": f"{decoder}.weight", "c": f"{decoder}.bias"}
        return TorchSource(
            tuple(layers),
            affine=f"self.{encoder}({'x.flatten(1)' if images else 'x'})",
            back=back,
            weights=weights,
            shaped=f"{{}}.unflatten(1, {self._decoded})" if images else "{}",
        )
