"""Scoring that takes as long as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from aestudio.core.probes.scores import evaluating
from aestudio.core.run.events import Evaluated, Measuring


class Scoring:
    """Scoring that goes on until somebody lets it end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_end = threading.Event()
        monkeypatch.setattr("aestudio.core.training.fit.MEASURING_SECONDS", 0.0)

        def slowly(*arguments: Any, step: int, **more: Any) -> Iterator[Measuring | Evaluated]:
            while step and not self.may_end.wait(0.001):
                yield Measuring(3, 8)
            yield from evaluating(*arguments, step=step, **more)

        monkeypatch.setattr("aestudio.core.training.telling.evaluating", slowly)
