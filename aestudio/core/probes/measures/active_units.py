"""How many numbers of a code that is drawn are in use."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.ground.errors import ProbeError
from aestudio.core.probes.measure import Looked, Measure
from aestudio.core.probes.posterior import posterior


class ActiveUnits(Measure):
    """The numbers of the code whose mean has a variance above 0.01 over the images."""

    kind: ClassVar[str] = "active-units"
    title: ClassVar[str] = "Numbers of the code in use"
    about: ClassVar[str] = "Numbers of the code that differ from image to image: their means vary by more than 0.01."
    source: ClassVar[str] = "Burda, Grosse, Salakhutdinov (2016), arXiv 1509.00519, section 2"

    def __call__(self, looked: Looked) -> float | None:
        try:
            return float(posterior(looked.model, looked.run, looked.images).active.sum())
        except ProbeError:
            return None
