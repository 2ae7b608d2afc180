"""What a code that is drawn tells of an image."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.ground.errors import ProbeError
from aestudio.core.probes.measure import Looked, Measure
from aestudio.core.probes.posterior import posterior


class NatsTold(Measure):
    """KL(q(z|x) ‖ p(z)) in nats, summed over the code and averaged over the images."""

    kind: ClassVar[str] = "nats-told"
    title: ClassVar[str] = "Nats that the code tells"
    about: ClassVar[str] = "How much the code tells of an image: its divergence from the prior, in nats."
    source: ClassVar[str] = "Kingma, Welling (2014), Auto-Encoding Variational Bayes, arXiv 1312.6114"

    def __call__(self, looked: Looked) -> float | None:
        try:
            return float(posterior(looked.model, looked.run, looked.images).kl_per_unit.sum())
        except ProbeError:
            return None
