"""Objectives: how the terms of a step become the one number that is minimised."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Part

Nats = Callable[[float | Tensor], Tensor]
"""−log p(x | z) of each code [N·k] in nats, for a scale of the likelihood, which is a tensor where it is live."""


class Objective(Part):
    """How the reconstruction loss and the weighted penalties become one number."""

    family: ClassVar[str] = "parts.objectives"
    noun: ClassVar[str] = "objective"
    field: ClassVar[str] = "objective"
    label: ClassVar[str] = "Objective"
    place: ClassVar[int] = 80
    form_place: ClassVar[int] = 60
    folded: ClassVar[bool] = True
    default: ClassVar[str] = "sum"
    together: ClassVar[Mapping[str, tuple[str, ...]]] = {"term": ("__call__",)}
    term: ClassVar[str]
    """What the difference between the objective and the sum of its terms is called, where there is one: it becomes a
    term of its own, so that what is plotted always adds up. Empty where there is none.
    """

    draws: ClassVar[bool] = False
    """It needs codes that are drawn, in evaluation too."""

    @property
    def samples(self) -> int:
        """Codes that are drawn for each image, k."""
        return 1

    @classmethod
    def is_by_hand(cls) -> bool:
        """Its gradient is written out, see `by_hand`."""
        return cls.by_hand is not Objective.by_hand

    def by_hand(self, log_weights: Tensor) -> tuple[Tensor, Tensor]:
        """The objective without its penalties, and its gradient with the sign turned, [N·k], of log p(x, z) − log
        q(z|x) of k codes for each of N images, [N·k]. Not every objective has it.
        """
        raise TypeError(f"The gradient of the objective {self.kind} is not written out.")

    @abstractmethod
    def __call__(self, seen: Pass, weighted: Tensor, nats: Nats) -> Tensor:
        """The scalar to minimise. `weighted` [T] are the terms as they enter a sum, the reconstruction loss first;
        `nats` is the likelihood's.
        """
