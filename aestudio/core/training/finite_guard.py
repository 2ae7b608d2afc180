"""Forbids steps that would make the weights non-finite, without asking the device for a number at each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn


class FiniteGuard:
    """Fused optimisers skip a step where their `found_inf` is 1, a mechanism made for mixed precision.

    Here it is set where an objective, a gradient or what is counted is not finite, and stays set: from the first such
    step on nothing moves, so the weights are the last finite ones however late the loop reads the losses. It is one for
    all players, and for what changes without a gradient: buffers are put back.
    """

    def __init__(
        self,
        optimisers: Sequence[torch.optim.Optimizer],
        parameters: Iterable[nn.Parameter],
        device: torch.device,
        module: nn.Module | None = None,
    ) -> None:
        """Guards the buffers of `module`."""
        self._optimisers, self._parameters = list(optimisers), list(parameters)
        # By owner and name: who counts with `own.used = own.used + 1` puts another tensor in a buffer's place.
        self._buffers = [
            (owner, name, buffer)
            for owner in (module.modules() if module else ())
            for name, buffer in owner.named_buffers(recurse=False)
        ]
        self._tripped = torch.zeros((), device=device)
        self._at = torch.full((), -1, dtype=torch.int64, device=device)
        self._before: list[Tensor] = []
        for optimiser in self._optimisers:
            # torch hands these two to a fused optimiser where they are set; GradScaler does the same.
            vars(optimiser)["grad_scale"] = None
            vars(optimiser)["found_inf"] = self._tripped

    def remember(self) -> None:
        """Keeps the buffers as they are before a step."""
        self._before = [buffer.clone() for _, _, buffer in self._buffers]

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """What it remembers from one step to the next."""
        return self._tripped, self._at

    def step(self, objective: Tensor, number: Tensor | int) -> None:
        """`optimiser.step()` of every player, or nothing once the guard has tripped; everything is counted before it.
        `objective` is the sum of theirs; `number` is that of the step, which `tripped_at` will name: a tensor, on the
        device, where the step may be recorded.
        """
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        finite = torch.isfinite(objective.detach() + nn.utils.get_total_norm(gradients))
        for (owner, name, _), before in zip(self._buffers, self._before, strict=True):
            if before.is_floating_point() or before.is_complex():
                # What was infinite before, such as a mask, may stay so.
                finite = finite & (getattr(owner, name).isfinite() | ~before.isfinite()).all()
        now = (~finite).to(self._tripped.dtype)
        self._at.copy_(torch.where((now > 0) & (self._at < 0), number, self._at))
        self._tripped.copy_(torch.maximum(self._tripped, now))
        for optimiser in self._optimisers:
            optimiser.step()

    def refuse(self, number: int) -> None:
        """For a step whose caller has found by itself that something was not finite: nothing moves from here on."""
        if self.tripped_at() is None:
            self._at.fill_(number)
        self._tripped.fill_(1)

    def restore(self) -> None:
        """Puts the buffers back as they were where the step was refused."""
        self._restore(self._tripped)

    def _restore(self, wanted: Tensor) -> None:
        for (owner, name, buffer), before in zip(self._buffers, self._before, strict=True):
            now: Tensor = getattr(owner, name)
            buffer.copy_(torch.where(wanted > 0, before, now.detach()))
            if now is not buffer:
                setattr(owner, name, buffer)

    def put_back(self) -> None:
        """The buffers as they were remembered: for a step that is not to have been."""
        self._restore(torch.ones_like(self._tripped))

    def tripped_at(self) -> int | None:
        """The number of the first step that was forbidden; waits for the device."""
        at = int(self._at)
        return None if at < 0 else at
