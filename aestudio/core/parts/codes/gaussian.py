"""The code of a variational autoencoder: normal numbers whose means and spreads the encoder gives."""

from __future__ import annotations

from math import prod
from typing import ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.parts.activations import Activation
from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.normal import kl_to_standard, log_standard
from aestudio.core.parts.one_pass import Latent, Mode
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


class Heads(nn.Module):
    """Mean and log variance [N, K] of a code from the hidden layer, and the layer that leads back to it."""

    def __init__(self, hidden: tuple[int, ...], size: int, activation: Activation) -> None:
        super().__init__()
        self.hidden, self.activation = hidden, activation
        self.mean, self.log_variance = nn.Linear(prod(hidden), size), nn.Linear(prod(hidden), size)
        self.back = nn.Linear(size, prod(hidden))


class Gaussian(Code):
    """z = μ(h) + σ(h) ⊙ ε with ε ~ N(0, I), and the prior N(0, I). Looked at, scored and exported is the mean μ.

    μ and log σ² are linear in the hidden layer; a third layer with the hidden layer's own activation leads from the
    code [N, K] back to it, so that the decoder is as deep as the encoder.
    """

    kind: ClassVar[str] = "gaussian"
    title: ClassVar[str] = "Gaussian"
    about: ClassVar[str] = (
        "Each number of the code is drawn from a normal distribution of its own: the encoder gives its mean and its "
        "spread. Looked at, scored and exported is the mean."
    )
    equation: ClassVar[str] = r"z = \mu(h) + \sigma(h) \odot \varepsilon"
    source: ClassVar[str] = "Kingma, Welling (2014), Auto-Encoding Variational Bayes, arXiv 1312.6114"
    rank: ClassVar[int] = 2
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = False
    any_size: ClassVar[bool] = False
    code_size_knob: ClassVar[str] = "size"

    size: int = knob(8, "Code size", low=1, high=4096, tip="How many numbers the code has.")

    def shape(self, hidden: tuple[int, ...]) -> tuple[int, ...]:
        return (self.size,)

    def build(self, plan: Plan) -> Heads:
        return Heads(plan.hidden, self.size, plan.stages[-1].activation)

    def encode(self, hidden: Tensor, own: Heads, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        flat = hidden.flatten(1)  # [N, H]
        mean, log_variance = own.mean(flat), own.log_variance(flat)  # [N, K]
        kl = kl_to_standard(mean, log_variance)
        if not mode.sample:
            return Latent(mean, mean, kl, log_variance=log_variance)
        shape = (len(flat), samples, self.size)
        noise = torch.randn(shape, generator=generator, device=flat.device, dtype=flat.dtype)
        code = (mean[:, None] + (log_variance / 2).exp()[:, None] * noise).flatten(0, 1)  # [N·k, K]
        log_q = (log_standard(noise) - log_variance[:, None] / 2).sum(2).flatten()  # ε is (z − μ) / σ
        return Latent(code, mean, kl, log_q, log_standard(code).sum(1), log_variance)

    def decode(self, code: Tensor, own: Heads) -> Tensor:
        return own.activation(own.back(code)).view(-1, *own.hidden)

    def prior(self, count: int, own: Own, generator: torch.Generator | None = None) -> Tensor:
        return torch.randn(count, self.size, generator=generator)

    def in_torch(self, hidden: tuple[int, ...], own: Heads) -> TorchCode:
        width = prod(hidden)
        back = own.activation.in_torch.format("self.back(x)")
        return TorchCode(
            encode=("x = self.mean(x.flatten(1))",),
            decode=(f"x = {back}" if len(hidden) == 1 else f"x = {back}.view(-1, *{hidden})",),
            layers=(
                f"self.mean = nn.Linear({width}, {self.size})",
                f"self.back = nn.Linear({self.size}, {width})",
            ),
            weights={name: name for name in ("mean.weight", "mean.bias", "back.weight", "back.bias")},
        )
