"""How far the cleaning of many pictures is."""

from __future__ import annotations

import time

from aestudio.core.ground.reports import Report


class BatchProgress:
    """Parts of the work, counted in pixels."""

    def __init__(self, total: float, report: Report) -> None:
        self._total, self._report = max(total, 1.0), report
        self._done, self._began = 0.0, time.perf_counter()

    def part(self, units: float) -> Report:
        """The Report of the part that comes next; the fraction it is given becomes one of the whole."""
        done = self._done
        return lambda doing, fraction: self._report(doing, (done + units * (fraction or 0.0)) / self._total)

    def now(self, doing: str, _fraction: float | None) -> None:
        """A Report that knows only what goes on."""
        self._report(doing, self.fraction)

    def finish(self, units: float) -> None:
        self._done += units

    @property
    def fraction(self) -> float:
        return min(1.0, self._done / self._total)

    @property
    def seconds_left(self) -> float:
        if not self._done:
            return 0.0
        return (time.perf_counter() - self._began) * (1 - self.fraction) / self.fraction
