"""Which step a run gets."""

from __future__ import annotations

from aestudio.core.ground.compute import Compute
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from aestudio.core.training.step import Step


def choose(run: Run, plan: Plan, compute: Compute) -> type[Step]:
    """The preferred way that suits the run on this device; the plain one suits all."""
    return next(one for one in options(Step).values() if not one.unsuited(run, plan, compute))
