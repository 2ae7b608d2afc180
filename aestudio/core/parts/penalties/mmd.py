"""Maximum mean discrepancy: codes should be distributed as the prior is."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.discrepancy import squared_mmd
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


class MMD(Penalty):
    """MMD² between the codes of the batch and as many draws of N(0, I), with the inverse multiquadratic kernel at seven
    scales; unbiased, so that it is 0 in the mean where codes are distributed as the prior is.

    The code itself may be drawn or not: each image keeps a place of its own, and only all together look like the prior.

    Raises: RunError for batches of one.
    """

    kind: ClassVar[str] = "mmd"
    title: ClassVar[str] = "MMD to the prior"
    about: ClassVar[str] = (
        "How differently the codes of all images together are distributed from N(0, I): the Wasserstein autoencoder’s "
        "penalty."
    )
    equation: ClassVar[str] = r"\mathrm{MMD}^2\left( q(z),\, p(z) \right)"
    symbol: ClassVar[str] = r"\mathrm{MMD}"
    source: ClassVar[str] = (
        "Tolstikhin, Bousquet, Gelly, Schölkopf (2018), Wasserstein Auto-Encoders, arXiv 1711.01558, algorithm 2"
    )
    rank: ClassVar[int] = 22
    draws: ClassVar[bool] = True
    brings_prior: ClassVar[bool] = True

    weight: float = knob(
        10.0,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        raised="The codes of all images together come closer to the prior, so that more of what is drawn from it looks "
        "like an image.",
        tip="How much it counts that the codes of all images together are distributed as the prior is.",
    )

    def check(self, plan: Plan) -> None:
        if plan.batch_size < 2:
            raise RunError("MMD compares codes with each other and needs batches of at least two images.")

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        code = seen.code.flatten(1)
        prior = torch.randn(code.shape, generator=seen.generator, device=code.device, dtype=code.dtype)
        return squared_mmd(code, prior)
