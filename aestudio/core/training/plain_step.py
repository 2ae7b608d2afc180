"""The plain way to compute a step: torch, line by line."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.looking import Terms
from aestudio.core.parts.one_pass import TRAIN
from aestudio.core.parts.sharing import ALONE, Sharing
from aestudio.core.training.draws import CODE
from aestudio.core.training.players import playing
from aestudio.core.training.step import Step


class PlainStep(Step):
    """Forward, backward, one step of every player: all gradients are taken at the same weights, then what
    is counted and all players move, or nothing where anything is not finite.
    """

    sharing: ClassVar[Sharing] = ALONE
    """Whether other processes take a part of each batch."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        convolves = any(stage.stride for stage in self.model.span(0, self.model.depth))
        # What is rounded here are the products too, which images bear and a code's spread does not.
        self.work = self.model.work() * self.run.batch_size if convolves and self.run.code.neutral else 0

    def take(self, images: Tensor) -> Terms:
        run, model = self.live.run, self.model
        self.guard.remember()
        terms: Terms
        images = self.given(images)
        with self.heeding(), self.compute.factors_in(self.run.precision, self.work):
            terms, seen = model(run, images, self.span, TRAIN, self.draws.generators, self.context, self.sharing)
            stakes = [terms.total]
            if len(self.players) > 1:
                apart = seen.detached()
                stakes += [one.own_loss(apart, model.penalties[one.kind]) for one in playing(run)]
        with self.heeding():
            for number, stake in enumerate(stakes):
                self.differentiate(stake, number)
            self.gather()
        with torch.no_grad():
            if self.span.last == model.depth:
                run.code.after_step(model.code, seen.latent, self.draws.of(CODE))
            self.guard.step(sum(stakes[1:], stakes[0]), self.done + 1)
            self.guard.restore()
        return terms

    def differentiate(self, stake: Tensor, number: int) -> None:
        """Gives the player of that number the gradient of what it has at stake."""
        player = self.players[number]
        player.optimiser.zero_grad(set_to_none=True)
        # With several players the term of one must leave no gradient in another.
        torch.autograd.backward(stake, inputs=player.parameters if len(self.players) > 1 else None)

    def gather(self) -> None:
        """All gradients are there; of this process, where there are several."""
