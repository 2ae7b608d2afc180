"""Singular values of the encoder's Jacobian J = ∂h/∂x: which changes of the image the code follows, and how far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.trained import Model
from aestudio.core.probes.budget import affordable, eigenvalues
from aestudio.core.probes.encoder import Encoder, encoder
from aestudio.core.run.events import Floats

Method = Literal["closed form", "exact", "estimate"]

CHUNK, LATENCY = 32, 1.0
"""Between two reports at most so many images, and roughly so many seconds, unless one image alone takes longer."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Singular values of J, the largest first: by how much the encoder stretches its most and least seen directions."""

    values: Floats
    """At each image [N, K]."""
    method: Method

    @property
    def mean(self) -> Floats:
        """Averaged over the images [K], as Rifai et al. (2011) plot them."""
        mean: Floats = self.values.mean(0)
        return mean


def spectrum(model: Model, images: Tensor, report: Report = unheard) -> Spectrum:
    """All min(H, D) singular values at images [N, C, H, W].

    They are the roots of the eigenvalues of the smaller of JJᵀ and JᵀJ, in double precision. For one dense layer
    J = diag(s′(a)) W, so JJᵀ = diag(s′) WWᵀ diag(s′), and JᵀJ = Wᵀ diag(s′²) W; other encoders take every column or
    every row of J. Costs 45 ms an image for 784→1000 (11 s for 256), 0.2 ms for 64→100.

    Raises: ProbeError where that would take too much time or memory (`leading_spectrum` does not), and where the images
    do not fit.
    Source: Rifai, Vincent, Muller, Glorot, Bengio (2011), Contractive Auto-Encoders, section 5.2.
    """
    f = encoder(model, images)
    narrow, wide = sorted((f.inputs, f.units))
    shared = f.dense and not f.forward  # WWᵀ serves all images
    each = eigenvalues(narrow, 0 if shared else wide) + (0 if f.dense else narrow * f.seconds)
    seconds = len(images) * each + (eigenvalues(narrow, wide) if shared else 0)
    affordable(f, seconds, narrow * wide + 2 * narrow**2, Text("estimate the leading singular values"))
    values = np.empty((len(images), narrow), np.float32)
    report(say("Measuring the singular values of the Jacobian"), 0.0)
    weight = next(f.stages[0].weights()).double()
    outer = weight @ weight.T if shared else None
    for n, image in enumerate(torch.split(images, 1)):
        report(say("Measuring the singular values of the Jacobian"), n / len(images))
        with torch.no_grad():
            if outer is not None:
                slope = f.slope(image).double()
                gram = slope.T * outer * slope
            else:
                j = f.jacobian(image)[0].double()
                gram = j.T @ j if f.forward else j @ j.T
        values[n] = torch.linalg.eigvalsh(gram).clamp_min(0).sqrt().flip(0).numpy()
    return Spectrum(values, "closed form" if f.dense else "exact")


def leading_spectrum(model: Model, images: Tensor, k: int = 32, *, seed: int = 0, report: Report = unheard) -> Spectrum:
    """The k largest singular values at images [N, C, H, W], by randomised SVD: never larger than the true ones, and at
    most about 1 % smaller where they hardly fall at all.

    Costs 2 s for 784→1000, 256 images and k = 32; it needs J only as a map, so no size of image is too much.

    Raises: ProbeError where the images do not fit the model.
    Source: Halko, Martinsson, Tropp (2011), Finding structure with randomness, algorithm 4.4.
    """
    f = encoder(model, images)
    k = min(k, f.inputs, f.units)
    generator = torch.Generator().manual_seed(seed)
    seconds = (k + OVERSAMPLING) * 2 * (POWERS + 1) * f.seconds  # for one image
    some = max(1, min(CHUNK, f.at_once(2 * (k + OVERSAMPLING) * f.widest), int(LATENCY / seconds)))
    found = []
    for start in range(0, len(images), some):
        x = images[start : start + some]

        def tell(part: float, before: int = start, count: int = len(x)) -> None:
            report(say("Estimating the leading singular values"), (before + part * count) / len(images))

        found.append(randomised_svd(f, x, k, generator, tell)[0])
    return Spectrum(torch.cat(found).numpy(), "estimate")


OVERSAMPLING, POWERS = 8, 4


def _silent(_fraction: float) -> None:
    """Tells nobody."""


def randomised_svd(
    f: Encoder, x: Tensor, k: int, generator: torch.Generator, tell: Callable[[float], None] = _silent
) -> tuple[Tensor, Tensor]:
    """The k leading singular values [N, k] and right singular vectors [N, D, k] of J at images x [N, C, H, W]; `tell`
    is told the fraction done.

    A random subspace is pushed through J and pulled back until it holds the leading directions; J restricted to it is
    small, and decomposed exactly.
    """

    def push(v: Tensor) -> Tensor:  # [N, D, r] → [N, H, r]
        return f.push(x, v.permute(2, 0, 1).reshape(-1, *x.shape)).permute(1, 2, 0)

    def pull(u: Tensor) -> Tensor:  # [N, H, r] → [N, D, r]
        return f.pull(x, u.permute(2, 0, 1)).permute(1, 2, 0)

    rank = min(k + OVERSAMPLING, f.inputs, f.units)
    tell(0.0)
    image = push(torch.randn(len(x), f.inputs, rank, generator=generator))
    for power in range(1, POWERS + 1):
        tell(power / (POWERS + 1))
        image = push(_orthonormal(pull(_orthonormal(image))))
    right, values, _ = torch.linalg.svd(pull(_orthonormal(image)), full_matrices=False)  # of Jᵀ Q, [N, D, r]
    return values[:, :k], right[..., :k]


def _orthonormal(columns: Tensor) -> Tensor:
    q: Tensor = torch.linalg.qr(columns)[0]
    return q
