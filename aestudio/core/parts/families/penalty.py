"""Penalties: terms beside the reconstruction loss."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.parts.by_hand import ByHand
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import BuildingPart, Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


class Penalty(BuildingPart):
    """A term added to the loss with a weight λ that may change while training.

    What it builds is trained with the network, unless the penalty plays against it: then its parameters are those of a
    player of their own (a critic), with an optimiser and a loss of their own, and the term moves the network only.
    """

    family: ClassVar[str] = "parts.penalties"
    noun: ClassVar[str] = "penalty"
    field: ClassVar[str] = "penalties"
    label: ClassVar[str] = "Penalties"
    place: ClassVar[int] = 70
    form_place: ClassVar[int] = 10
    many: ClassVar[bool] = True
    label_of_one: ClassVar[str] = "Penalty"
    main_knob: ClassVar[str] = "weight"
    symbol: ClassVar[str] = ""
    """LaTeX subscript of λ."""
    target_knob: ClassVar[str] = ""
    """The live setting that holds every unit's mean activation at a value, ρ̂; empty where there is none."""
    grows_with_images: ClassVar[bool] = False
    """A recipe's weight of it is one for images of its size: on larger ones, whose loss is the sum over more pixels, it
    has to be larger to count as much.
    """
    plays: ClassVar[bool] = False
    """What it builds is a player with an optimiser and a loss of its own."""

    weight: float = knob(
        1.0,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        raised="The penalty gets smaller and the reconstruction worse.",
        tip="How much the penalty counts beside the reconstruction loss.",
    )

    @property
    def target_activation(self) -> float | None:
        """ρ̂, where the penalty has one."""
        return float(getattr(self, self.target_knob)) if self.target_knob else None

    brings_prior: ClassVar[bool] = False
    """It makes codes look as if they were drawn from N(0, I): what is drawn from that decodes to images, whatever the
    code.
    """
    draws: ClassVar[bool] = False
    """It is about codes that are drawn: scores draw them too, where the code can be drawn."""

    @abstractmethod
    def __call__(self, seen: Pass, own: Own) -> Tensor:
        """A scalar, without the weight."""

    def share(self, step: Tensor | None) -> Tensor | float:
        """Which part of the weight counts at a step, of which so many, int64 [], have been done before; all of it where
        nothing is trained.
        """
        del step
        return 1.0

    @classmethod
    def is_by_hand(cls) -> bool:
        """Its gradient is written out, see `by_hand`."""
        return cls.by_hand is not Penalty.by_hand

    def by_hand(self, at: ByHand) -> Tensor:
        """The scalar that `__call__` gives for dense layers, its gradient times the weight being added to `at`. Not
        every penalty has it: those that have are quicker on a CPU.
        """
        raise TypeError(f"The gradient of the penalty {self.kind} is not written out.")

    def not_by_hand(self, plan: Plan) -> str:
        """Why its gradient, though written out, does not hold in this run, in a sentence; empty where it does."""
        del plan
        return ""

    def optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        """A fused optimiser of what the penalty built; only asked where it plays."""
        raise TypeError(f"The penalty {self.kind} plays and brings no optimiser.")

    def own_loss(self, seen: Pass, own: Own) -> Tensor:
        """What the player minimises with its own parameters, a scalar; `seen` carries no gradient to the network. Only
        asked where the penalty plays.
        """
        raise TypeError(f"The penalty {self.kind} plays and brings no loss.")

    @classmethod
    def lacks(cls) -> str:
        if hasattr(nn.ModuleDict, cls.kind) or hasattr(nn.ModuleDict(), cls.kind):
            return f"torch keeps the word {cls.kind!r} for itself; choose another kind."
        brought = cls.optimiser is not Penalty.optimiser, cls.own_loss is not Penalty.own_loss
        if cls.plays and not all(brought):
            return "a penalty that plays brings an optimiser and a loss of its own; write optimiser and own_loss."
        if any(brought) and not cls.plays:
            return "only a penalty that plays is asked for an optimiser and a loss of its own; say that it plays."
        return ""
