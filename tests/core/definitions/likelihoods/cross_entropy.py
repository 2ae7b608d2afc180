"""Bernoulli cross-entropy."""

from __future__ import annotations

from torch import Tensor

from aestudio.core.parts.likelihoods.cross_entropy import BernoulliCrossEntropy
from aestudio.core.parts.one_pass import Pass


def has_meaning(form: str, _activation: str) -> bool:
    """It reads pixels as probabilities, and the linear networks are not bounded."""
    return not form.startswith("linear")


def definition(seen: Pass, _loss: BernoulliCrossEntropy) -> Tensor:
    return nats(seen, 1.0).sum() / len(seen.target)


def nats(seen: Pass, _scale: float) -> Tensor:
    x, r = seen.target, seen.reconstruction
    return -(x * r.log() + (1 - x) * (1 - r).log()).flatten(1).sum(1)
