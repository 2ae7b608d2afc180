"""How much less the code follows small changes of an image than differences between images."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.stages import Layer
from aestudio.core.probes.encoder import Encoder
from aestudio.core.probes.measure import Looked, Measure

PROBES = 4
"""Random directions at each image, where the Jacobian has no closed form."""


class Contraction(Measure):
    """√( (Var h / Var x) / (E ‖J‖²_F / D) ): by how much two images come closer together on their way into the code
    less than an image and the same image slightly changed in a random direction, root mean squares both.

    Var is the sum of the variances of all numbers, D how many an image has. A code that is only scaled down keeps it,
    so networks can be compared; a linear encoder that treats all directions alike has 1.
    """

    kind: ClassVar[str] = "contraction"
    title: ClassVar[str] = "Contraction"
    about: ClassVar[str] = (
        "How many times less the code changes with a small random change of an image than from one "
        "image to another; the scale of the code does not matter."
    )
    source: ClassVar[str] = "Rifai et al. (2011), Contractive Auto-Encoders, section 5.3"

    @torch.no_grad()
    def __call__(self, looked: Looked) -> float | None:
        stages = looked.model.span(0, looked.model.depth)
        encoder = Encoder(stages, looked.model.shape, looked.run.network)
        near = _mean_squared_norm(encoder, looked.images) / encoder.inputs
        far = _variance(encoder(looked.images)) / _variance(looked.images.flatten(1))
        ratio = float((far / near).sqrt())
        return ratio if near > 0 else None


def _variance(x: Tensor) -> Tensor:
    return x.var(0, correction=0).sum()


def _mean_squared_norm(encoder: Encoder, x: Tensor) -> Tensor:
    """E ‖J‖²_F in closed form for one layer, else Hutchinson's estimate with the same signs each time."""
    (stage, *others) = encoder.stages
    if encoder.single and isinstance(stage, Layer) and not others:
        return (encoder.slope(x).square() * stage.squared_rows()).flatten(1).sum(1).mean()
    generator = torch.Generator().manual_seed(0)
    signs = torch.randint(0, 2, (PROBES, *x.shape), generator=generator).mul_(2).sub_(1).to(x)
    return encoder.push(x, signs).square().sum(2).mean()
