"""How likely a model with a drawn code takes held-out images to be."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.ground.errors import ProbeError
from aestudio.core.probes.evidence import evidence
from aestudio.core.probes.measure import Looked, Measure

SAMPLES = 50
"""Codes of each image: more come closer to log p, and cost more."""


class LogLikelihood(Measure):
    """log p(x) in nats from below, averaged over the images: importance sampling with 50 codes of each."""

    kind: ClassVar[str] = "log-likelihood"
    title: ClassVar[str] = "Log-likelihood, 50 codes"
    about: ClassVar[str] = "How likely held-out images are to the model, in nats, from below: with 50 codes of each."
    source: ClassVar[str] = "Burda, Grosse, Salakhutdinov (2016), arXiv 1509.00519, section 3"

    def __call__(self, looked: Looked) -> float | None:
        try:
            found = evidence(looked.model, looked.run, looked.images, SAMPLES, seed=looked.run.seed)
        except ProbeError:
            return None
        return float(found.log_likelihood.mean())
