"""How far codes that are drawn lie from their prior: the second half of the evidence lower bound."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.by_hand import ByHand, NormalByHand
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.normal import kl_to_standard
from aestudio.core.parts.one_pass import Pass, batch_mean
from aestudio.core.parts.part import Own
from aestudio.core.parts.slots import knob


def reached(step: Tensor | None, steps: int) -> Tensor | float:
    """How much of a rise over so many steps has been climbed, in (0, 1]; all of it where nothing is trained."""
    if step is None or steps == 0:
        return 1.0
    return ((step + 1) / steps).clamp_max(1.0)


class KLToPrior(Penalty):
    """KL(q(z|x) ‖ p(z)) in nats, summed over the numbers of the code and averaged over the batch. With a loss in nats
    and β = 1 the sum of both is the negative evidence lower bound.

    Free nats λ: Σⱼ max(λ, KLⱼ), KLⱼ averaged over the batch; what a number of the code tells below λ costs nothing.
    Capacity C: |KL − C|, where C rises evenly from 0. Warm-up: β rises evenly from 0. Both rise with the steps of
    training; scores count the whole of each, so that epochs can be compared.

    Raises: RunError where the code has no prior.
    """

    kind: ClassVar[str] = "kl-to-prior"
    title: ClassVar[str] = "KL to the prior"
    about: ClassVar[str] = (
        "How far the distribution that the encoder gives for an image lies from the prior, in nats: what the code "
        "tells of the image."
    )
    equation: ClassVar[str] = r"\mathrm{KL}\left( q(z \mid x) \,\|\, p(z) \right)"
    symbol: ClassVar[str] = r"\mathrm{prior}"
    source: ClassVar[str] = (
        "Kingma, Welling (2014), arXiv 1312.6114; Higgins et al. (2017), β-VAE; free nats: Kingma et al. (2016), arXiv "
        "1606.04934, appendix C.8; capacity: Burgess et al. (2018), arXiv 1804.03599; warm-up: Sønderby et al. (2016)"
    )
    rank: ClassVar[int] = 20

    weight: float = knob(
        1.0,
        "Weight β",
        low=0,
        high=1e6,
        live=True,
        log=True,
        raised="The code tells less of each image: samples get better and reconstructions worse, and numbers of the "
        "code that are not worth their price fall silent.",
        tip="1 is the variational autoencoder; more asks for a code whose numbers stand for independent things.",
    )
    warm_up: int = knob(
        0, "Warm-up", low=0, high=10_000_000, unit="steps", tip="β rises evenly from 0 over so many steps."
    )
    free_nats: float = knob(
        0.0,
        "Free nats",
        low=0,
        high=100,
        unit="nats",
        live=True,
        tip="What each number of the code may tell at no cost; keeps numbers from falling silent early.",
        raised="Each number of the code tells more before it costs anything.",
    )
    capacity: float = knob(
        0.0,
        "Capacity",
        low=0,
        high=10_000,
        unit="nats",
        live=True,
        tip="The divergence is held at this value and not at 0; 0 is the ordinary bound.",
        raised="The whole code tells more of each image.",
    )
    capacity_steps: int = knob(
        0, "Capacity rises for", low=0, high=10_000_000, unit="steps", tip="The capacity rises evenly from 0."
    )

    def share(self, step: Tensor | None) -> Tensor | float:
        return reached(step, self.warm_up)

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        if seen.latent.kl is None:
            raise RunError(
                "The divergence from the prior needs a code that is drawn and has a prior; choose the code Gaussian, "
                "or take the penalty out."
            )
        each = batch_mean(seen.latent.kl)  # [K]
        # A number that is live is a tensor: written so that both compute alike.
        free, capacity = (
            torch.as_tensor(one, dtype=each.dtype, device=each.device) for one in (self.free_nats, self.capacity)
        )
        told = torch.maximum(each, free).sum()
        return (told - capacity * reached(seen.context.step, self.capacity_steps)).abs()

    def by_hand(self, at: ByHand) -> Tensor:
        """∂/∂μ = μ / N and ∂/∂log σ² = (σ² − 1) / 2N, where a number tells more than is free; with the sign turned
        where the code tells less than its capacity.
        """
        code = at.code
        assert isinstance(code, NormalByHand)  # a run whose code has no prior is refused before it begins
        each = at.batch_mean(kl_to_standard(code.mean, code.log_variance))  # [K]
        over = each.clamp(min=self.free_nats).sum() - self.capacity * reached(at.step, self.capacity_steps)
        counts = self.weight * float(self.share(at.step)) * float(over.sign()) / len(code.mean)
        slope = (each > self.free_nats) * counts  # [K]
        code.to_mean.addcmul_(code.mean, slope)
        code.to_log_variance.addcmul_(torch.expm1(code.log_variance), slope, value=0.5)
        return over.abs()
