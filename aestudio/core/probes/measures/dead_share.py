"""How much of a code is never used."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.probes.activations import statistics
from aestudio.core.probes.measure import Looked, Measure


class DeadShare(Measure):
    """Dead units as a share of all: those that stay below a thousandth of the largest magnitude for every image."""

    kind: ClassVar[str] = "dead-share"
    title: ClassVar[str] = "Share of dead units"
    about: ClassVar[str] = "Units that respond to no held-out image, as a share of all units."
    is_share: ClassVar[bool] = True
    source: ClassVar[str] = "Gao et al. (2024), Scaling and evaluating sparse autoencoders, arXiv 2406.04093"

    def __call__(self, looked: Looked) -> float | None:
        found = statistics(looked.code.numpy())
        return found.dead / found.units
