"""‖J‖_F, the Frobenius norm of the encoder's Jacobian J = ∂h/∂x: how strongly the code reacts to the image."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.trained import Model
from aestudio.core.parts.stages import Layer
from aestudio.core.probes.budget import affordable
from aestudio.core.probes.encoder import encoder
from aestudio.core.probes.jacobian import Method
from aestudio.core.run.events import Floats


@dataclass(frozen=True, eq=False)
class Norm:
    """‖J‖_F, the Frobenius norm, of a number of images."""

    per_image: Floats
    """‖J‖_F at each image [N]."""
    mean: float
    """Mean over the images of ‖J‖_F, which Rifai et al. (2011) tabulate."""
    mean_squared: float
    """Mean of ‖J‖²_F, the contractive penalty."""
    error: float
    """Standard error of `mean` that comes from estimating; 0 where it is exact."""
    error_squared: float
    """That of `mean_squared`."""
    method: Method


def norm(model: Model, images: Tensor, report: Report = unheard) -> Norm:
    """The norm at images [N, C, H, W].

    One hidden layer has the closed form Σⱼ s′(aⱼ)² Σᵢ Wⱼᵢ²; deeper encoders take every column or every row of J,
    whichever are fewer. Costs 3 ms for 784→1000 and 256 images, and 1 s for 784→1000→250.

    Raises: ProbeError where that would take too long (`estimated_norm` does not), and where the images do not fit.
    Source: Rifai, Vincent, Muller, Glorot, Bengio (2011), Contractive Auto-Encoders, table 1.
    """
    f = encoder(model, images)
    with torch.no_grad():
        if f.single and isinstance(f.stages[0], Layer):
            squared = (f.slope(images).square() * f.stages[0].squared_rows()).flatten(1).sum(1)
            return _norm(squared, "closed form")
        narrow = min(f.inputs, f.units)
        affordable(f, len(images) * narrow * f.seconds, 0, Text("estimate the norm with random directions"))
        squared = torch.zeros(len(images))
        some = max(1, f.at_once(narrow * f.widest))
        for start in range(0, len(images), some):
            x, done = images[start : start + some], 0
            for piece in f.pieces(x):
                report(say("Measuring the norm of the Jacobian"), (start + len(x) * done / narrow) / len(images))
                squared[start : start + some] += piece.square().sum((0, 2))
                done += len(piece)
    return _norm(squared, "exact")


def estimated_norm(model: Model, images: Tensor, *, probes: int = 16, seed: int = 0, report: Report = unheard) -> Norm:
    """Hutchinson's estimate: E ‖J v‖² = ‖J‖²_F for a random vector v of independent signs, here `probes` ≥ 2 an image.

    The square is unbiased; its root is corrected for its curvature, E √Z ≈ √μ (1 − Var Z / 8μ²). Standard errors come
    from the spread over the probes of each image. Costs 60 ms for 784→1000, 256 images and 16 probes.

    Raises: ProbeError where the images do not fit the model.
    Source: Hutchinson (1989), A stochastic estimator of the trace; the delta method for the root.
    """
    f = encoder(model, images)
    generator = torch.Generator().manual_seed(seed)
    probes = max(2, probes)
    found = []
    some = f.at_once(probes * f.widest)
    for start in range(0, len(images), some):
        report(say("Estimating the norm of the Jacobian"), start / len(images))
        x = images[start : start + some]
        signs = torch.randint(0, 2, (probes, *x.shape), generator=generator).to(x.dtype).mul_(2).sub_(1)
        found.append(f.push(x, signs).square().sum(2))  # [P, n]
    z = torch.cat(found, 1).double()
    variance, squared = z.var(0) / probes, z.mean(0)  # of the mean over the probes, [N]
    relative = variance / squared.square().clamp_min(1e-300)
    return _norm(squared, "estimate", relative)


def _norm(squared: Tensor, method: Method, relative: Tensor | None = None) -> Norm:
    """`squared` ‖J‖² of each image [N] and, where it is an estimate, its variance over its square [N]."""
    spread = torch.zeros_like(squared) if relative is None else relative
    root = squared.sqrt() * (1 + spread / 8)

    def error(each: Tensor) -> float:
        return float((each.square() * spread).sum().sqrt()) / len(each)

    return Norm(
        per_image=root.float().numpy(),
        mean=float(root.mean()),
        mean_squared=float(squared.mean()),
        error=error(root / 2),
        error_squared=error(squared),
        method=method,
    )
