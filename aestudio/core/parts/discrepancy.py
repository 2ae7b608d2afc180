"""How differently two sets of points are distributed: the maximum mean discrepancy."""

from __future__ import annotations

import torch
from torch import Tensor

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Of the kernel: what is wrong far away and near by is seen by one of them each."""


def inverse_multiquadratic(x: Tensor, y: Tensor) -> Tensor:
    """Σ_s C s / (C s + ‖x − y‖²) of points [N, K] and [M, K], [N, M], where C = 2 K is how far two draws of N(0, I) lie
    apart, squared, in the mean.
    """
    squared = x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.t()
    squared = squared.clamp_min(0)
    sizes = [2 * x.shape[1] * scale for scale in SCALES]
    return torch.stack([size / (size + squared) for size in sizes]).sum(0)


def squared_mmd(x: Tensor, y: Tensor) -> Tensor:
    """The unbiased estimate of MMD² between what [N, K] and [M, K] are drawn from: its mean is 0 where that is one and
    the same, so it may be negative.

    Source: Gretton et al. (2012), A Kernel Two-Sample Test, equation 3.
    """

    def apart(z: Tensor) -> Tensor:
        kernel = inverse_multiquadratic(z, z)
        return (kernel.sum() - kernel.diagonal().sum()) / max(1, len(z) * (len(z) - 1))

    return apart(x) + apart(y) - 2 * inverse_multiquadratic(x, y).mean()
