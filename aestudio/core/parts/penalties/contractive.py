"""Contractive penalty: makes the code insensitive to small changes of the input."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import prod
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.func import jvp, vmap

from aestudio.core.ground.texts import Text, listed, plural, say
from aestudio.core.parts.by_hand import ByHand
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import Pass, as_it_is
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob
from aestudio.core.parts.stages import Layer, Stage

# torch's own forward-mode tables are built with torch.jit.script at their first use, which its newest releases warn of.
warnings.filterwarnings("ignore", message=".*torch.jit.script.*", category=FutureWarning)

AFFORDABLE = 20_000_000
"""Largest (input values × hidden units × batch) for which every column of the Jacobian is computed at every step."""

Method = Literal["closed form", "exact", "estimate"]


class Contractive(Penalty):
    """‖J‖²_F, the squared Frobenius norm of the encoder's Jacobian ∂h/∂x at what the encoder sees, averaged over the
    batch.

    One hidden layer has a closed form: with pre-activation a, Σⱼ s′(aⱼ)² Σᵢ Wⱼᵢ², s′ being the derivative of the
    activation that the layer really has. Deeper encoders take the Jacobian column by column in forward mode, or, where
    that is too much, Hutchinson's estimate: the mean of ‖Jv‖² over random sign vectors v, whose expectation is ‖J‖²_F.
    One probe's value is tight, its gradient noisy.
    """

    kind: ClassVar[str] = "contractive"
    title: ClassVar[str] = "Contractive"
    about: ClassVar[str] = (
        "‖J‖²_F, the squared Frobenius norm of the encoder's Jacobian ∂h/∂x at what the encoder sees, averaged over "
        "the batch."
    )
    equation: ClassVar[str] = r"\left\| J_A(x) \right\|_F^2"
    symbol: ClassVar[str] = "J"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 2.3; Rifai et al. (2011); Hutchinson (1989)"
    rank: ClassVar[int] = 2

    weight: float = knob(
        0.1,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        tip="How much it costs when the code changes with the image.",
        raised="The code reacts less to small changes of the image, and the reconstruction gets blurred.",
    )
    method: Literal["auto", "exact", "estimate"] = knob(
        "auto",
        "Jacobian",
        tip="auto: closed form for one hidden layer, else exact where that is affordable, else Hutchinson's estimate.",
    )
    probes: int = knob(
        1, "Probes", low=1, high=64, tip="Random directions per image and step in Hutchinson's estimate."
    )

    def chosen(self, stages: Sequence[Stage], batch_size: int) -> Method:
        """How the Jacobian of these stages is computed."""
        if self.method == "estimate":
            return "estimate"
        if len(stages) == 1 and isinstance(stages[0], Layer):
            return "closed form"
        work = prod(stages[0].in_shape) * sum(prod(stage.out_shape) for stage in stages) * batch_size
        return "exact" if self.method == "exact" or work <= AFFORDABLE else "estimate"

    def note(self, plan: Plan) -> str:
        spans = [phase.span for phase in plan.phases]
        used = dict.fromkeys(self.chosen(plan.stages[s.first : s.last], plan.batch_size) for s in spans)
        return say("Contractive penalty: {methods}", methods=listed(map(self._in_words, used), Text(", then ")))

    def _in_words(self, method: Method) -> Text:
        match method:
            case "closed form":
                return Text("closed form (one hidden layer)")
            case "exact":
                return Text("exact Jacobian, forward mode")
            case "estimate":
                return plural("Hutchinson estimate, {count} probe", "Hutchinson estimate, {count} probes", self.probes)

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        method = self.chosen(seen.stages, len(seen.clean))
        if method == "closed form" and seen.enter is not as_it_is:  # the stage sees something else than the image
            method = "exact"
        match method:
            case "closed form":
                (stage,) = seen.stages
                assert isinstance(stage, Layer)
                slope = stage.activation.derivative(seen.preactivation)  # [N, …]
                return (slope.square() * stage.squared_rows()).flatten(1).sum(1).mean()
            case "exact":
                x = seen.corrupted
                columns = torch.eye(x[0].numel(), dtype=x.dtype, device=x.device)  # [D, D]
                columns = columns.view(-1, 1, *x.shape[1:]).expand(-1, *x.shape)  # [D, N, …]
                return vmap(lambda v: _tangent_norm(seen, v))(columns).sum()
            case "estimate":
                return torch.stack([_tangent_norm(seen, _signs(seen)) for _ in range(self.probes)]).mean()

    def not_by_hand(self, plan: Plan) -> str:
        spans = {phase.span for phase in plan.phases}
        closed = all(self.chosen(plan.stages[s.first : s.last], plan.batch_size) == "closed form" for s in spans)
        return "" if closed else say("The Jacobian of several hidden layers has no gradient that is written out.")

    def by_hand(self, at: ByHand) -> Tensor:
        """With rⱼ = Σᵢ Wⱼᵢ²: ∂/∂aₙⱼ = 2 s′(aₙⱼ) s″(aₙⱼ) rⱼ / N and ∂/∂Wⱼ = 2 Wⱼ Σₙ s′(aₙⱼ)² / N."""
        (stage,) = at.stages
        n, rows = len(at.hidden), torch.linalg.vector_norm(stage.W, dim=1).square()  # [H]
        curvature = stage.activation.curvature(at.preactivation, at.hidden)
        add = (at.slope * curvature).mul_(rows).mul_(2 * self.weight / n)  # [N, H]
        at.to_preactivation = add if at.to_preactivation is None else at.to_preactivation.add_(add)
        squares = at.slope.square().sum(0) / n  # [H]
        at.to_rows = squares * (2 * self.weight) + (0 if at.to_rows is None else at.to_rows)
        return torch.dot(squares, rows)


def _tangent_norm(seen: Pass, v: Tensor) -> Tensor:
    """‖Jv‖² averaged over the batch; v [N, …] is a direction in input space."""
    tangent: Tensor = jvp(seen.hidden_of, (seen.corrupted,), (v,))[1]  # [N, H]
    return tangent.square().sum(1).mean()


def _signs(seen: Pass) -> Tensor:
    """Independent fair ±1, like the input."""
    x = seen.corrupted
    return torch.randint(0, 2, x.shape, generator=seen.generator, device=x.device).to(x.dtype).mul_(2).sub_(1)
