"""How many units a sparsity target holds."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.probes.measure import Looked, Measure

NEAR = 0.02
"""How far from the target a mean may be."""


class UnitsAtTarget(Measure):
    """The share of units whose mean activation over the images is within 0.02 of ρ̂."""

    kind: ClassVar[str] = "units-at-target"
    title: ClassVar[str] = "Units at the target"
    about: ClassVar[str] = "The share of units whose mean activation is within 0.02 of the target ρ̂."
    is_share: ClassVar[bool] = True
    source: ClassVar[str] = "Ng (2011), Sparse Autoencoder, CS294A lecture notes"

    def __call__(self, looked: Looked) -> float | None:
        targets = [one.target_activation for one in looked.run.penalties if one.target_knob and one.weight]
        if not targets or targets[0] is None:
            return None
        return float(((looked.code.mean(0) - targets[0]).abs() <= NEAR).float().mean())
