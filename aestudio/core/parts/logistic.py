"""Logarithms of the sigmoid that stay finite where it saturates, and are quick where torch's own are not.

On a CPU torch computes log(1 + y) number by number: 70 to 90 % of the time that a Bernoulli cross-entropy takes there,
and a third of a training of an importance weighted bound. Its exponential and its logarithm take a tenth of that.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def log_of_one_plus(y: Tensor) -> Tensor:
    """log(1 + y) for y ≥ 0, to the rounding of y's type however small y is.

    What 1 + y loses of y is put back by the slope of the logarithm there, 1/(1 + y).
    """
    one_plus = 1 + y
    lost = y - (one_plus - 1)
    return torch.log(one_plus).add_(lost.div_(one_plus))


def log_of_sigmoid(x: Tensor) -> Tensor:
    """log σ(x) = min(x, 0) − log(1 + e^−|x|), of the same shape; without a gradient."""
    return x.clamp(max=0).sub_(log_of_one_plus(x.abs().neg_().exp_()))


class LogSigmoid(torch.autograd.Function):
    """log σ(x), with its slope σ(−x)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return log_of_sigmoid(x)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return slope * torch.sigmoid(-x)


class Bernoulli(torch.autograd.Function):
    """−log p(t) of a Bernoulli variable whose log odds are x, of both tensors' shape, with the slope σ(x) − t:
    max(x, 0) − t x + log(1 + e^−|x|), in which nothing is lost where x is large and right.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, t: Tensor) -> Tensor:
        ctx.save_for_backward(x, t)
        return x.clamp(min=0).sub_(t * x).add_(log_of_one_plus(x.abs().neg_().exp_()))

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor | None]:
        x, t = ctx.saved_tensors
        return slope * (torch.sigmoid(x) - t), -slope * x if ctx.needs_input_grad[1] else None


def log_sigmoid(x: Tensor) -> Tensor:
    """log σ(x), of the same shape."""
    logs: Tensor = LogSigmoid.apply(x) if x.is_cpu else F.logsigmoid(x)
    return logs


def bernoulli(logits: Tensor, target: Tensor) -> Tensor:
    """−log p of each number of `target`, in [0, 1], under a Bernoulli variable of those log odds, in nats; both of one
    shape, and so is the result. Logits that were rounded to bfloat16 are float32 from here on, as autocast has it."""
    if not logits.is_cpu:
        return F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    nats: Tensor = Bernoulli.apply(logits.to(torch.promote_types(logits.dtype, torch.float32)), target)
    return nats
