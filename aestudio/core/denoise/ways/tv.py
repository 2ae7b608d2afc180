"""Total variation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.parts.slots import knob

STEPS = 60
"""Of the minimisation, and so how many pixels away another one still counts."""


class TotalVariation(Way):
    """The picture that stays close to the noisy one and varies little from pixel to pixel: flat regions with sharp
    edges.

    A fixed number of steps is taken, in each of which a pixel sees the next ones: tiles that see as many pixels around
    them give what the whole picture gives. How far it is from the end after them was measured to be 0.03 dB. The
    library's own test of when to stop looks at the whole picture that it is given, and ends too early in some tiles.
    """

    kind: ClassVar[str] = "tv"
    title: ClassVar[str] = "Total variation"
    about: ClassVar[str] = (
        "The picture that stays close to the noisy one and varies little from pixel to pixel: flat "
        "regions with sharp edges."
    )
    source: ClassVar[str] = "Chambolle (2004), An algorithm for total variation minimization; scikit-image"
    rank: ClassVar[int] = 5

    weight: float = knob(0.8, "Weight", low=0.1, high=5, tip="In units of σ: larger takes more away.")

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        def clean(values: Values) -> Values:
            from skimage.restoration import denoise_tv_chambolle

            if sigma <= 0 or min(values.shape[:2]) < 2:
                return values.copy()
            made: Values = denoise_tv_chambolle(
                values, weight=self.weight * sigma, eps=0.0, max_num_iter=STEPS, channel_axis=2
            )
            return made.astype(np.float32)

        return Cleaner(clean, sigma=sigma, halo=STEPS + 1, memory=60)
