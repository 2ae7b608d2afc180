"""Non-local means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.parts.slots import knob


class NonLocalMeans(Way):
    """Every pixel becomes a mean of the pixels near it, weighted by how alike the patches around them are."""

    kind: ClassVar[str] = "nlm"
    title: ClassVar[str] = "Non-local means"
    about: ClassVar[str] = (
        "Every pixel becomes a mean of the pixels near it, weighted by how alike the patches around them are."
    )
    source: ClassVar[str] = "Buades, Coll, Morel (2005), A non-local algorithm for image denoising; scikit-image"
    rank: ClassVar[int] = 4
    suits: ClassVar[str] = "stated"

    patch: int = knob(5, "Patch size", low=3, high=15, unit="pixels", tip="The side of the patches that are compared.")
    distance: int = knob(6, "Search distance", low=1, high=30, unit="pixels", tip="How far away patches may lie.")
    cut_off: float = knob(
        0.7, "Cut-off", low=0.1, high=3, tip="h in units of σ: larger averages over less similar patches."
    )

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        halo = self.distance + self.patch // 2 + 1

        def clean(values: Values) -> Values:
            from skimage.restoration import denoise_nl_means

            if sigma <= 0:
                return values.copy()
            height, width = values.shape[:2]
            padded = np.pad(values, ((halo, halo), (halo, halo), (0, 0)), mode="symmetric")
            colour = values.shape[2] > 1
            made = denoise_nl_means(
                padded if colour else padded[..., 0],
                patch_size=self.patch,
                patch_distance=self.distance,
                h=self.cut_off * sigma,
                sigma=sigma,
                fast_mode=True,
                channel_axis=2 if colour else None,
            )
            cleaned: Values = made.reshape(padded.shape)[halo : halo + height, halo : halo + width]
            return cleaned.astype(np.float32)

        return Cleaner(clean, sigma=sigma, halo=halo, memory=40)
