"""How fast a training goes and how long it will take, pauses left out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

KNOWN_AFTER = 2.0
"""Seconds of training after which a speed is worth telling how long the rest takes: the first steps are slow."""


class Clock:
    """Speed and time left."""

    def __init__(self, steps: int, batch: int, step: int = 0) -> None:
        """`steps` of `batch` images in all, of which `step` are done."""
        self.steps = steps
        self._batch = batch
        self._paused_at = 0.0
        self._speed = 0.0
        self.begin(step)

    def begin(self, step: int) -> None:
        """Training begins now, and what has gone by so far was something else; `step` steps are done."""
        self._began = self._at = time.perf_counter()
        self._step = step
        self._waited = 0.0

    def pause(self) -> None:
        self._paused_at = time.perf_counter()

    def resume(self) -> None:
        paused = time.perf_counter() - self._paused_at
        self._at, self._began = self._at + paused, self._began + paused

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Meanwhile it may wait for another training beside it."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._waited += time.perf_counter() - began

    @property
    def seconds(self) -> float:
        """Since training began, pauses left out and what it waited for others."""
        return time.perf_counter() - self._began - self._waited

    def read(self, step: int) -> tuple[float, float | None]:
        """Images per second, smoothed over about a second, and seconds until the end at that speed, once known."""
        now = time.perf_counter()
        seconds, images = max(now - self._at, 1e-9), (step - self._step) * self._batch
        share = min(1.0, seconds) if self._speed else 1.0
        self._speed += share * (images / seconds - self._speed)
        self._at, self._step = now, step
        if now - self._began < KNOWN_AFTER:
            return self._speed, None
        return self._speed, (self.steps - step) * self._batch / max(self._speed, 1e-9)
