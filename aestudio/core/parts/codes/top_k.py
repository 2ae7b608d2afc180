"""Top-k: only the k largest activations reach the decoder."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text
from aestudio.core.parts.by_hand import CodeByHand
from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.one_pass import Latent, Mode, Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


class TopKByHand(CodeByHand):
    """The same code; gradients reach the units that were kept."""

    def __init__(self, hidden: Tensor, k: int) -> None:
        kept, self.where = hidden.topk(min(k, hidden.shape[1]), dim=1)  # [N, k]
        super().__init__(torch.zeros_like(hidden).scatter_(1, self.where, kept))

    def receive(self, slope: Tensor, gradient: Mapping[Tensor, Tensor], share: Tensor | None = None) -> Tensor:
        return torch.zeros_like(slope).scatter_(1, self.where, slope.gather(1, self.where))


class TopK(Code):
    """Keeps the k largest activations of every image and sets the others to zero; gradients flow through those kept."""

    kind: ClassVar[str] = "top-k"
    title: ClassVar[str] = "Top-k"
    about: ClassVar[str] = (
        "Keeps the k largest activations of every image and sets the others to zero; gradients flow through those kept."
    )
    equation: ClassVar[str] = r"z = \mathrm{TopK}(h, k)"
    source: ClassVar[str] = "Makhzani, Frey (2014), k-Sparse Autoencoders, arXiv 1312.5663"
    rank: ClassVar[int] = 1
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = True
    zeroes: ClassVar[bool] = True
    term_titles: ClassVar[Mapping[str, Text]] = {"auxiliary": Text("Auxiliary loss")}
    term_equation: ClassVar[str] = r"\left\| x - \hat{x} - \hat{e} \right\|_2^2"

    k: int = knob(
        8,
        "Active units k",
        low=1,
        high=100_000,
        live=True,
        tip="How many units may be active for one image.",
        raised="Reconstructions get sharper, and each unit stands for a smaller, more local detail.",
    )

    auxiliary: bool = knob(
        False,
        "Auxiliary loss",
        tip="Units that no image of a batch uses learn to reconstruct what the others leave over, so that fewer of "
        "them stay unused for ever.",
    )
    auxiliary_weight: float = knob(
        1 / 32,
        "Auxiliary weight",
        low=0,
        high=1e6,
        live=True,
        log=True,
        tip="How much the auxiliary loss counts beside the reconstruction loss.",
        raised="Unused units come into use sooner.",
    )
    auxiliary_units: int = knob(
        32,
        "Auxiliary units",
        low=1,
        high=100_000,
        tip="How many unused units reconstruct what is left over of one image.",
    )

    @property
    def term(self) -> str:
        return "auxiliary" if self.auxiliary else ""

    @property
    def term_weight(self) -> float:
        return self.auxiliary_weight

    @property
    def least_units(self) -> int:
        return self.k

    def check(self, plan: Plan) -> None:
        units = prod(plan.hidden)
        if self.k > units:
            raise RunError(
                "Top-k keeps {k} units, but the code has only {units}; lower k to {units} or less.",
                k=self.k,
                units=units,
            )
        if self.auxiliary and plan.layerwise:
            raise RunError("The auxiliary loss is one of the whole network; train end to end, or switch it off.")

    def encode(self, hidden: Tensor, own: Own, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        flat = hidden.flatten(1)  # [N, H]
        kept, where = flat.topk(min(self.k, flat.shape[1]), dim=1)  # [N, k]
        code = torch.zeros_like(flat).scatter(1, where, kept).view_as(hidden)
        return Latent(code, code)

    def is_by_hand(self) -> bool:
        return not self.auxiliary

    def by_hand(self, hidden: Tensor, own: Own, generator: torch.Generator | None, samples: int) -> TopKByHand:
        return TopKByHand(hidden, self.k)

    def own_loss(self, seen: Pass, own: Own) -> Tensor:
        """‖e − ê‖², summed over the numbers of an image and averaged over the batch, where e = x − x̂ is what the k
        strongest units leave over, and ê what the strongest units of those that no image of the batch uses make of it
        without a bias. x̂ gets no gradient. 0 where every unit is used.

        Gao et al. call a unit dead that was not used for ten million tokens; a batch needs no memory. Where layers lie
        below, or the output is not linear, ê joins before them, and the error is that of the whole reconstruction.

        Source: Gao et al. (2024), Scaling and evaluating sparse autoencoders, arXiv 2406.04093, appendix A.2.
        """
        hidden = seen.hidden.repeat_interleave(seen.samples, 0)  # [N·k, H]
        silent = (seen.code.flatten(1) == 0).all(0)  # [H]
        count = min(self.auxiliary_units, hidden.shape[1])
        strongest, where = hidden.masked_fill(~silent, float("-inf")).topk(count, dim=1)
        spare = torch.zeros_like(hidden).scatter(1, where, torch.where(silent[where], strongest, 0)).view_as(seen.code)
        last = seen.stages[-1]
        added = last.back(spare) - last.back(torch.zeros_like(spare[:1]))
        made = last.range(last.back(seen.code).detach() + added)
        for stage in reversed(seen.stages[:-1]):
            made = stage.decode(made)
        if made.shape != seen.target.shape:
            raise RunError(
                "The auxiliary loss compares images, and this loss has several numbers for each pixel; choose another "
                "loss, or switch the auxiliary loss off."
            )
        return (seen.target - made).square().flatten(1).sum(1).mean() * silent.any()

    def in_torch(self, hidden: tuple[int, ...], own: Own) -> TorchCode:
        if len(hidden) == 1:
            return TorchCode(
                (
                    f"kept, where = x.topk({self.k})  # all others become zero",
                    "x = torch.zeros_like(x).scatter(1, where, kept)",
                )
            )
        return TorchCode(
            (
                "flat = x.flatten(1)",
                f"kept, where = flat.topk(min({self.k}, flat.shape[1]))  # all others become zero",
                "x = torch.zeros_like(flat).scatter(1, where, kept).view_as(x)",
            )
        )
