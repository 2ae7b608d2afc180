"""Top-k: only the k largest activations reach the decoder."""

from __future__ import annotations

from math import prod
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.one_pass import Latent, Mode
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


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

    k: int = knob(
        8,
        "Active units k",
        low=1,
        high=100_000,
        live=True,
        tip="How many units may be active for one image.",
        raised="Reconstructions get sharper, and each unit stands for a smaller, more local detail.",
    )

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

    def encode(self, hidden: Tensor, own: Own, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        flat = hidden.flatten(1)  # [N, H]
        kept, where = flat.topk(min(self.k, flat.shape[1]), dim=1)  # [N, k]
        code = torch.zeros_like(flat).scatter(1, where, kept).view_as(hidden)
        return Latent(code, code)

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
