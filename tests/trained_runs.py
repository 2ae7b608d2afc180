"""Runs of a library that were really trained, in a fraction of a second each."""

from __future__ import annotations

from typing import Any

from aestudio.core.ground.shapes import Shape
from aestudio.core.library.beginning import begin
from aestudio.core.library.catalogue import Library
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset


def train(
    library: Library, title: str = "Small", said: dict[str, Any] | None = None, *, shape: Shape = (1, 8, 8)
) -> int:
    """Trains on small images of a shape, with settings by their paths: the run's number."""
    run = Run(title=title, epochs=2, batch_size=16).with_value("network.widths", [8])
    for path, value in (said or {}).items():
        run = run.with_value(path, value)
    dataset = small_dataset(shape)
    recorder = begin(library, run, dataset)
    assert list(recorder.record(fit(run, dataset, keeper=recorder)))
    return recorder.number
