"""The importance-weighted bound on the likelihood."""

from math import log
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.families.objective import Nats, Objective
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.slots import knob


class ImportanceWeighted(Objective):
    """−log 1/k Σⱼ p(x | zⱼ) p(zⱼ) / q(zⱼ | x) for k codes zⱼ drawn for each image, averaged over the batch, in nats:
    with k = 1 the negative evidence lower bound, tighter with every further code. Weighted penalties are added.

    For codes that are drawn and know their densities. A penalty that is the code's divergence from the prior is part of
    the bound already: give it the weight 0.

    Raises: RunError where the code knows no densities.
    """

    kind: ClassVar[str] = "importance-weighted"
    title: ClassVar[str] = "Importance weighted"
    about: ClassVar[str] = (
        "−log 1/k Σⱼ p(x | zⱼ) p(zⱼ) / q(zⱼ | x) for k codes zⱼ drawn for each image, averaged over the batch, in "
        "nats: with k = 1 the negative evidence lower bound, tighter with every further code. Weighted penalties are "
        "added."
    )
    equation: ClassVar[str] = (
        r"\mathcal{L} = -\log \frac{1}{k} \sum_{j=1}^{k} \frac{p(x, z_j)}{q(z_j \mid x)} + \sum_i \lambda_i \Omega_i"
    )
    source: ClassVar[str] = "Burda, Grosse, Salakhutdinov (2016), Importance Weighted Autoencoders, arXiv 1509.00519"
    rank: ClassVar[int] = 1
    term: ClassVar[str] = "importance weighting"
    draws: ClassVar[bool] = True

    k: int = knob(5, "Codes for each image k", low=1, high=5000)
    scale: float = knob(
        0.1,
        "Scale of the likelihood",
        low=1e-4,
        high=1e4,
        log=True,
        tip="The spread of one pixel around its reconstruction, for losses that do not learn it; white is 1.",
    )

    @property
    def samples(self) -> int:
        return self.k

    def __call__(self, seen: Pass, weighted: Tensor, nats: Nats) -> Tensor:
        latent = seen.latent
        if latent.log_q is None or latent.log_prior is None:
            raise RunError(
                "Importance weighting needs a code that is drawn and knows how likely a draw is, and this one is not; "
                "choose another code, or the sum of the terms."
            )
        log_weights = latent.log_prior - latent.log_q - nats(self.scale)  # [N·k]
        bound = torch.logsumexp(log_weights.view(-1, seen.samples), 1) - log(seen.samples)  # [N]
        return weighted[1:].sum() - bound.mean()

    def by_hand(self, log_weights: Tensor) -> tuple[Tensor, Tensor]:
        """−∂/∂log wⱼ = wⱼ / Σᵢ wᵢ / N: each code counts as much as it explains of its image."""
        of_image = log_weights.view(-1, self.k)
        bound = torch.logsumexp(of_image, 1) - log(self.k)  # [N]
        return -bound.mean(), torch.softmax(of_image, 1).div_(len(bound)).flatten()
