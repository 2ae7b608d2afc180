"""Endings: when a training ends before its last epoch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from math import inf
from typing import ClassVar

from aestudio.core.ground.texts import Text
from aestudio.core.parts.part import Part


class Ending(Part):
    """A rule that ends a training, or one phase of it, before its last epoch.

    No step depends on one: a training may go on with other endings than it began with.
    """

    family: ClassVar[str] = "parts.endings"
    noun: ClassVar[str] = "ending"
    field: ClassVar[str] = "endings"
    label: ClassVar[str] = "Ends early"
    label_of_one: ClassVar[str] = "Ends early"
    place: ClassVar[int] = 120
    form_place: ClassVar[int] = 110
    folded: ClassVar[bool] = True
    many: ClassVar[bool] = True

    @property
    def seconds(self) -> float:
        """A training takes no longer than this, counted from where it began or went on; pauses are not counted."""
        return inf

    def over(self, held_out: Sequence[float]) -> bool:
        """Whether a phase should end: asked after each of its epochs. `held_out` holds the objective of the held-out
        images before the first of them and after each; what an older program has not kept is infinite.
        """
        del held_out
        return False

    @property
    def keeps_best(self) -> bool:
        """Whether a phase that is not stopped by the person ends with the weights of the epoch at which the objective
        of the held-out images was lowest, and not with the newest.
        """
        return False

    @property
    @abstractmethod
    def why(self) -> Text:
        """What the person is told where this has ended a training: a sentence."""
