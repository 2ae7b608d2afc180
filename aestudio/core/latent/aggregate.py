"""The aggregate posterior: the codes that a model has of the images that it was trained on, all together."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch

from aestudio.core.data.dataset import ImageStore, to_float
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.latent.codes import CHUNK, drawn_once
from aestudio.core.model.trained import Model
from aestudio.core.parts.one_pass import Latent
from aestudio.core.run.events import Floats

MOST = 2_000
"""Images: the outermost of 41 quantiles still stands between 50 of them and the rest."""
WORK = 4e10
"""Multiply-adds: of large images through a large network fewer are taken. Some seconds on one core."""
NUMBERS = 4_000_000
"""In the codes: of wide ones fewer images are taken."""


@dataclass(frozen=True, eq=False)
class Aggregate:
    """Of M images, evenly spaced among all."""

    codes: Floats
    """[M, K]; a code that is drawn is its mean."""
    drawn: Floats | None
    """One draw from what the encoder says of each image [M, K]; None where nothing is drawn."""
    unit_kl: Floats | None
    """What each number of the code tells of an image in nats, averaged over the images, [K]; None without a prior."""

    @property
    def values(self) -> Floats:
        """Codes as the decoder gets them while training [M, K]."""
        return self.codes if self.drawn is None else self.drawn


def aggregate(model: Model, store: ImageStore, report: Report = unheard) -> Aggregate | None:
    """Of up to MOST images; None where there are none, no layer is trained yet, or a code is not finite.

    Source: Makhzani, Shlens, Jaitly, Goodfellow, Frey (2016), Adversarial autoencoders, section 2.
    """
    if not model.depth:
        return None
    most = min(MOST, len(store), int(WORK / model.module.work()), NUMBERS // max(1, prod(model.code_shape)))
    if most < 1:
        return None
    index = torch.linspace(0, len(store) - 1, most).long()
    latents: list[Latent] = []
    for done, some in enumerate(torch.split(index, CHUNK)):
        report(say("Encoding images"), done * CHUNK / most)
        latents.append(model.latent(to_float(store.gather(some))))
    codes = torch.cat([one.code.flatten(1) for one in latents]).float()
    if not codes.isfinite().all():
        return None
    kl = [one.kl.flatten(1) for one in latents if one.kl is not None]
    unit_kl = torch.cat(kl).float().mean(0).numpy() if kl else None
    return Aggregate(codes.numpy(), drawn_once(latents, codes), unit_kl)
