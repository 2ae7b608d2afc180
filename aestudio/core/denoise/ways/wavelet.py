"""Wavelet shrinkage."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import UNWATCHED, Cleaner, Watch, Way
from aestudio.core.parts.slots import knob

LEVELS = 4


class Wavelet(Way):
    """Wavelet coefficients shrunk by a threshold for each level, averaged over shifts of the picture.

    The threshold is BayesShrink's, of the tile: where a large picture is cleaned in tiles, each has its own.
    """

    kind: ClassVar[str] = "wavelet"
    title: ClassVar[str] = "Wavelets"
    about: ClassVar[str] = (
        "Wavelet coefficients shrunk by a threshold for each level, averaged over shifts of the picture."
    )
    source: ClassVar[str] = "Chang, Yu, Vetterli (2000), BayesShrink; Coifman, Donoho (1995); scikit-image"
    rank: ClassVar[int] = 6

    shifts: int = knob(
        3, "Shifts", low=0, high=7, tip="Averaged over this many shifts in each direction: smoother, and slower."
    )

    def prepare(self, pictures: Sequence[Picture], sigma: float, watch: Watch = UNWATCHED) -> Cleaner:
        def clean(values: Values) -> Values:
            from skimage.restoration import cycle_spin, denoise_wavelet

            if sigma <= 0:
                return values.copy()
            height, width, channels = values.shape
            step = 2**LEVELS
            below, right = -height % step + step, -width % step + step
            padded = np.pad(values, ((0, below), (0, right), (0, 0)), mode="symmetric")
            settings = {
                "sigma": sigma,
                "method": "BayesShrink",
                "mode": "soft",
                "wavelet_levels": LEVELS,
                "convert2ycbcr": channels == 3,
                "rescale_sigma": True,
                "channel_axis": 2,
            }
            if channels == 1:
                settings |= {"convert2ycbcr": False, "channel_axis": None}
                padded = padded[..., 0]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a small picture has fewer levels
                if self.shifts:
                    made = cycle_spin(
                        padded,
                        func=denoise_wavelet,
                        max_shifts=(self.shifts, self.shifts) + ((0,) if channels == 3 else ()),
                        func_kw=settings,
                        num_workers=1,
                        channel_axis=None,
                    )
                else:
                    made = denoise_wavelet(padded, **settings)
            cleaned: Values = made.reshape(height + below, width + right, channels)[:height, :width]
            return cleaned.astype(np.float32)

        return Cleaner(clean, sigma=sigma, halo=2 ** (LEVELS + 1), step=2**LEVELS, memory=80)
