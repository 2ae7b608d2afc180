"""The plain step of one process."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.ground.compute import Compute
from aestudio.core.parts.plan import Plan
from aestudio.core.run.run import Run
from aestudio.core.training.plain_step import PlainStep


class Eager(PlainStep):
    """What every other step is held against."""

    kind: ClassVar[str] = "eager"
    rank: ClassVar[int] = 100

    @classmethod
    def unsuited(cls, run: Run, plan: Plan, compute: Compute) -> str:
        return ""
