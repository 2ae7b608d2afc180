"""The code of a variational autoencoder: normal numbers whose means and spreads the encoder gives."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.parts.activations import Activation
from aestudio.core.parts.by_hand import NormalByHand
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


class GaussianByHand(NormalByHand):
    """The same code and its gradients: with zₙⱼ = μₙ + σₙ εₙⱼ, ∂zₙⱼ/∂μₙ = 1 and ∂zₙⱼ/∂log σ²ₙ = σₙ εₙⱼ / 2."""

    def __init__(self, hidden: Tensor, own: Heads, generator: torch.Generator | None, samples: int) -> None:
        self.hidden, self.own = hidden, own
        self.mean, self.log_variance = own.mean(hidden), own.log_variance(hidden)  # [N, K]
        self.noise = torch.randn((len(hidden), samples, self.mean.shape[1]), generator=generator, dtype=hidden.dtype)
        self.shift = self.noise * (self.log_variance / 2).exp_()[:, None]  # σ ε [N, k, K]
        self.code = (self.mean[:, None] + self.shift).flatten(0, 1)  # [N·k, K]
        self.preactivation = own.back(self.code)
        super().__init__(own.activation(self.preactivation))

    def log_ratio(self) -> Tensor:
        log_q = (log_standard(self.noise) - self.log_variance[:, None] / 2).sum(2).flatten()  # ε is (z − μ) / σ
        return log_standard(self.code).sum(1) - log_q

    def receive(self, slope: Tensor, gradient: Mapping[Tensor, Tensor], share: Tensor | None = None) -> Tensor:
        back = self.own.back
        slope = self.own.activation.pull_back(slope, self.preactivation, self.given)
        torch.mm(slope.t(), self.code, out=gradient[back.weight])
        torch.sum(slope, 0, out=gradient[back.bias])
        to_code = torch.mm(slope, back.weight)
        if share is not None:
            to_code.addcmul_(self.code, share[:, None])  # ∂log p(z)/∂z = −z
        to_code = to_code.view_as(self.noise)
        self.to_mean = to_code.sum(1)
        self.to_log_variance = (to_code * self.shift).sum(1).div_(2)
        if share is not None:
            self.to_log_variance.sub_(share.view(len(self.mean), -1).sum(1, keepdim=True) / 2)  # ∂log q/∂log σ² = −½
        return torch.zeros_like(self.hidden)

    def pass_on(self, to_hidden: Tensor, gradient: Mapping[Tensor, Tensor]) -> Tensor:
        for head, slope in ((self.own.mean, self.to_mean), (self.own.log_variance, self.to_log_variance)):
            torch.mm(slope.t(), self.hidden, out=gradient[head.weight])
            torch.sum(slope, 0, out=gradient[head.bias])
            to_hidden.addmm_(slope, head.weight)
        return to_hidden


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

    def by_hand(self, hidden: Tensor, own: Heads, generator: torch.Generator | None, samples: int) -> GaussianByHand:
        return GaussianByHand(hidden, own, generator, samples)

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
