"""Three numbers of a hidden layer: dead units, saturated activations, how strongly the code reacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report
from aestudio.core.probes.norm import Norm, estimated_norm, norm
from aestudio.core.probes.units import saturation, units
from aestudio.studio.inspect.examined import Examined

ESTIMATED = 64
"""Images that the norm of a deeper encoder is estimated on."""


@dataclass(frozen=True, eq=False)
class Vitals:
    """Of one snapshot over held-out images."""

    dead: tuple[int, ...]
    """Units that stay silent at every one of them."""
    units: int
    saturated: float | None
    """The share of activations at an end of their range; None where the activation has no such ends."""
    norm: Norm


def vitals(subject: Examined, report: Report) -> Vitals:
    """Raises: ProbeError where the model has no hidden layer yet."""
    images = subject.images()
    dead = units(subject.model, subject.store, top=1, bins=1, report=report).dead
    try:
        saturated: float | None = saturation(subject.model, images).share
    except ProbeError:
        saturated = None
    if subject.depth == 1:
        strength = norm(subject.model, images)
    else:  # the exact one may take minutes
        strength = estimated_norm(subject.model, images[:ESTIMATED], report=report)
    return Vitals(tuple(np.flatnonzero(dead).tolist()), len(dead), saturated, strength)
