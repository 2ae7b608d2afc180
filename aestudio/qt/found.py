"""Pages, panels and studies are found in their folder, like the members of a family in the core: a new one is a new
file or folder there, and nothing else is edited.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import ClassVar, TypeVar


class Found:
    """What is found by its folder. A class of its own states what is `demanded`, each as a text, else it is refused
    with a sentence when it is made; what only others are made of says `is_base = True`.
    """

    demanded: ClassVar[tuple[str, ...]] = ()
    """Names of class attributes."""
    is_base: ClassVar[bool] = True
    rank: ClassVar[int] = 50
    """Where it stands among its kind, the lowest first."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__dict__.get("is_base", False):
            return
        cls.is_base = False
        for name in cls.demanded:
            said = getattr(cls, name, None)
            if not isinstance(said, str) or not said:
                raise TypeError(f"{cls.__name__} does not say its `{name}`; write it as a text in the class.")


T = TypeVar("T", bound=Found)


def found_in(package: str, path: Iterable[str], kind: type[T]) -> list[type[T]]:
    """All of a kind that a package's modules define, in the order of their ranks."""
    found: list[type[T]] = []
    for one in pkgutil.iter_modules(path):
        module = import_module(f"{package}.{one.name}")
        mine = (it for it in vars(module).values() if isinstance(it, type) and it.__module__ == module.__name__)
        found += [it for it in mine if issubclass(it, kind) and not it.is_base]
    return sorted(found, key=lambda one: one.rank)
