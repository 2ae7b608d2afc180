"""Sparsity by KL divergence: holds each hidden unit's mean activation at a target."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.by_hand import ByHand
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import Pass, batch_mean
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


def bernoulli_kl(target: float | Tensor, rho: Tensor) -> Tensor:
    """KL(target ‖ ρ) between Bernoulli variables in nats, elementwise; ρ in [0, 1], ends included."""
    # Squeezed rather than clamped: clamping is flat at the ends, and a unit that never fires would get no gradient
    # back.
    rho = 1e-6 + (1 - 2e-6) * rho
    # A number divided by a tensor is computed by torch as below; written out, a target that is a tensor rounds alike.
    on, off = rho.reciprocal() * target, (1 - rho).reciprocal() * (1 - target)
    return target * on.log() + (1 - target) * off.log()


def bernoulli_kl_slope(target: float, rho: Tensor) -> Tensor:
    """∂/∂ρ of `bernoulli_kl`, elementwise."""
    squeezed = 1e-6 + (1 - 2e-6) * rho
    return (1 - 2e-6) * ((1 - target) / (1 - squeezed) - target / squeezed)


class KLSparsity(Penalty):
    """Σⱼ KL(ρ̂ ‖ ρⱼ) in nats, summed over hidden units.

    ρⱼ is unit j's activation averaged over the batch, each unit taken as a Bernoulli variable, so the code must lie in
    (0, 1). Here ρ̂ is the target and ρⱼ the measured mean; many texts write the hats the other way round.

    Raises: RunError where the encoder does not end in a sigmoid.
    """

    kind: ClassVar[str] = "kl-sparsity"
    title: ClassVar[str] = "KL sparsity"
    about: ClassVar[str] = "Σⱼ KL(ρ̂ ‖ ρⱼ) in nats, summed over hidden units."
    equation: ClassVar[str] = r"\sum_j \mathrm{KL}\left( \hat{\rho} \,\|\, \rho_j \right)"
    symbol: ClassVar[str] = r"\mathrm{KL}"
    target_knob: ClassVar[str] = "target"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 2.1; Ng (2011), CS294A notes"
    rank: ClassVar[int] = 1
    grows_with_images: ClassVar[bool] = True

    weight: float = knob(
        1.0,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        raised="The unit means come closer to the target, and the reconstruction gets a little worse.",
        tip="How strongly the mean activations are held at the target.",
    )
    target: float = knob(
        0.1,
        "Target ρ̂",
        low=0.001,
        high=0.5,
        live=True,
        raised="Every unit is active more often: reconstructions get sharper, the code less sparse.",
        tip="The mean activation that every hidden unit should have. Here ρ̂ is the target and ρ the measured mean; "
        "many texts, the survey among them, write the hats the other way round.",
    )

    def check(self, plan: Plan) -> None:
        for stage in plan.stages:
            if not stage.activation.is_probability and (stage is plan.stages[-1] or plan.layerwise):
                raise RunError(
                    "KL sparsity reads each hidden unit as a probability, but the hidden layer ends in {name}; "
                    "choose a network that ends in sigmoid, or the L1 penalty.",
                    name=stage.activation.name,
                )

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        rho = batch_mean(seen.hidden)  # [H]
        return bernoulli_kl(self.target, rho).sum()  # []

    def by_hand(self, at: ByHand) -> Tensor:
        """∂/∂hₙⱼ = KL′(ρⱼ) / N, the same for every image."""
        rho = at.batch_mean(at.hidden)  # [H]
        at.to_hidden.add_(bernoulli_kl_slope(self.target, rho), alpha=self.weight / len(at.hidden))
        return bernoulli_kl(self.target, rho).sum()
