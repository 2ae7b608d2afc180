"""How fast a training goes and how long it will take, pauses left out."""

from __future__ import annotations

import time


class Clock:
    """Speed and time left."""

    def __init__(self, steps: int, batch: int, step: int = 0) -> None:
        """`steps` of `batch` images in all, of which `step` are done."""
        self.steps = steps
        self._batch = batch
        self._at, self._step = time.perf_counter(), step
        self._paused_at = 0.0
        self._speed = 0.0

    def pause(self) -> None:
        self._paused_at = time.perf_counter()

    def resume(self) -> None:
        self._at += time.perf_counter() - self._paused_at

    def read(self, step: int) -> tuple[float, float]:
        """Images per second, smoothed over about a second, and seconds until the end at that speed."""
        now = time.perf_counter()
        seconds, images = max(now - self._at, 1e-9), (step - self._step) * self._batch
        share = min(1.0, seconds) if self._speed else 1.0
        self._speed += share * (images / seconds - self._speed)
        self._at, self._step = now, step
        return self._speed, (self.steps - step) * self._batch / max(self._speed, 1e-9)
