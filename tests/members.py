"""Every family and every member of the program, found as the program finds them: no test keeps a list by hand."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import aestudio.core
from aestudio.core.parts.slots import Member, families, options


@cache
def every_family() -> tuple[type[Member], ...]:
    """All families of the core, those among them that a test made left out."""
    for module in pkgutil.walk_packages(aestudio.core.__path__, "aestudio.core."):
        importlib.import_module(module.name)
    return tuple(family for family in families() if family.__module__.startswith("aestudio."))


def every_member() -> dict[str, type[Member]]:
    """`parts.codes/plain` and so on."""
    return {f"{family.family}/{kind}": member for family in every_family() for kind, member in options(family).items()}
