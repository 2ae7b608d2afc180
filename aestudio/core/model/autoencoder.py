"""corruption → encoder → code → decoder, returning a Pass, and the objective: loss + Σ λᵢ penaltyᵢ as named terms."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.one_pass import Pass, Span
from aestudio.core.parts.stages import Stage
from aestudio.core.run.run import Run


@dataclass(frozen=True, eq=False)
class Objective:
    """What one step minimises, term by term."""

    names: tuple[str, ...]
    """`reconstruction`, then the penalties by kind."""
    terms: Tensor
    """Raw values [names], without gradient."""
    weights: tuple[float, ...]
    total: Tensor
    """Σ weight × term, the scalar to differentiate."""


class Autoencoder(nn.Module):
    """The stages of a network, and what is done with them. Which slots are in use comes with each call, so a live knob
    needs no rebuild.
    """

    def __init__(self, run: Run, shape: Shape) -> None:
        """New weights, fixed by the run's seed. Raises RunError where the run's parts do not fit each other or the
        shape.
        """
        super().__init__()
        run.check(shape)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(run.seed)
            self.stages = nn.ModuleList(run.network.build(shape))
        self.shape = shape

    @property
    def depth(self) -> int:
        return len(self.stages)

    def span(self, first: int, last: int) -> list[Stage]:
        return [stage for stage in self.stages[first:last] if isinstance(stage, Stage)]

    def work(self) -> int:
        """Multiply-adds of one image's forward pass."""
        return sum(stage.work() for stage in self.span(0, self.depth))

    def encode(self, images: Tensor, depth: int | None = None) -> Tensor:
        """[N, C, H, W] through the first `depth` stages (all by default), [N, *out_shape]; no code slot is applied."""
        for stage in self.span(0, self.depth if depth is None else depth):
            images = stage.encode(images)
        return images

    def decode(self, code: Tensor, depth: int | None = None) -> Tensor:
        """What `depth` encoder stages made, back to images; the code may be flat. [N, …] → [N, C, H, W]."""
        stages = self.span(0, self.depth if depth is None else depth)
        if stages:
            code = code.reshape(-1, *stages[-1].out_shape)
        for stage in reversed(stages):
            code = stage.decode(code)
        return code

    def code(self, run: Run, hidden: Tensor, depth: int) -> Tensor:
        """What the decoder gets: the code slot belongs to the whole network's bottleneck, so a shallower hidden layer
        passes as it is.
        """
        return run.code(hidden) if depth == self.depth else hidden

    def look(self, run: Run, images: Tensor, span: Span, generator: torch.Generator | None = None) -> Pass:
        """One pass through a span of stages. Where it does not start at the image, the stages below encode the input
        and get no gradient.
        """
        with torch.no_grad():
            clean = self.encode(images, span.first)
        corrupted = run.corruption(clean, generator)
        stages = self.span(span.first, span.last)

        hidden = preactivation = corrupted
        for stage in stages:
            preactivation = stage.affine(hidden)
            hidden = stage.activation(preactivation)

        code = self.code(run, hidden, span.last)
        reconstruction = logits = code
        for stage in reversed(stages):
            logits = stage.back(reconstruction)
            reconstruction = stage.range(logits)

        return Pass(
            clean=clean,
            corrupted=corrupted,
            preactivation=preactivation,
            hidden=hidden.flatten(1),
            code=code,
            logits=logits,
            reconstruction=reconstruction,
            stages=stages,
            generator=generator,
        )

    def forward(
        self, run: Run, images: Tensor, span: Span, generator: torch.Generator | None = None
    ) -> tuple[Objective, Pass]:
        """The objective of a batch [N, C, H, W] for a span of stages. Inside `forward`, so that a wrapper for many
        devices sees it.
        """
        seen = self.look(run, images, span, generator)
        terms = [run.loss(seen), *(penalty(seen) for penalty in run.penalties)]
        weights = (1.0, *(penalty.weight for penalty in run.penalties))
        total = torch.stack([weight * term for weight, term in zip(weights, terms, strict=True)]).sum()
        names = ("reconstruction", *(penalty.kind for penalty in run.penalties))
        return Objective(names, torch.stack(terms).detach(), weights, total), seen

    def snapshot(self) -> dict[str, Tensor]:
        """A copy of the weights on the CPU that further training does not touch."""
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.state_dict().items()}
