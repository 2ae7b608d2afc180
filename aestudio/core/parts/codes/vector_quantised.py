"""Vector quantisation: each place of the code is one of a number of vectors that are learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text
from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.one_pass import Latent, Mode, Pass
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob

SMOOTH = 1e-5
"""Added to every count, so that a vector that is never chosen is not divided by 0."""


class Codebook(nn.Module):
    """M vectors [M, D], and how they came about: running numbers of what chose them [M], and running sums [M, D]."""

    def __init__(self, vectors: int, width: int) -> None:
        super().__init__()
        self.vectors: Tensor
        self.counts: Tensor
        self.sums: Tensor
        self.register_buffer("vectors", torch.randn(vectors, width))
        self.register_buffer("counts", torch.ones(vectors))
        self.register_buffer("sums", self.vectors.clone())

    def nearest(self, asking: Tensor) -> Tensor:
        """Which vector is nearest to each of [P, D], int64 [P]."""
        squared = self.vectors.square().sum(1) - 2 * asking @ self.vectors.t()  # but for what is the same for all
        return squared.argmin(1)


def among(chosen: Tensor, vectors: int, like: Tensor) -> Tensor:
    """1 where a vector was chosen, int64 [P] → [P, M] of the type of `like`."""
    return (chosen[:, None] == torch.arange(vectors, device=chosen.device)).to(like.dtype)


def perplexity(chosen: Tensor, vectors: int, like: Tensor) -> Tensor:
    """exp of the entropy of which vectors were chosen, int64 [P] → []: how many are in use, were all used alike."""
    share = among(chosen, vectors, like).mean(0)
    entropy: Tensor = -torch.special.xlogy(share, share).sum()
    return entropy.exp()


class VectorQuantised(Code):
    """At each place of the last feature maps stands the nearest of M vectors, and the decoder gets that one; of a
    dense layer so many numbers at a time are a place. Gradients pass as if nothing had been rounded, and the
    commitment loss β ‖h − e‖² holds the hidden layer near what it was rounded to.

    Each vector is the running mean of what chose it, N ← γ N + (1 − γ) n, m ← γ m + (1 − γ) Σ h, e = m / N, smoothed
    so that N is never 0. One whose N falls below a bound begins anew at a place of the batch that is drawn.
    """

    kind: ClassVar[str] = "vector-quantised"
    title: ClassVar[str] = "Vector quantised"
    about: ClassVar[str] = (
        "Each place of the code is the nearest of a number of vectors that are learned: an image becomes a few whole "
        "numbers."
    )
    equation: ClassVar[str] = r"z = e_m,\quad m = \mathrm{argmin}_m \left\| h - e_m \right\|"
    source: ClassVar[str] = (
        "van den Oord, Vinyals, Kavukcuoglu (2017), Neural Discrete Representation Learning, arXiv 1711.00937; "
        "restart: Dhariwal et al. (2020), Jukebox, arXiv 2005.00341"
    )
    rank: ClassVar[int] = 3
    pointwise: ClassVar[bool] = True
    keeps_units: ClassVar[bool] = False
    any_size: ClassVar[bool] = True
    term_titles: ClassVar[Mapping[str, Text]] = {"commitment": Text("Commitment")}
    term_equation: ClassVar[str] = r"\left\| h - e_m \right\|_2^2"

    vectors: int = knob(64, "Vectors M", low=2, high=65536, tip="How many there are to choose from.")
    width: int = knob(
        0,
        "Numbers of a vector",
        low=0,
        high=65536,
        tip="Only for a dense hidden layer: how many of its numbers are one place; 0 takes all of them together.",
    )
    memory: float = knob(
        0.99, "Memory γ", low=0, high=0.99999, live=True, raised="The vectors move more slowly and more steadily."
    )
    commitment: float = knob(
        0.25,
        "Commitment β",
        low=0,
        high=1e6,
        live=True,
        log=True,
        raised="The hidden layer keeps closer to the vectors, and moves less freely.",
        tip="What it costs when the hidden layer lies away from the vector that it becomes.",
    )
    restart: float = knob(
        0.1,
        "Restart below",
        low=0,
        high=1e6,
        tip="A vector that fewer places of a batch choose on average begins anew; 0 leaves it where it is.",
    )

    @property
    def term(self) -> str:
        return "commitment"

    @property
    def term_weight(self) -> float:
        return self.commitment

    def check(self, plan: Plan) -> None:
        units = plan.hidden[0]
        if plan.layerwise:
            raise RunError("Vectors are those of the whole network’s code; train end to end, or choose another code.")
        if len(plan.hidden) == 1 and self.width and units % self.width:
            raise RunError(
                "A hidden layer of {units} numbers cannot be divided into vectors of {width}; choose a width that "
                "divides it.",
                units=units,
                width=self.width,
            )

    def build(self, plan: Plan) -> Codebook:
        dense = len(plan.hidden) == 1
        return Codebook(self.vectors, (self.width or plan.hidden[0]) if dense else plan.hidden[0])

    def encode(
        self, hidden: Tensor, own: Codebook, mode: Mode, generator: torch.Generator | None, samples: int
    ) -> Latent:
        asking = _places(hidden, own)  # [N, P, D]
        chosen = own.nearest(asking.flatten(0, 1).detach())  # [N·P]
        nearest = _back(own.vectors[chosen].view_as(asking), hidden)
        code = hidden + (nearest - hidden).detach()
        facts = {
            "chosen": chosen.view(asking.shape[:2]),
            "places": asking.detach(),
            "nearest": nearest,
            "perplexity": perplexity(chosen, self.vectors, hidden.detach()),
        }
        return Latent(code, code, facts=facts)

    def own_loss(self, seen: Pass, own: Codebook) -> Tensor:
        """‖h − e‖², summed over the numbers of the code and averaged over the batch; only the hidden layer moves."""
        away = seen.hidden - seen.latent.facts["nearest"].detach().flatten(1)
        return away.square().sum(1).mean()

    def after_step(self, own: Codebook, latent: Latent, generator: torch.Generator | None) -> None:
        places, chosen = latent.facts["places"].flatten(0, 1), latent.facts["chosen"].flatten()
        choosing = among(chosen, self.vectors, places)  # [P, M]
        own.counts.add_((1 - self.memory) * (choosing.sum(0) - own.counts))
        own.sums.add_((1 - self.memory) * (choosing.t() @ places - own.sums))
        total = own.counts.sum()
        smoothed = (own.counts + SMOOTH) / (total + self.vectors * SMOOTH) * total
        own.vectors.copy_(own.sums / smoothed[:, None])
        if self.restart:
            drawn = torch.randint(len(places), (self.vectors,), generator=generator, device=places.device)
            unused = own.counts < self.restart
            own.vectors.copy_(torch.where(unused[:, None], places[drawn], own.vectors))
            own.sums.copy_(torch.where(unused[:, None], places[drawn], own.sums))
            own.counts.copy_(torch.where(unused, torch.ones_like(own.counts), own.counts))

    def in_torch(self, hidden: tuple[int, ...], own: Codebook) -> TorchCode:
        count, width = own.vectors.shape
        maps = len(hidden) > 1
        back = "places.transpose(1, 2).reshape(x.shape)" if maps else "places.reshape(x.shape)"
        return TorchCode(
            encode=(
                "places = x.flatten(2).transpose(1, 2)" if maps else f"places = x.reshape(len(x), -1, {width})",
                "away = self.vectors.square().sum(1) - 2 * places @ self.vectors.t()",
                "places = self.vectors[away.argmin(2)]  # the nearest vector at each place",
                f"x = {back}",
            ),
            layers=(f'self.register_buffer("vectors", torch.zeros({count}, {width}))',),
            weights={"vectors": "vectors"},
        )


def _places(hidden: Tensor, own: Codebook) -> Tensor:
    """The hidden layer [N, D, …] or [N, P·D] as [N, P, D]."""
    if hidden.dim() > 2:
        return hidden.flatten(2).transpose(1, 2)
    return hidden.reshape(len(hidden), -1, own.vectors.shape[1])


def _back(places: Tensor, like: Tensor) -> Tensor:
    """[N, P, D] in the shape of the hidden layer."""
    return places.transpose(1, 2).reshape(like.shape) if like.dim() > 2 else places.reshape(like.shape)
