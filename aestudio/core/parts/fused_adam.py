"""Adam's fused kernel without what torch does around it, which costs more than the kernel for a small network."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn


class FusedAdam:
    """Moves as `optimiser.step()` does, to the last bit, with the memory of that optimiser.

    torch's own step looks for hooks, graphs and foreign types each time. The optimiser is `torch.optim.Adam`, or
    `AdamW`, whose decay is none of the loss's.
    """

    def __init__(self, optimiser: torch.optim.Optimizer, decaying: Collection[nn.Parameter]) -> None:
        """`decaying` have an L2 penalty."""
        (self._group,) = optimiser.param_groups
        self._optimiser, self._decaying = optimiser, list(decaying)
        self._decoupled = isinstance(optimiser, torch.optim.AdamW)
        self._all: list[Tensor] = self._group["params"]
        kept = {id(one) for one in decaying}
        self._apart = [[one for one in self._all if (id(one) in kept) is whether] for whether in (True, False)]
        self._lists: dict[int, tuple[list[Tensor], ...]] = {}

    def __call__(self, rate: float, decay: float) -> None:
        """One step at this learning rate; the gradients of `decaying` have `decay` times the weight beside the rest."""
        if not self._is_ready():
            self._remember()
        if not decay:
            self._move(self._all, rate, 0.0)
        elif self._decoupled:
            self._add(decay)
            self._move(self._all, rate, 0.0)
        else:
            for parameters, theirs in zip(self._apart, (decay, 0.0), strict=True):
                self._move(parameters, rate, theirs)

    def _move(self, parameters: list[Tensor], rate: float, decay: float) -> None:
        group, (gradients, means, squares, steps) = self._group, self._lists[id(parameters)]
        (beta1, beta2), settings = group["betas"], dict[str, Any](amsgrad=False, maximize=False)
        torch._foreach_add_(steps, 1)
        kernel = torch._fused_adamw_ if self._decoupled else torch._fused_adam_
        kernel(
            parameters,
            gradients,
            means,
            squares,
            [],
            steps,
            lr=rate,
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"] + decay,
            eps=group["eps"],
            **settings,
        )

    def _add(self, decay: float) -> None:
        for weight in self._decaying:
            assert weight.grad is not None
            weight.grad.add_(weight.detach(), alpha=decay)

    def _remember(self) -> None:
        """The optimiser's memory, made at the first step as torch's own step makes it."""
        state = self._optimiser.state
        for one in self._all:
            if not state[one]:
                state[one] = {"step": torch.zeros((), device=one.device)}
                for name in ("exp_avg", "exp_avg_sq"):
                    state[one][name] = torch.zeros_like(one, memory_format=torch.preserve_format)
        for parameters in (self._all, *self._apart):
            self._lists[id(parameters)] = (
                [one.grad for one in parameters if one.grad is not None],
                *([state[one][name] for one in parameters] for name in ("exp_avg", "exp_avg_sq", "step")),
            )

    def _is_ready(self) -> bool:
        """The memory is still the optimiser's: a checkpoint that is loaded puts another in its place."""
        if not self._lists:
            return False
        gradients, means, *_ = self._lists[id(self._all)]
        state = self._optimiser.state
        return all(
            state[one]["exp_avg"] is mean and one.grad is gradient
            for one, mean, gradient in zip(self._all, means, gradients, strict=True)
        )
