"""L2 on weights."""

from __future__ import annotations

import torch
from torch import Tensor

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.weight_decay import WeightDecay


def definition(seen: Pass, _penalty: WeightDecay) -> Tensor:
    matrices = {id(p): p for stage in seen.stages for p in stage.parameters() if p.dim() > 1}
    return torch.stack([w**2 for matrix in matrices.values() for w in matrix.flatten()]).sum()
