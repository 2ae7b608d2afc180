"""What JPEG makes of a picture."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts import jpeg
from aestudio.core.parts.families.corruption import Corrupted, Corruption, strengths
from aestudio.core.parts.one_pass import NOISE_LEVEL
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob

Colours = Literal["either", "4:4:4", "4:2:0"]


class Jpeg(Corruption):
    """Every image is written as a JPEG file, of a quality that is drawn for it, and read again. What is lost depends on
    the picture: blocks, rings along edges and coarse colours.
    """

    kind: ClassVar[str] = "jpeg"
    title: ClassVar[str] = "JPEG"
    about: ClassVar[str] = (
        "Every image is written as a JPEG file, of a quality that is drawn for it, and read again. What is lost "
        "depends on the picture: blocks, rings along edges and coarse colours."
    )
    equation: ClassVar[str] = (
        r"\tilde{x} = C^{-1}\!\left( q \, \mathrm{round}\, \frac{C x}{q} \right),\quad C = \mathrm{DCT}_{8 \times 8}"
    )
    source: ClassVar[str] = "ITU-T T.81 (1992); Zhang et al. (2017), DnCNN, arXiv 1608.03981, section IV-E"
    rank: ClassVar[int] = 6

    low: int = knob(50, "Least quality", low=1, high=100, tip="100 is the best.")
    high: int = knob(100, "Best quality", low=1, high=100, tip="As programs that write JPEG files count it.")
    colours: Colours = knob(
        "either", "Colours", tip="4:4:4 keeps them as fine as brightness, 4:2:0 at half that, as most cameras do."
    )

    def check(self, plan: Plan) -> None:
        if self.low > self.high:
            raise RunError(
                "The least JPEG quality ({low}) is above the best ({high}); lower it to that or less.",
                low=self.low,
                high=self.high,
            )
        if plan.layerwise or plan.shape[0] not in (1, 3):
            raise RunError(
                "The corruption {title} takes grey or colour pictures, and trains all layers together; choose other "
                "data, or another corruption.",
                title=self.title,
            )

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        share = {"either": 0.5, jpeg.HALVED: 1.0, jpeg.FULL: 0.0}[self.colours]
        seen = jpeg.at_random(clean, 1.0, (self.low, self.high), generator, halved=share)
        return Corrupted(seen, clean, {NOISE_LEVEL: strengths(seen, clean)})
