"""The noise of a camera."""

from __future__ import annotations

from math import log
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts import jpeg
from aestudio.core.parts.camera import check_pictures, photographed, rescaled
from aestudio.core.parts.families.corruption import Corrupted, Corruption, strengths
from aestudio.core.parts.one_pass import NOISE_LEVEL
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import knob


class CameraNoise(Corruption):
    """The picture as a camera takes it: its tones are turned back into light and its colours into those of a sensor,
    which sees one of them at each pixel, with shot and read noise; the missing ones are made up, white balance, colour
    matrix and tone curve come again, and perhaps the file is a JPEG. The noise is then stronger in some tones than in
    others and alike in neighbouring pixels.

    Each image is taken by a camera of its own. What should come out is the picture in the same scale, without noise,
    mosaic and JPEG. `sigma` is the root mean square of what is wrong with each image.
    """

    kind: ClassVar[str] = "camera"
    title: ClassVar[str] = "Camera"
    about: ClassVar[str] = (
        "The picture as a camera takes it: shot and read noise of a sensor that sees one colour at "
        "each pixel and guesses the others, "
        "then a tone curve and perhaps JPEG. Such noise is stronger in some tones than in others and "
        "alike in neighbouring pixels."
    )
    equation: ClassVar[str] = r"\tilde{x} = T(D(y + n)),\quad y = M\,T^{-1}(x),\quad n \sim \mathcal{N}(0, s\,y + r)"
    source: ClassVar[str] = (
        "Foi et al. (2008), Poissonian–Gaussian noise modeling; Brooks et al. (2019), arXiv 1811.11127; Guo et al. "
        "(2019), CBDNet, arXiv 1807.04686; Zhang et al. (2022), SCUNet, arXiv 2203.13278"
    )
    rank: ClassVar[int] = 5

    shot_low: float = knob(
        1e-4, "Least shot noise", low=1e-6, high=1, log=True, tip="Variance of a raw value that is 1: one over photons."
    )
    shot_high: float = knob(
        0.012, "Most shot noise", low=1e-6, high=1, log=True, tip="Read noise goes with it, as measured of cameras."
    )
    colour_filter: bool = knob(
        True, "Colour filter", tip="One colour for each pixel, as nearly all cameras have it; otherwise all of them."
    )
    curved_share: float = knob(
        0.5, "Share of S-shaped tones", low=0, high=1, tip="Of tone curves; the others brighten and do nothing else."
    )
    scale: float = knob(
        1.0, "Rescaling", low=1, high=4, tip="Each picture is shown larger or smaller by up to this, clean ones too."
    )
    jpeg_share: float = knob(0.5, "Share of JPEGs", low=0, high=1, tip="The others are kept without loss.")
    quality_low: int = knob(50, "Least JPEG quality", low=1, high=100, tip="Each JPEG has one from here up to 100.")

    def check(self, plan: Plan) -> None:
        if self.shot_low > self.shot_high:
            raise RunError(
                "The least shot noise ({low:g}) is above the most ({high:g}); lower it to that or less.",
                low=self.shot_low,
                high=self.shot_high,
            )
        check_pictures(self.title, plan)

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        target = clean
        if self.scale > 1:
            drawn = torch.rand(len(clean), generator=generator, device=clean.device)
            target = rescaled(clean, ((2 * drawn - 1) * log(self.scale)).exp().to(clean.dtype))
        seen = photographed(
            target.clamp(0, 1),
            (self.shot_low, self.shot_high),
            generator,
            filtered=self.colour_filter,
            curved=self.curved_share,
        )
        if self.jpeg_share > 0:
            seen = jpeg.at_random(seen, self.jpeg_share, (self.quality_low, 100), generator)
        return Corrupted(seen, target, {NOISE_LEVEL: strengths(seen, target)})
