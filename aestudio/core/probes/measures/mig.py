"""The mutual information gap."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.probes.disentangling.information import mutual_information_gap
from aestudio.core.probes.disentangling.known import has_factors, known
from aestudio.core.probes.measure import Looked, Measure

MOST = 2000
"""Held-out images that are looked at."""


class MIG(Measure):
    """The mutual information gap of the code's means on up to 2,000 held-out images, in [0, 1]; only where the factors
    of the images are known.
    """

    kind: ClassVar[str] = "mig"
    title: ClassVar[str] = "Mutual information gap"
    about: ClassVar[str] = (
        "How much more the best number of the code tells of a factor, such as the size, than the second best: 1 where "
        "each factor has a number of its own."
    )
    source: ClassVar[str] = "Chen, Li, Grosse, Duvenaud (2018), arXiv 1802.04942, section 4.1"

    def __call__(self, looked: Looked) -> float | None:
        store = self.dataset.held_out.images
        if not has_factors(store):
            return None
        return mutual_information_gap(known(looked.model, looked.run, store.to(looked.images.device), MOST))
