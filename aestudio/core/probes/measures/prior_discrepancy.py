"""How differently codes and draws of the prior are distributed."""

from __future__ import annotations

from typing import ClassVar

import torch

from aestudio.core.parts.discrepancy import squared_mmd
from aestudio.core.probes.measure import Looked, Measure

MOST = 1024
"""Codes that are compared with as many draws."""


class PriorDiscrepancy(Measure):
    """The unbiased MMD² between the codes of up to 1,024 held-out images, drawn where the run's scores draw them, and
    as many draws of N(0, I); the kernel is that of the penalty MMD.
    """

    kind: ClassVar[str] = "prior-discrepancy"
    title: ClassVar[str] = "MMD² between codes and prior"
    about: ClassVar[str] = (
        "How differently the codes of all images together and draws of N(0, I) are distributed; about 0 if alike."
    )
    source: ClassVar[str] = "Gretton et al. (2012), A Kernel Two-Sample Test, equation 3"

    def __call__(self, looked: Looked) -> float | None:
        code = looked.code.flatten(1)[:MOST].double()
        generator = torch.Generator().manual_seed(0)
        return float(squared_mmd(code, torch.randn(code.shape, generator=generator, dtype=code.dtype)))
