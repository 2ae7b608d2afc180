"""The noise of pictures as they are: each image has another kind."""

from __future__ import annotations

from math import log, pi
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts import jpeg, wiener
from aestudio.core.parts.camera import check_pictures, photographed, rescaled
from aestudio.core.parts.families.corruption import Corrupted, Corruption, strengths
from aestudio.core.parts.one_pass import NOISE_LEVEL
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.processing import processed
from aestudio.core.parts.slots import knob

WIDTH = (0.0, 1.4)
"""How far noise is alike, as the σ in pixels of the Gaussian that makes it so."""


class MixedNoise(Corruption):
    """Every image has noise of a kind of its own: independent and normal; normal and alike in neighbouring pixels and
    colours, as what processed it after the tone curve leaves it; or that of a camera (as the corruption Camera has it),
    made alike after the tone curve too. Some are JPEGs in the end, whichever kind it is.

    For some images `sigma` says how strong it was, the root mean square of what is wrong; for the others it is 0, which
    stands for unknown. Of a part of those that are told, σ is more than that, and what should come out is less: what a
    filter for noise that strong keeps of the clean picture.
    """

    kind: ClassVar[str] = "mixed"
    title: ClassVar[str] = "Noise of all kinds"
    about: ClassVar[str] = (
        "Every image has noise of a kind of its own: independent, alike in neighbouring pixels, or that of a camera; "
        "some are JPEGs in the end. For denoisers of pictures whose history nobody knows."
    )
    equation: ClassVar[str] = r"\tilde{x} = J(x + n),\quad n \sim p_k,\quad k \sim \mathrm{Cat}(\pi)"
    source: ClassVar[str] = (
        "Zhang et al. (2022), SCUNet, arXiv 2203.13278, section 3.3; Guo et al. (2019), CBDNet, arXiv 1807.04686"
    )
    rank: ClassVar[int] = 7

    camera_share: float = knob(0.3, "Share of camera noise", low=0, high=1, tip="The rest has normal noise.")
    alike_share: float = knob(0.2, "Share of correlated noise", low=0, high=1, tip="Normal, alike in near pixels.")
    clean_share: float = knob(0.0, "Share without noise", low=0, high=1, tip="Such pictures should stay as they are.")
    jpeg_share: float = knob(0.3, "Share of JPEGs", low=0, high=1, tip="Of all that have noise.")
    quality_low: int = knob(50, "Least JPEG quality", low=1, high=100, tip="Each JPEG has one from here up to 100.")
    low: float = knob(0.0, "Least σ", low=0, high=2, level=True, tip="Of normal noise, where pixels run from 0 to 1.")
    high: float = knob(60 / 255, "Largest σ", low=0, high=2, level=True, tip="Of normal noise; 0.1 is about 25 of 255.")
    shot_low: float = knob(1e-4, "Least shot noise", low=1e-6, high=1, log=True, tip="As in the corruption Camera.")
    shot_high: float = knob(0.02, "Most shot noise", low=1e-6, high=1, log=True, tip="As in the corruption Camera.")
    scale: float = knob(1.0, "Rescaling", low=1, high=4, tip="Of camera pictures, larger or smaller by up to this.")
    processed_share: float = knob(
        0.0,
        "Share of processed noise",
        low=0,
        high=1,
        tip="Of camera and correlated noise: a camera smoothed it itself.",
    )
    told_share: float = knob(0.0, "Share that is told σ", low=0, high=1, tip="Where the network takes a noise level.")
    more_share: float = knob(
        0.5, "Told too much", low=0, high=1, tip="Of those that are told; less detail should come out then."
    )

    def check(self, plan: Plan) -> None:
        if self.low > self.high:
            raise RunError(
                "The least noise σ ({low:g}) is above the largest ({high:g}); lower it to that or less.",
                low=self.low,
                high=self.high,
            )
        if self.shot_low > self.shot_high or self.camera_share + self.alike_share + self.clean_share > 1:
            raise RunError(
                "The shares of camera noise ({camera:g}), of correlated noise ({alike:g}) and without noise "
                "({clean:g}) may be 1 in all, and the least shot noise ({low:g}) no more than the most ({high:g}); "
                "lower what is too high.",
                camera=self.camera_share,
                alike=self.alike_share,
                clean=self.clean_share,
                low=self.shot_low,
                high=self.shot_high,
            )
        check_pictures(self.title, plan)

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        kind, sigma, width, common, factor = torch.rand(5, len(clean), generator=generator, device=clean.device)
        white = torch.randn(clean.shape, generator=generator, device=clean.device, dtype=clean.dtype)
        is_camera = (kind < self.camera_share).nonzero().flatten()
        is_alike = (kind < self.camera_share + self.alike_share).nonzero().flatten()  # those of cameras are among them
        is_processed = torch.zeros_like(kind, dtype=torch.bool)
        if self.processed_share > 0:
            drawn = torch.rand(len(clean), generator=generator, device=clean.device)
            is_processed[is_alike] = drawn[is_alike] < self.processed_share
        target, noise = clean.clone(), (self.low + (self.high - self.low) * sigma).view(-1, 1, 1, 1) * white
        width = WIDTH[0] + (WIDTH[1] - WIDTH[0]) * width
        if len(is_camera):
            if self.scale > 1:
                larger = torch.where(is_processed, factor, 2 * factor - 1)  # processed files are soft at the pixel
                target[is_camera] = rescaled(clean[is_camera], (larger[is_camera] * log(self.scale)).exp())
            limits = (self.shot_low, self.shot_high)
            taken = photographed(target[is_camera].clamp(0, 1), limits, generator)
            noise[is_camera] = taken - target[is_camera]
        if len(is_alike):
            share = torch.where(kind < self.camera_share, 0, common)[is_alike]
            noise[is_alike] = alike(noise[is_alike], width[is_alike], share)
        seen = target + noise
        if len(index := is_processed.nonzero().flatten()):
            seen[index], target[index] = processed(target[index], noise[index], generator)
        seen = jpeg.at_random(seen, self.jpeg_share, (self.quality_low, 100), generator)
        seen = torch.where((kind < 1 - self.clean_share).view(-1, 1, 1, 1), seen, target)
        return self._told(seen, target, generator)

    def _told(self, seen: Tensor, target: Tensor, generator: torch.Generator | None) -> Corrupted:
        told, more, extra = torch.rand(3, len(seen), generator=generator, device=seen.device)
        is_told = told < self.told_share
        extra = torch.where(is_told & (more < self.more_share), self.high * extra, 0)
        level = (strengths(seen, target).square() + extra.square()).sqrt()
        if len(index := extra.nonzero().flatten()):
            target = target.index_copy(0, index, wiener.kept(target[index], extra[index]))
        return Corrupted(seen, target, {NOISE_LEVEL: torch.where(is_told, level, 0)})


def alike(noise: Tensor, width: Tensor, common: Tensor) -> Tensor:
    """Noise [N, C, H, W] made alike in pixels as near as `width` [N] and, by the share `common` [N] of its variance, in
    all channels. Where it was independent its variance stays.
    """
    channels, rows, columns = noise.shape[1:]
    down, across = (_passed(size, width.to(noise.dtype)) for size in (rows, columns))
    passed = down[:, None, :, None] * across[:, None, None, : columns // 2 + 1]
    made: Tensor = torch.fft.irfft2(torch.fft.rfft2(noise) * passed, s=(rows, columns))
    if channels == 1:
        return made
    common = common.view(-1, 1, 1, 1)
    mixed: Tensor = (1 - common).sqrt() * made + (common / channels).sqrt() * made.sum(1, keepdim=True)
    return mixed


def _passed(size: int, width: Tensor) -> Tensor:
    """What a Gaussian of each width [N] lets through of every frequency, [N, size], its mean square being 1."""
    frequency = torch.fft.fftfreq(size, device=width.device, dtype=width.dtype)
    passed: Tensor = torch.exp(-2 * (pi * width[:, None] * frequency).square())
    return passed / passed.square().mean(1, keepdim=True).sqrt()
