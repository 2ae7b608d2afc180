"""The contraction curve: how much closer together the encoder brings two images, against how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.probes.encoder import encoder
from aestudio.core.run.events import Floats

RADII, NEAREST, FARTHEST = 24, 0.01, 3.0
"""How many radii there are by default, from and to which multiple of the largest distance between examples."""


@dataclass(frozen=True, eq=False)
class ContractionCurve:
    """The mean of ‖f(x₁) − f(x₀)‖ / ‖x₁ − x₀‖ against r = ‖x₁ − x₀‖: below 1 the encoder contracts.

    As r → 0 it becomes the mean of ‖J u‖ over directions u, where E ‖J u‖² = ‖J‖²_F / D; a linear encoder's is flat.
    """

    radii: Floats
    """r, rising [R]."""
    ratio: Floats
    """[R]."""
    error: Floats
    """Standard error of each mean [R]."""
    farthest: float
    """The largest distance between two of the examples, where a contractive autoencoder's curve peaks."""


def contraction_curve(
    model: Model,
    images: Tensor,
    *,
    radii: Sequence[float] | None = None,
    directions: int = 1,
    seed: int = 0,
    report: Report = unheard,
) -> ContractionCurve:
    """x₀ are held-out images [N, C, H, W], x₁ uniform on the sphere of radius r around each, also outside [0, 1].

    The same `directions` for each x₀ serve all radii, so that the curve is smooth; by default the radii are spaced
    evenly on a logarithmic scale, to three times the largest distance between examples. In double precision, since near
    codes differ little. Costs 0.1 s for 784→1000, 256 images and 24 radii.

    Raises: ProbeError where the images do not fit the model or a radius is not positive.
    Source: Rifai, Vincent, Muller, Glorot, Bengio (2011), Contractive Auto-Encoders, section 5.3 and figure 1.
    """
    f = encoder(model, images, double=True)
    x0 = images.double()
    farthest = largest_distance(images)
    around = np.geomspace(NEAREST, FARTHEST, RADII) * (farthest or 1.0) if radii is None else np.asarray(radii, float)
    if around.min() <= 0:
        raise ProbeError(
            "Radii of the contraction curve must be above 0; one of these is {least:g}.", least=around.min()
        )
    generator = torch.Generator().manual_seed(seed)
    some = f.at_once(2 * f.widest)
    ratios = np.empty((len(around), directions, len(images)))
    with torch.no_grad():
        h0 = torch.cat([f(x) for x in torch.split(x0, some)])  # [N, H]
        for d in range(directions):
            u = torch.randn(x0.shape, generator=generator, dtype=x0.dtype)
            u /= u.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
            for i, r in enumerate(around.tolist()):
                report(say("Measuring the contraction"), (d + i / len(around)) / directions)
                moved = torch.cat(
                    [f(x + r * v) for x, v in zip(torch.split(x0, some), torch.split(u, some), strict=True)]
                )
                ratios[i, d] = ((moved - h0).norm(dim=1) / r).numpy()
    pairs = ratios.reshape(len(around), -1)
    error = pairs.std(1, ddof=1) / np.sqrt(pairs.shape[1]) if pairs.shape[1] > 1 else np.zeros(len(around))
    return ContractionCurve(
        around.astype(np.float32), pairs.mean(1).astype(np.float32), error.astype(np.float32), farthest
    )


def largest_distance(images: Tensor) -> float:
    """Between two of the images [N, C, H, W], Euclidean."""
    x = images.flatten(1)
    return max(float(torch.cdist(some, x).max()) for some in torch.split(x, 512))
