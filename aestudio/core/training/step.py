"""Step: one step of gradient descent, and everything that it owns; how it is computed can be exchanged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.looking import Terms
from aestudio.core.parts.one_pass import PassContext
from aestudio.core.parts.plan import Plan, Span
from aestudio.core.parts.slots import Member
from aestudio.core.run.run import WORDS, Run
from aestudio.core.training import ranks
from aestudio.core.training.checkpoint import obstacle
from aestudio.core.training.draws import AUGMENTATION, Draws
from aestudio.core.training.finite_guard import FiniteGuard
from aestudio.core.training.heeding import LONG, CalledOff, Heeding
from aestudio.core.training.live import LiveValues
from aestudio.core.training.players import Player, players, playing


class Step(Member, ABC):
    """One step of one phase: players with their optimisers, the guard, the precision, the generators, and the live
    values as numbers on the device.

    A subclass is one file in `steps/` that says how the numbers come about: all of them give the same losses and
    weights up to a rounding that they state. Which one a run gets is decided by `choosing.choose`.
    """

    family: ClassVar[str] = "training.steps"
    noun: ClassVar[str] = "step"
    demands: ClassVar[tuple[str, ...]] = ()
    together: ClassVar[Mapping[str, tuple[str, ...]]] = {"rank": ("take",), "unsuited": ("take",)}
    rank: ClassVar[int]
    """The lowest that suits a run is taken."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.declare()

    def __init__(
        self, run: Run, model: Autoencoder, span: Span, compute: Compute, draws: Draws, done: int = 0, images: int = 0
    ) -> None:
        """`done` steps have been taken in the whole run, on batches of so many training images, if known."""
        self.model, self.span, self.compute, self.draws = model, span, compute, draws
        self.run = run
        """The settings as they are now."""
        self.live = LiveValues(run, compute.device)
        self.players: list[Player] = players(run, model, span)
        parameters = [parameter for player in self.players for parameter in player.parameters]
        self.guard = FiniteGuard([player.optimiser for player in self.players], parameters, compute.device, model)
        self.number = done
        """Of the step that is being taken, counted from 1 in the whole run; between two steps that of the last one."""
        self.done = torch.full((), done, dtype=torch.int64, device=compute.device)
        """Steps done before the one that is being taken."""
        self.context = PassContext(self.done, images)
        """The same, for parts that look at it."""
        # Of several processes, whoever left a step would leave the others waiting in it.
        heeds = compute.device.type == "cpu" and ranks.count() == 1
        self.is_long = heeds and model.work() * run.batch_size >= LONG
        self.told = ""
        """What the person should know of how it is computed, in a sentence; emptied by who says it."""
        self.unwanted: Callable[[], bool] = lambda: False
        """Whether a long step that is under way is to be called off."""

    @classmethod
    @abstractmethod
    def unsuited(cls, run: Run, plan: Plan, compute: Compute) -> str:
        """Why a run on this device cannot be computed this way, in a sentence; empty where it can."""

    @abstractmethod
    def take(self, images: Tensor) -> Terms:
        """One step on a batch [N, C, H, W] in [0, 1], augmentation included; nothing is read off the device."""

    def __call__(self, images: Tensor, rate_factor: float) -> Terms:
        """One step, at this fraction of the learning rate; a penalty that plays takes the same fraction of its own.

        Raises: CalledOff where it was long and no longer wanted; all is as before it then, to the last bit.
        """
        network, *others = self.players
        network.set_rate(self.run.optimiser.learning_rate * rate_factor)
        for player in others:
            player.scale_rates(rate_factor)
        self.done.fill_(self.number)
        self.number += 1
        before = self.draws.state() if self.is_long else {}
        try:
            terms = self.take(images)
        except CalledOff:
            self.number -= 1
            self.draws.load(before)
            self.guard.put_back()
            raise
        penalties = tuple(self._weight(penalty) for penalty in self.run.penalties)
        return replace(terms, weights=(1.0, *penalties, *terms.weights[1 + len(penalties) :]))

    def heeding(self) -> AbstractContextManager[object]:
        """Around what changes no weight: a long step can be called off there."""
        return Heeding(self.unwanted) if self.is_long else nullcontext()

    def _weight(self, penalty: Penalty) -> float:
        """As it counted in the step that was just taken."""
        if type(penalty).share is Penalty.share:
            return penalty.weight
        return penalty.weight * float(penalty.share(torch.tensor(self.number - 1)))

    def given(self, images: Tensor) -> Tensor:
        """What the step is computed on, of a batch [N, C, H, W] in [0, 1]: augmented, and binarised where the run's
        data are at each step.
        """
        generator = self.draws.of(AUGMENTATION)
        return self.run.data.at_step(self.live.run.augmentation(images, generator), generator)

    @property
    def learning_rate(self) -> float:
        """Of the network, as it was last set."""
        return self.players[0].rate

    def use(self, run: Run) -> None:
        """Other live values from the next step on.

        Raises: RunError with a sentence where the run differs in anything else or its parts no longer fit each other:
        everything stays as it was then.
        """
        if problem := obstacle(self.run, run, free=WORDS):
            raise RunError(problem)
        if run.plan(self.model.shape).code != self.model.code_shape:
            raise RunError(
                "The code {title} cannot change its size while training; train again instead.",
                title=Text(run.code.title),
            )
        others = zip(self.players[1:], playing(run), strict=True)
        optimisers = [penalty.optimiser(player.parameters) for player, penalty in others]
        self.run = run
        self.live.use(run)
        for player, optimiser in zip(self.players[1:], optimisers, strict=True):
            player.take_peaks(optimiser)

    def tripped_at(self) -> int | None:
        """The number of the first step that was refused because something was not finite; waits for the device."""
        return self.guard.tripped_at()

    def state(self) -> dict[str, Tensor]:
        """What the optimisers remember, on the CPU: the network's by `3.exp_avg`, other players' with their kind before
        it, `critic/0.exp_avg`.
        """
        network, *others = self.players
        return network.memory() | {
            f"{player.name}/{name}": tensor for player in others for name, tensor in player.memory().items()
        }

    def load(self, state: Mapping[str, Tensor]) -> None:
        """What `state` gave."""
        for number, player in enumerate(self.players):
            beginning = f"{player.name}/" if number else ""
            player.remember(
                {
                    name.removeprefix(beginning): tensor
                    for name, tensor in state.items()
                    if name.startswith(beginning) and (number or "/" not in name)
                }
            )
