"""Which step a run gets."""

from __future__ import annotations

import importlib
import pkgutil

from aestudio.core.ground.compute import Compute
from aestudio.core.parts.plan import Plan
from aestudio.core.run.run import Run
from aestudio.core.training import steps
from aestudio.core.training.step import Step


def every_step() -> list[type[Step]]:
    """Every way to compute a step, found by importing each file of `steps/`; the preferred one first."""
    for module in pkgutil.iter_modules(steps.__path__):
        importlib.import_module(f"{steps.__name__}.{module.name}")
    return sorted(Step.__subclasses__(), key=lambda one: one.rank)


def choose(run: Run, plan: Plan, compute: Compute) -> type[Step]:
    """The preferred way that suits the run on this device; the plain one suits all."""
    return next(one for one in every_step() if not one.unsuited(run, plan, compute))
