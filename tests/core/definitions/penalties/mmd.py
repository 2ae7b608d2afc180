"""MMD to the prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from aestudio.core.parts.discrepancy import SCALES
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.mmd import MMD

COMPANY: Mapping[str, Any] = {"code": {"kind": "gaussian", "size": 3}}


def kernel(x: Tensor, y: Tensor) -> Tensor:
    base = 2 * len(x)
    return torch.stack([base * s / (base * s + ((x - y) ** 2).sum()) for s in SCALES]).sum()


def definition(seen: Pass, _penalty: MMD) -> Tensor:
    z, n = seen.code, len(seen.code)
    p = torch.randn(z.shape, generator=seen.generator, dtype=z.dtype)
    own = [kernel(z[i], z[j]) + kernel(p[i], p[j]) for i in range(n) for j in range(n) if i != j]
    across = [kernel(z[i], p[j]) for i in range(n) for j in range(n)]
    return torch.stack(own).mean() - 2 * torch.stack(across).mean()
