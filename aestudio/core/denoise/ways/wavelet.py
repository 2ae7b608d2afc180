"""Wavelet shrinkage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground.shapes import OPPONENT
from aestudio.core.parts.slots import knob

LEVELS = 4
NEAR = 5
"""The side of the square of coefficients that says how strong the picture is in the middle of it."""


class Wavelet(Way):
    """Wavelet coefficients shrunk by a threshold of their own, averaged over shifts of the picture.

    The threshold is BayesShrink's, σ² / s, s² being how far the mean square of the coefficients near it is above the
    noise's σ². Nothing is measured of the picture as a whole, so tiles give what the whole picture gives; and a picture
    with half the light, noise included, gives half the result. Colours become brightness and two differences first,
    orthonormally, so that all three have the noise that red, green and blue have.
    """

    kind: ClassVar[str] = "wavelet"
    title: ClassVar[str] = "Wavelets"
    about: ClassVar[str] = (
        "Wavelet coefficients shrunk by a threshold of their own, averaged over shifts of the picture."
    )
    source: ClassVar[str] = (
        "Chang, Yu, Vetterli (2000), Spatially adaptive wavelet thresholding with context modeling for image "
        "denoising, IEEE Transactions on Image Processing 9; Coifman, Donoho (1995), for the shifts; PyWavelets"
    )
    rank: ClassVar[int] = 6

    shifts: int = knob(
        3, "Shifts", low=0, high=7, tip="Averaged over this many shifts in each direction: smoother, and slower."
    )

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        def clean(values: Values) -> Values:
            if sigma <= 0:
                return values.copy()
            basis = np.array(OPPONENT if values.shape[2] == 3 else [[1]], np.float32)
            planes = np.einsum("oc,hwc->ohw", basis, values)
            made = np.zeros_like(planes)
            for down in range(self.shifts + 1):
                for right in range(self.shifts + 1):
                    made += _shrunk(planes, sigma, down, right)
            back: Values = np.einsum("oc,ohw->hwc", basis, made / np.float32((self.shifts + 1) ** 2))
            return back

        block = 2**LEVELS
        return Cleaner(clean, sigma=sigma, halo=block * (NEAR // 2 + 1) + self.shifts, step=block, memory=80)


def _shrunk(planes: Values, sigma: float, down: int, right: int) -> Values:
    """Planes [C, H, W] with blocks that begin so many pixels above and left of them."""
    import pywt

    height, width = planes.shape[1:]
    block = 2**LEVELS
    around = ((0, 0), (down, -(height + down) % block), (right, -(width + right) % block))
    coarse, *levels = pywt.wavedec2(np.pad(planes, around, mode="symmetric"), "haar", level=LEVELS, axes=(1, 2))
    shrunk = [tuple(_shrunk_by_its_own(one, sigma) for one in level) for level in levels]
    made: Values = pywt.waverec2([coarse, *shrunk], "haar", axes=(1, 2))
    return made[:, down : down + height, right : right + width]


def _shrunk_by_its_own(coefficients: Values, sigma: float) -> Values:
    """Coefficients [C, h, w], each nearer to 0 by its threshold."""
    from scipy.ndimage import uniform_filter

    variance = np.float32(sigma**2)
    spread = np.sqrt(np.maximum(uniform_filter(coefficients**2, (1, NEAR, NEAR), mode="reflect") - variance, 0))
    size = np.abs(coefficients)
    kept = np.maximum(size * spread - variance, 0)  # the size that is left, times the spread: that may be 0
    made: Values = np.divide(coefficients * kept, size * spread, out=np.zeros_like(coefficients), where=kept > 0)
    return made
