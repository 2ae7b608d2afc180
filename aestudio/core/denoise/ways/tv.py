"""Total variation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import UNWATCHED, Cleaner, Watch, Way
from aestudio.core.parts.slots import knob


class TotalVariation(Way):
    """The picture nearest to the noisy one among those of little total variation: flat regions with sharp edges.

    Every pixel depends a little on all others; tiles see 48 pixels around them, beyond which nothing was measured to
    change by more than 10⁻³.
    """

    kind: ClassVar[str] = "tv"
    title: ClassVar[str] = "Total variation"
    about: ClassVar[str] = (
        "The picture nearest to the noisy one among those of little total variation: flat regions with sharp edges."
    )
    source: ClassVar[str] = "Chambolle (2004), An algorithm for total variation minimization; scikit-image"
    rank: ClassVar[int] = 5

    weight: float = knob(0.8, "Weight", low=0.1, high=5, tip="In units of σ: larger takes more away.")

    def prepare(self, pictures: Sequence[Picture], sigma: float, watch: Watch = UNWATCHED) -> Cleaner:
        def clean(values: Values) -> Values:
            from skimage.restoration import denoise_tv_chambolle

            if sigma <= 0 or min(values.shape[:2]) < 2:
                return values.copy()
            made: Values = denoise_tv_chambolle(values, weight=self.weight * sigma, channel_axis=2)
            return made.astype(np.float32)

        return Cleaner(clean, sigma=sigma, halo=48, memory=60)
