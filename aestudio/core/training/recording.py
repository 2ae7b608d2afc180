"""What a GPU has been told to do, recorded once and played again: one call in the place of some hundred."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from aestudio.core.parts.looking import Terms


class Recording:
    """A step on batches of one size. Its tensors stay where they are: a batch is copied to the place of the one that it
    was recorded with, and numbers that change are tensors whose values change.

    Source: torch.cuda.CUDAGraph.
    """

    def __init__(self, take: Callable[[Tensor], Terms], images: Tensor, generators: Iterable[torch.Generator]) -> None:
        """Nothing is computed by it. Raises: RuntimeError where something in the step cannot be recorded."""
        self.images = images.clone()
        self._graph = torch.cuda.CUDAGraph()
        for generator in generators:
            self._graph.register_generator_state(generator)
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):  # previews are made in other threads
            self._terms = take(self.images)

    def play(self, images: Tensor) -> Terms:
        """The step on this batch; what it gives is the caller's to keep."""
        self.images.copy_(images)
        self._graph.replay()
        return replace(self._terms, raw=self._terms.raw.clone(), total=self._terms.total.detach().clone())


@contextmanager
def waits() -> Iterator[list[str]]:
    """Whatever in this thread waits for the GPU, as torch warns of it: it could not be recorded."""
    found: list[str] = []
    mine, show = threading.get_ident(), warnings.showwarning

    def note(message: Warning | str, *given: Any, **named: Any) -> None:
        if threading.get_ident() == mine and "synchroniz" in str(message):
            found.append(str(message))
        else:
            show(message, *given, **named)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        torch.cuda.set_sync_debug_mode("warn")
        try:
            yield found
        finally:
            torch.cuda.set_sync_debug_mode("default")
