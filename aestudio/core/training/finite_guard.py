"""Forbids steps that would make the weights non-finite, without asking the device for a number at each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn


class FiniteGuard:
    """Fused optimisers skip a step where their `found_inf` is 1, a mechanism made for mixed precision.

    Here it is set where an objective or a gradient is not finite, and stays set: from the first such step on nothing
    moves, so the weights are the last finite ones however late the loop reads the losses. It is one for all players,
    and for what changes without a gradient: buffers are put back.
    """

    def __init__(
        self,
        optimisers: Sequence[torch.optim.Optimizer],
        parameters: Iterable[nn.Parameter],
        device: torch.device,
        buffers: Sequence[Tensor] = (),
    ) -> None:
        self._optimisers, self._parameters, self._buffers = list(optimisers), list(parameters), list(buffers)
        self._tripped = torch.zeros((), device=device)
        self._at = torch.full((), -1, dtype=torch.int64, device=device)
        self._before: list[Tensor] = []
        for optimiser in self._optimisers:
            # torch hands these two to a fused optimiser where they are set; GradScaler does the same.
            vars(optimiser)["grad_scale"] = None
            vars(optimiser)["found_inf"] = self._tripped

    def remember(self) -> None:
        """Keeps the buffers as they are before a step."""
        self._before = [buffer.clone() for buffer in self._buffers]

    def step(self, objective: Tensor, number: int) -> None:
        """`optimiser.step()` of every player, or nothing once the guard has tripped. `objective` is the sum of theirs;
        `number` is what `tripped_at` will name.
        """
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        finite = torch.isfinite(objective.detach() + nn.utils.get_total_norm(gradients))
        now = (~finite).to(self._tripped.dtype)
        self._at.copy_(torch.where((now > 0) & (self._at < 0), torch.full_like(self._at, number), self._at))
        self._tripped.copy_(torch.maximum(self._tripped, now))
        for optimiser in self._optimisers:
            optimiser.step()

    def restore(self) -> None:
        """Puts the buffers back as they were where the step was refused."""
        for buffer, before in zip(self._buffers, self._before, strict=True):
            buffer.copy_(torch.where(self._tripped > 0, before, buffer))

    def tripped_at(self) -> int | None:
        """The number of the first step that was forbidden; waits for the device."""
        at = int(self._at)
        return None if at < 0 else at
