"""Which step a run gets."""

from __future__ import annotations

from aestudio.core.ground.compute import Compute
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from aestudio.core.training import ranks
from aestudio.core.training.step import Step


def choose(run: Run, plan: Plan, compute: Compute, begun: str = "") -> type[Step]:
    """The preferred way that suits the run on this device; the plain one suits all. A training that goes on stays with
    the one that it was `begun` with, if that suits: two ways differ in the last bits. Several processes share theirs.
    """
    suited = [one for one in options(Step).values() if not one.unsuited(run, plan, compute)]
    return suited[0] if ranks.count() > 1 else next((one for one in suited if one.kind == begun), suited[0])
