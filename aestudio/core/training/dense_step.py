"""The step of dense layers on a CPU, written out: the same numbers with fewer passes over memory."""

from __future__ import annotations

from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from aestudio.core.ground.compute import Compute
from aestudio.core.ground.texts import say
from aestudio.core.parts.by_hand import ByHand, CodeByHand, NormalByHand
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.looking import Terms
from aestudio.core.parts.one_pass import batch_mean
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.stages import through
from aestudio.core.run.run import Run
from aestudio.core.training.draws import CODE, CORRUPTION
from aestudio.core.training.step import Step


class DenseStep(Step):
    """Forward, then every gradient by its formula into memory that is there already, then the optimiser.

    With L layers, encoder xᵢ₊₁ = sᵢ(aᵢ), aᵢ = Wᵢ xᵢ + bᵢ, and decoder yᵢ = rᵢ(pᵢ), pᵢ = Vᵢ yᵢ₊₁ + cᵢ, from y_L = x_L
    down to x̂ = y₀; a code that is drawn lies between x_L and y_L. Losses and gradients are those of the plain step up
    to the order of the sums, about 1e-6 of each.

    Source: Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.below = self.model.span(0, self.span.first)
        self.stages = [one for one in self.model.span(self.span.first, self.span.last) if isinstance(one, DenseStage)]
        self.has_code = self.span.last == self.model.depth and not self.run.code.neutral
        parameters = self.players[0].parameters
        sizes = [parameter.numel() for parameter in parameters]
        self.flat = torch.zeros(sum(sizes))
        """All gradients, one behind the other."""
        self.gradient: dict[Tensor, Tensor] = {
            one: part.view_as(one) for one, part in zip(parameters, torch.split(self.flat, sizes), strict=True)
        }
        for parameter, place in self.gradient.items():
            parameter.grad = place
        weights = [weight for stage in self.stages for weight in stage.weights()]
        # A code's spread does not bear products that are rounded.
        work = self.model.work() * self.run.batch_size
        self.rounds = self.compute.rounds(self.run.precision, work) and not self.has_code
        self.move = self.run.optimiser.mover(
            self.players[0].optimiser, [one for one in weights if isinstance(one, nn.Parameter)]
        )

    @classmethod
    def unsuited(cls, run: Run, plan: Plan, compute: Compute) -> str:
        if compute.device.type != "cpu":
            return say("The written step is for the CPU.")
        if not all(type(stage) is DenseStage and stage.outputs == 1 for stage in plan.stages):
            return say("The written step is for fully connected layers with one output for each pixel.")
        if run.network.given:
            return say("The written step is for networks that are told nothing beside the image.")
        if not run.code.neutral and not run.code.is_by_hand():
            return say("The gradient of the code {title} is not written out.", title=run.code.title)
        if not run.loss.is_by_hand():
            return say("The gradient of the loss {title} is not written out.", title=run.loss.title)
        if not run.objective.neutral and not (
            run.objective.is_by_hand() and run.loss.nats_are_by_hand() and run.code.is_by_hand()
        ):
            return say(
                "The gradient of the objective {title} is not written out for this code and this loss.",
                title=run.objective.title,
            )
        for penalty in run.penalties:
            if penalty.plays or not penalty.is_by_hand():
                return say("The gradient of the penalty {title} is not written out.", title=penalty.title)
            if why := penalty.not_by_hand(plan):
                return why
        return ""

    def take(self, images: Tensor) -> Terms:
        run = self.run
        with torch.no_grad():
            with self.heeding():
                images = self.given(images)
                done = run.corruption(through(self.below, images), self.draws.of(CORRUPTION))
                values, decay = self.differentiate(run, done.seen.flatten(1), done.target.flatten(1))
            surplus = [run.objective.term] if run.objective.term else []
            names = ("reconstruction", *(penalty.kind for penalty in run.penalties), *surplus)
            weights = (1.0, *(self._weight(penalty) for penalty in run.penalties), *(1.0 for _ in surplus))
            total = sum(weight * value for weight, value in zip(weights, values, strict=True))
            # On a CPU a number can be asked for without waiting for anything.
            if self.guard.tripped_at() is None and isfinite(total + float(self.flat.dot(self.flat))):
                self.move(self.learning_rate, decay)
            else:
                self.guard.refuse(self.number)
        return Terms(names, torch.tensor(values), weights, torch.tensor(total))

    def batch_mean(self, values: Tensor) -> Tensor:
        """Over the whole batch, [N, …] → […], for penalties that are not linear in it."""
        return batch_mean(values)

    def _product(self, left: Tensor, right: Tensor, into: Tensor | None = None) -> Tensor:
        """left · right. Where factors are rounded, the product is too: torch could leave it, but only for all threads
        of the program at once, and what they measure would change with what is trained.
        """
        if not self.rounds:
            return torch.mm(left, right, out=into)
        made = torch.mm(left.to(torch.bfloat16), right.to(torch.bfloat16))
        return made.float() if into is None else into.copy_(made)

    def _affine(self, left: Tensor, right: Tensor, bias: Tensor) -> Tensor:
        return self._product(left, right).add_(bias) if self.rounds else torch.addmm(bias, left, right)

    def _code(self, run: Run, hidden: Tensor) -> CodeByHand:
        if not self.has_code:
            return CodeByHand(hidden)
        return run.code.by_hand(hidden, self.model.code, self.draws.of(CODE), run.objective.samples)

    def _loss(
        self, run: Run, code: CodeByHand, target: Tensor, logits: Tensor, made: Tensor
    ) -> tuple[Tensor, list[Tensor], Tensor, Tensor | None]:
        """The reconstruction loss, what the objective has beside it, ∂𝓛/∂p₀ [N·k, D], and what each code counts."""
        if run.objective.neutral:
            loss, slope = run.loss.by_hand(target, logits, made, self.stages[0].range, self.model.loss)
            return loss, [], slope, None
        assert isinstance(code, NormalByHand)  # no other code knows how likely it is
        nats, slope = run.loss.nats_by_hand(target, logits, made)
        objective, share = run.objective.by_hand(code.log_ratio() - nats)
        return nats.mean(), [objective - nats.mean()], slope.mul_(share[:, None]), share

    def differentiate(self, run: Run, seen: Tensor, target: Tensor) -> tuple[list[float], float]:
        """The terms for a batch [N, D]; every gradient is in its place then, but that of an L2 penalty, which is the
        number that comes with them times the weight.
        """
        stages, gradient = self.stages, self.gradient
        x, a = [seen], []
        for stage in stages:
            a.append(self._affine(x[-1], stage.W.t(), stage.b))
            x.append(stage.activation(a[-1]))
        code = self._code(run, x[-1])
        y, p = [code.given], []  # from the code outwards
        if len(y[0]) > len(target):
            target = target.repeat_interleave(run.objective.samples, 0)
        for stage in reversed(stages):
            p.append(self._affine(y[-1], stage.W if stage.V is None else stage.V.t(), stage.c))
            y.append(stage.range(p[-1]))
        y, p = y[::-1], p[::-1]

        loss, surplus, slope, share = self._loss(run, code, target, p[0], y[0])
        slopes = [slope]  # ∂𝓛/∂pᵢ
        for i, stage in enumerate(stages):
            torch.sum(slope, 0, out=gradient[stage.c])
            if stage.V is not None:
                self._product(slope.t(), y[i + 1], gradient[stage.V])
            slope = self._product(slope, stage.W.t() if stage.V is None else stage.V)  # ∂𝓛/∂yᵢ₊₁
            if i + 1 < len(stages):
                slope = stages[i + 1].range.pull_back(slope, p[i + 1], y[i + 1])
                slopes.append(slope)

        last = stages[-1]
        at = ByHand(stages, a[-1], x[-1], code.receive(slope, gradient, share), code, self.done, self.batch_mean)
        terms = [loss, *(penalty.by_hand(at) for penalty in run.penalties), *surplus]
        slope = code.pass_on(at.to_hidden, gradient)
        for i, stage in reversed(list(enumerate(stages))):
            slope = stage.activation.pull_back(slope, a[i], x[i + 1])  # ∂𝓛/∂aᵢ
            if stage is last and at.to_preactivation is not None:
                slope.add_(at.to_preactivation)
            torch.sum(slope, 0, out=gradient[stage.b])
            self._product(slope.t(), x[i], gradient[stage.W])
            if stage.V is None:
                gradient[stage.W].add_(self._product(y[i + 1].t(), slopes[i]))
            if i:
                slope = self._product(slope, stage.W)
        if at.to_rows is not None:
            gradient[last.W].addcmul_(last.W, at.to_rows[:, None])
        return [float(term) for term in terms], at.decay
