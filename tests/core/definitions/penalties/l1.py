"""L1 on activations."""

from __future__ import annotations

import torch
from torch import Tensor

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.l1 import L1Sparsity


def definition(seen: Pass, _penalty: L1Sparsity) -> Tensor:
    return torch.stack([abs(h) for row in seen.hidden for h in row]).sum() / len(seen.hidden)
