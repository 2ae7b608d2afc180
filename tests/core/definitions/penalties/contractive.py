"""The contractive penalty."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.contractive import Contractive

OWN_DERIVATIVES = True
"""It computes with each activation's derivative itself, so every activation is another case."""


def definition(seen: Pass, _penalty: Contractive) -> Tensor:
    total = torch.zeros((), dtype=torch.float64)
    for image in seen.corrupted:
        jacobian: Any = torch.autograd.functional.jacobian(
            lambda x: seen.hidden_of(x[None])[0], image, create_graph=True
        )
        total = total + jacobian.square().sum()
    return total / len(seen.corrupted)
