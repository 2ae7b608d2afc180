"""Figure: something that is measured as a ratio to a yardstick."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from aestudio.core.bench.running import Contender
from aestudio.core.parts.slots import Member


class Figure(Member, ABC):
    """A piece of work with several ways to do it, the first of which is the yardstick.

    A member is one file in `figures/`; `aestudio bench` finds it there.
    """

    family: ClassVar[str] = "bench.figures"
    noun: ClassVar[str] = "figure"
    demands: ClassVar[tuple[str, ...]] = ("title", "about", "unit")
    together: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    unit: ClassVar[str]
    """Of what is done in a second: `images`."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.declare()

    @abstractmethod
    def contenders(self, size: float = 1.0) -> list[Contender]:
        """New ones. `size` below 1 makes the work smaller, for a test that everything runs."""
