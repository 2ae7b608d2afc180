"""How many vectors of a codebook are in use."""

from __future__ import annotations

from typing import ClassVar

import torch

from aestudio.core.parts.one_pass import CLEAN
from aestudio.core.probes.measure import Looked, Measure


class Perplexity(Measure):
    """exp of the entropy of which vectors the places of all images chose; only where the code chooses vectors."""

    kind: ClassVar[str] = "perplexity"
    title: ClassVar[str] = "Perplexity of the code"
    about: ClassVar[str] = "How many of the vectors that the code is made of are in use, if all were used alike."
    source: ClassVar[str] = "van den Oord, Vinyals, Kavukcuoglu (2017), arXiv 1711.00937"

    @torch.no_grad()
    def __call__(self, looked: Looked) -> float | None:
        latent = looked.model.encode(looked.run, looked.images, looked.span, CLEAN).latent
        found = latent.facts.get("perplexity")
        return None if found is None else float(found)
