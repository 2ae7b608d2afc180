"""How near a cleaned picture is to the clean one."""

from __future__ import annotations

import numpy as np

from aestudio.core.denoise.picture import Values
from aestudio.core.ground.decibels import psnr
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.texts import Text


def picture_psnr(clean: Values, other: Values) -> float:
    """Peak signal-to-noise ratio of two pictures [H, W, C] in dB, white being 1; infinite where they are equal.

    Raises: DenoiseError where they differ in size or channels.
    """
    _alike(clean, other)
    mse = float(np.square(clean - other, dtype=np.float64).mean())
    return psnr(mse)


def ssim(clean: Values, other: Values) -> float:
    """Structural similarity of two pictures [H, W, C], averaged over places and channels: 1 where they are equal.

    Windows are Gaussian with σ 1.5 pixels, as in the paper; NaN for pictures of fewer than 11 pixels a side, which no
    window fits.

    Raises: DenoiseError where they differ in size or channels.
    Source: Wang, Bovik, Sheikh, Simoncelli (2004), Image quality assessment.
    """
    from skimage.metrics import structural_similarity

    _alike(clean, other)
    if min(clean.shape[:2]) < 11:
        return float("nan")
    found = structural_similarity(
        clean, other, data_range=1.0, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    return float(found)


def _alike(clean: Values, other: Values) -> None:
    if clean.shape != other.shape:
        raise DenoiseError(
            "The reference has {one}, the picture {two}: choose a reference of the same picture.",
            one=_size(clean.shape),
            two=_size(other.shape),
        )


def _size(shape: tuple[int, ...]) -> Text:
    """Of [H, W, C]."""
    return Text(
        "{width}×{height} pixels in grey" if shape[2] == 1 else "{width}×{height} pixels in colour",
        width=shape[1],
        height=shape[0],
    )
