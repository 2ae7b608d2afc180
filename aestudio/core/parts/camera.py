"""How a camera makes a picture of light, there and back."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor
from torch.nn import functional as F

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import LUMA
from aestudio.core.parts import bayer
from aestudio.core.parts.plan import Plan

GAMMA = 2.2
RED_GAIN, BLUE_GAIN = (1.9, 2.4), (1.5, 1.9)
"""By which white balance multiplies them: Brooks et al. (2019), section 3.4."""
MATRIX = 0.6
"""The most that a colour matrix adds to the saturation."""
READ = (2.18, 1.20, 0.26)
"""log read = 2.18 log shot + 1.20 + N(0, 0.26²): Brooks et al. (2019), section 3.1, fitted to the Darmstadt set."""


def check_pictures(title: str, plan: Plan) -> None:
    """Raises: RunError where there is no picture that a camera could take, for the corruption of this title."""
    if plan.layerwise or plan.shape[0] not in (1, 3) or min(plan.shape[1:]) < bayer.LEAST:
        raise RunError(
            "The corruption {title} takes grey or colour pictures of at least {least}×{least} pixels, and trains "
            "all layers together; choose other data, or another corruption.",
            title=title,
            least=bayer.LEAST,
        )


@dataclass(frozen=True, eq=False)
class Camera:
    """Cameras, one for each of N images, without noise: a tone curve and, where there is a colour filter, white
    balance, colour matrix and the way in which colours are made up.

    Source: Brooks, Mildenhall, Xue, Chen, Sharlet, Barron (2019), Unprocessing images for learned raw denoising, arXiv
    1811.11127, section 3; the matrix here does to saturation what theirs do, and its inverse keeps values in [0, 1].
    """

    curved: Tensor
    """Whether its tone curve is an S, not gamma alone: bool [N, 1, 1, 1]."""
    gains: Tensor
    """White balance [N, 3, 1, 1]."""
    saturation: Tensor
    """What the colour matrix adds to it, [N, 1, 1, 1]."""
    sharpness: Tensor
    """Of the colours that are made up, [N], see `bayer.demosaic`."""
    corner: Tensor
    """The place of the filter that begins the image, int64 [N]."""

    @staticmethod
    def drawn(count: int, curved: float, device: torch.device, generator: torch.Generator | None) -> Camera:
        """Cameras at random, this share of them with an S; all draws are made, whatever is used of them."""
        draws = torch.rand(6, count, generator=generator, device=device)
        red, blue = (
            low + (high - low) * one for (low, high), one in zip((RED_GAIN, BLUE_GAIN), draws[:2], strict=True)
        )
        return Camera(
            curved=draws[2].view(-1, 1, 1, 1) < curved,
            gains=torch.stack([red, torch.ones_like(red), blue], 1)[..., None, None],
            saturation=MATRIX * draws[3].view(-1, 1, 1, 1),
            sharpness=draws[4],
            corner=(4 * draws[5]).long().clamp_max(3),
        )

    def light(self, tones: Tensor) -> Tensor:
        """Values of a file [N, C, H, W] in [0, 1] → light, the inverse of `tones`."""
        gamma = torch.where(self.curved, 0.5 - torch.sin(torch.asin(1 - 2 * tones) / 3), tones)
        made: Tensor = gamma.clamp_min(0) ** GAMMA
        return made

    def tones(self, light: Tensor) -> Tensor:
        """Light, cut off at black and white, → values of a file."""
        gamma = light.clamp(1e-8, 1) ** (1 / GAMMA)
        return torch.where(self.curved, (3 - 2 * gamma) * gamma.square(), gamma)

    def raw(self, colours: Tensor) -> Tensor:
        """What the sensor gets of red, green and blue light [N, 3, H, W], in [0, 1] where that is."""
        mean = colours.mean(1, keepdim=True)
        return (colours + self.saturation * mean) / (1 + self.saturation) / self.gains

    def colours(self, raw: Tensor) -> Tensor:
        """The inverse of `raw`; white is where all of them are."""
        balanced = (raw * self.gains).clamp(0, 1)
        return balanced + self.saturation * (balanced - balanced.mean(1, keepdim=True))


def noise_levels(
    count: int, low: float, high: float, device: torch.device, generator: torch.Generator | None
) -> Tensor:
    """Shot and read noise [2, N, 1, 1, 1] of sensors: the variance of a raw value y in [0, 1] is shot·y + read. The
    logarithm of shot lies evenly between those of the limits, that of read near a line of it.
    """
    drawn = torch.rand(count, generator=generator, device=device)
    normal = torch.randn(count, generator=generator, device=device)
    shot = log(low) + (log(high) - log(low)) * drawn
    levels: Tensor = torch.stack([shot, READ[0] * shot + READ[1] + READ[2] * normal]).exp()
    return levels.view(2, -1, 1, 1, 1)


def sensed(raw: Tensor, levels: Tensor, generator: torch.Generator | None) -> Tensor:
    """Raw values [N, C, H, W] as a sensor with this noise gives them, cut off at black and white.

    Source: Foi, Trimeche, Katkovnik, Egiazarian (2008), section II, the normal approximation.
    """
    shot, read = levels
    noise = torch.randn(raw.shape, generator=generator, device=raw.device, dtype=raw.dtype)
    seen: Tensor = raw + (shot * raw + read).sqrt() * noise
    return seen.clamp(0, 1)


def photographed(
    clean: Tensor,
    limits: tuple[float, float],
    generator: torch.Generator | None,
    *,
    filtered: bool = True,
    curved: float = 0.5,
) -> Tensor:
    """Clean pictures [N, C, H, W] in [0, 1], C being 1 or 3, as cameras with shot noise within these limits take them.
    With a colour filter a grey picture is that of a colour camera without its colours; without one every channel is
    measured at every pixel, by a sensor that needs neither white balance nor colour matrix.
    """
    camera = Camera.drawn(len(clean), curved, clean.device, generator)
    levels = noise_levels(len(clean), *limits, clean.device, generator).to(clean.dtype)
    if not filtered:
        return camera.tones(sensed(camera.light(clean), levels, generator))
    where = bayer.places(clean.shape[2], clean.shape[3], camera.corner)
    raw = bayer.mosaic(camera.raw(camera.light(clean.expand(-1, 3, -1, -1))), where)
    made = camera.tones(camera.colours(bayer.demosaic(sensed(raw, levels, generator), where, camera.sharpness)))
    if clean.shape[1] == 3:
        return made
    return (made * made.new_tensor(LUMA).view(3, 1, 1)).sum(1, keepdim=True)


def rescaled(images: Tensor, factor: Tensor) -> Tensor:
    """Images [N, C, H, W], each shown larger by its factor [N] about its middle, of the same size; where the factor is
    below 1, mirrored beyond the edges.
    """
    turn = torch.zeros(len(images), 2, 3, dtype=images.dtype, device=images.device)
    turn[:, 0, 0] = turn[:, 1, 1] = 1 / factor
    grid = F.affine_grid(turn, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
