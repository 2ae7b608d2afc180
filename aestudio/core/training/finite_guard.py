"""Forbids steps that would make the weights non-finite, without asking the device for a number at each step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class FiniteGuard:
    """Fused optimisers skip a step where their `found_inf` is 1, a mechanism made for mixed precision.

    Here it is set where the objective or a gradient is not finite, and stays set: from the first such step on nothing
    moves, so the weights are the last finite ones however late the loop reads the losses.
    """

    def __init__(
        self, optimiser: torch.optim.Optimizer, parameters: Sequence[nn.Parameter], device: torch.device
    ) -> None:
        self._optimiser, self._parameters = optimiser, parameters
        self._tripped = torch.zeros((), device=device)
        self._at = torch.full((), -1, dtype=torch.int64, device=device)
        # torch hands these two to a fused optimiser where they are set; GradScaler does the same.
        vars(optimiser)["grad_scale"] = None
        vars(optimiser)["found_inf"] = self._tripped

    def step(self, objective: Tensor, number: int) -> None:
        """`optimiser.step()`, or nothing once the guard has tripped. `number` is what `tripped_at` will name."""
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        finite = torch.isfinite(objective.detach() + nn.utils.get_total_norm(gradients))
        now = (~finite).to(self._tripped.dtype)
        self._at.copy_(torch.where((now > 0) & (self._at < 0), torch.full_like(self._at, number), self._at))
        self._tripped.copy_(torch.maximum(self._tripped, now))
        self._optimiser.step()

    def tripped_at(self) -> int | None:
        """The number of the first step that was forbidden; waits for the device."""
        at = int(self._at)
        return None if at < 0 else at
