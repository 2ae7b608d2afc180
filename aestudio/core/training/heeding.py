"""Calling off what torch is computing, between two of its operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from torch.utils._python_dispatch import TorchDispatchMode

from aestudio.core.ground.compiler import hidden

LONG = 300_000_000
"""Multiply-adds of a pass from which on a step can be called off: a tenth of a second and more on one core. To look
costs some microseconds an operation, which shorter steps are spared."""

Told = TypeVar("Told")


class CalledOff(Exception):  # noqa: N818 - nothing is wrong
    """Somebody no longer wants what is being computed; no result, and no error either."""


class Heeding(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Raises CalledOff at the next operation of torch in this thread, backward ones too, once `unwanted` says so."""

    def __init__(self, unwanted: Callable[[], bool]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._unwanted = unwanted

    @hidden
    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if self._unwanted():
            raise CalledOff
        return func(*args, **(kwargs or {}))


def heeded(told: Iterator[Told], unwanted: Callable[[], bool]) -> Iterator[Told]:
    """What an iterator gives, until it is called off: before one, or while one is computed."""
    while not unwanted():
        try:
            with Heeding(unwanted):
                one = next(told)
        except (StopIteration, CalledOff):
            return
        yield one
