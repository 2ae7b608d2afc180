"""One file for each panel of the page Inspect; a new panel is a new file here."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from aestudio.qt.inspect.panel import Panel


def panels() -> list[type[Panel]]:
    """The panels of this folder in the order of their tabs."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return sorted((kind for kind in _kinds(Panel) if kind.__module__.startswith(__name__)), key=_rank)


def _kinds(kind: type[Panel]) -> Iterator[type[Panel]]:
    """What is made of it, at any remove."""
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


def _rank(kind: type[Panel]) -> int:
    return kind.rank
