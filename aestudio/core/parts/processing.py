"""What becomes of noise in a camera's own software, after the tone curve."""

from __future__ import annotations

from math import log, pi

import torch
from torch import Tensor

from aestudio.core.ground.shapes import OPPONENT
from aestudio.core.parts import wiener

BRIGHTNESS, COLOURS = (0.3, 2.0), (0.7, 8.0)
"""How far brightness and the two colours beside it are made alike, as the σ in pixels of a Gaussian: the logarithm lies
evenly between these.
"""
FINE = 0.4
"""The most that is left of noise as it came beside the smooth part."""
SHARPER = 0.8
SHARP = 1.5
"""The most by which sharpening adds what is finer than so many pixels."""
FILTERED = 0.5
"""The share of the pictures whose weak waves are then taken for noise."""
TAKEN = 2.5
"""How much stronger than the noise a wave may be and still be weakened by about a half, at most."""
DRAWS = 7


def processed(clean: Tensor, noise: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Clean pictures [N, C, H, W] and their noise → (what the camera's file shows, what it would show without noise).

    The noise of brightness and of colours is smoothed, that of colours much further, so that blotches are left; the
    fine part may be sharpened. Then in some pictures what is weak among the cosines of 8×8 blocks is taken off, which
    leaves noise along edges and takes fine detail; that detail is gone in the second picture too, which is the mean of
    many such files.

    Source: Plötz, Roth (2017), Benchmarking denoising algorithms with real photographs, section 2, for what cameras
    do; Nam, Hwang, Matsushita, Kim (2016), A holistic approach to cross-channel image noise modeling, for what the
    noise in their files is like.
    """
    draws = torch.rand(DRAWS, len(clean), generator=generator, device=clean.device, dtype=clean.dtype)
    bright, coarse, fine, sharper, level, is_filtered, taken = draws
    widths = _width(BRIGHTNESS, bright), _width(COLOURS, coarse)
    smoothed = _smoothed(noise, *widths, FINE * fine, SHARPER * sharper, level)
    seen, target = clean + smoothed, clean.clone()
    index = (is_filtered < FILTERED).nonzero().flatten()
    if len(index):
        sigma = TAKEN * taken[index] * smoothed[index].square().mean((1, 2, 3)).sqrt()
        seen[index] = wiener.without_weak(seen[index], sigma)
        target[index] = wiener.kept(clean[index], sigma)
    return seen, target


def _width(limits: tuple[float, float], drawn: Tensor) -> Tensor:
    low, high = limits
    return (log(low) + (log(high) - log(low)) * drawn).exp()


def _smoothed(noise: Tensor, bright: Tensor, coarse: Tensor, fine: Tensor, sharper: Tensor, level: Tensor) -> Tensor:
    """Noise [N, C, H, W] with both widths [N] in pixels; `level` 0 leaves of brightness as much as smoothing does, 1 as
    much as there was.
    """
    rows, columns = noise.shape[2:]
    turned = noise
    if noise.shape[1] == 3:
        basis = noise.new_tensor(OPPONENT)
        turned = torch.einsum("oc,nchw->nohw", basis, noise)
    waves = torch.fft.rfft2(turned)
    square = _frequency_squared(rows, columns, noise)
    parts = []
    for channel in range(turned.shape[1]):
        width = (coarse if channel else bright).view(-1, 1, 1)
        low = torch.exp(-2 * (pi * width).square() * square)
        passed = low + fine.view(-1, 1, 1) * (1 - low)
        passed = passed * (1 + sharper.view(-1, 1, 1) * (1 - torch.exp(-2 * (pi * SHARP) ** 2 * square)))
        size = passed.square().mean((1, 2), keepdim=True).sqrt()
        parts.append(passed if channel else passed / size ** level.view(-1, 1, 1))
    made = torch.fft.irfft2(waves * torch.stack(parts, 1), s=(rows, columns))
    if noise.shape[1] == 3:
        made = torch.einsum("oc,nohw->nchw", basis, made)
    result: Tensor = made
    return result


def _frequency_squared(rows: int, columns: int, like: Tensor) -> Tensor:
    """Of every wave of `rfft2`, in turns a pixel, [rows, columns // 2 + 1]."""
    down = torch.fft.fftfreq(rows, device=like.device, dtype=like.dtype)
    across = torch.fft.rfftfreq(columns, device=like.device, dtype=like.dtype)
    found: Tensor = down[:, None].square() + across.square()
    return found
