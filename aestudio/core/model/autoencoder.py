"""The autoencoder: everything that a run's parts have built, in one module, and the one forward pass through it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text
from aestudio.core.parts import building, looking
from aestudio.core.parts.looking import Built, Decoded, Encoded, Terms
from aestudio.core.parts.one_pass import (
    CLEAN,
    NO_CONTEXT,
    NOTHING,
    TRAIN,
    UNSEEDED,
    Generators,
    Given,
    Mode,
    Pass,
    PassContext,
)
from aestudio.core.parts.plan import Span
from aestudio.core.parts.sharing import ALONE, Sharing
from aestudio.core.parts.stages import Stage
from aestudio.core.run.run import Run


class Autoencoder(nn.Module):
    """What a run has built. Which settings are in use comes with each call, so a live knob needs no rebuild."""

    def __init__(self, run: Run, shape: Shape) -> None:
        """New weights, fixed by the run's seed. Raises RunError where the run's parts do not fit each other or the
        shape.
        """
        super().__init__()
        planned = run.plan(shape)
        built = building.build(run, planned)
        self.stages = nn.ModuleList(built.stages)
        self.code = built.code
        self.loss = built.loss
        self.penalties = nn.ModuleDict(built.penalties)
        self.shape = shape
        self.code_shape = planned.code

    @property
    def built(self) -> Built:
        """The modules, as the forward pass takes them."""
        return Built(self.span(0, self.depth), self.depth, self.code, self.loss, dict(self.penalties.items()))

    @property
    def depth(self) -> int:
        return len(self.stages)

    def span(self, first: int, last: int) -> list[Stage]:
        # A slice of a ModuleList would be a new module each time.
        return [stage for stage in self.stages if isinstance(stage, Stage)][first:last]

    def work(self) -> int:
        """Multiply-adds of one image's forward pass."""
        return sum(stage.work() for stage in self.span(0, self.depth))

    def code_of(self, depth: int) -> tuple[int, ...]:
        """Shape of what the decoder gets behind `depth` stages, for images of the trained size."""
        return self.code_shape if depth == self.depth else self.span(0, depth)[-1].out_shape

    def encode(
        self,
        run: Run,
        images: Tensor,
        span: Span,
        mode: Mode = CLEAN,
        generators: Generators = UNSEEDED,
        *,
        given: Given = NOTHING,
        samples: int = 1,
    ) -> Encoded:
        """The first half of a pass, [N, C, H, W] → codes; see `looking.encode`."""
        return looking.encode(run, self.built, images, span, mode, generators, given=given, samples=samples)

    def decode(self, run: Run, code: Tensor, span: Span) -> Decoded:
        """The second half, from codes [N, …] in the shape that `encode` gives them; see `looking.decode`."""
        return looking.decode(run, self.built, code, span)

    def look(
        self,
        run: Run,
        images: Tensor,
        span: Span,
        mode: Mode,
        generators: Generators = UNSEEDED,
        *,
        given: Given = NOTHING,
        samples: int = 1,
        context: PassContext = NO_CONTEXT,
        sharing: Sharing = ALONE,
    ) -> Pass:
        """One pass of images [N, C, H, W] through a span of stages, there and back; see `looking.look`."""
        return looking.look(
            run, self.built, images, span, mode, generators,
            given=given, samples=samples, context=context, sharing=sharing,
        )  # fmt: skip

    def forward(
        self,
        run: Run,
        images: Tensor,
        span: Span,
        mode: Mode = TRAIN,
        generators: Generators = UNSEEDED,
        context: PassContext = NO_CONTEXT,
        sharing: Sharing = ALONE,
    ) -> tuple[Terms, Pass]:
        """The objective of a batch [N, C, H, W] for a span of stages."""
        seen = self.look(
            run, images, span, mode, generators, samples=run.objective.samples, context=context, sharing=sharing
        )
        return looking.terms(run, self.built, seen), seen

    def prior(self, run: Run, count: int, generator: torch.Generator | None = None) -> Tensor | None:
        """Codes drawn from the prior, [count, …]: the code's own, or N(0, I) where a penalty holds codes at that; None
        where there is neither.
        """
        drawn = run.code.prior(count, self.code, generator)
        if drawn is None and any(penalty.brings_prior for penalty in run.penalties):
            return torch.randn(count, *self.code_shape, generator=generator)
        return drawn

    def misfit(self, weights: Mapping[str, Tensor]) -> Text | None:
        """The first of these weights that is not this autoencoder's, as the end of a sentence; None where all fit."""
        wanted, given = (
            {name: "×".join(map(str, tensor.shape)) for name, tensor in one.items()}
            for one in (self.state_dict(), weights)
        )
        name = min((name for name in wanted | given if wanted.get(name) != given.get(name)), default=None)
        if name is None:
            return None
        should, is_ = (one[name] or Text("one number") if name in one else Text("nothing") for one in (wanted, given))
        return Text("{name} should be {wanted} and is {given}.", name=name, wanted=should, given=is_)

    def snapshot(self) -> dict[str, Tensor]:
        """A copy of all that was learned and counted, on the CPU, that further training does not touch."""
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.state_dict().items()}
