"""The play against a critic of the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.penalties.adversarial import Adversarial

COMPANY: Mapping[str, Any] = {"code": {"kind": "gaussian", "size": 3}}

FALLS = False
"""It rises again when the critic has learned."""


def definition(seen: Pass, _penalty: Adversarial, critic: nn.Module) -> Tensor:
    believed = [1 / (1 + (-critic(code[None])).exp()) for code in seen.code]
    return torch.stack([-one.log().squeeze() for one in believed]).mean()
