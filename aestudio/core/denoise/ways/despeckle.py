"""The median, for black and white dots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.parts.slots import knob


class Despeckle(Way):
    """Black and white pixels that stand out become the median of those around them that do not; where too few of those
    are near, of a larger square. All other pixels stay as they are.
    """

    kind: ClassVar[str] = "despeckle"
    title: ClassVar[str] = "Median of dots"
    about: ClassVar[str] = (
        "For black and white dots (salt and pepper): those become the median of the pixels around them, all others "
        "stay as they are."
    )
    source: ClassVar[str] = "Hwang, Haddad (1995), Adaptive median filters: new algorithms and results"
    rank: ClassVar[int] = 7
    suits: ClassVar[str] = "dots"

    reach: int = knob(
        4, "Reach", low=1, high=16, unit="pixels", tip="The greatest distance at which pixels are looked at."
    )
    far: float = knob(
        0.1,
        "Least difference",
        low=0.0,
        high=1.0,
        tip="How far a black or white pixel is from its neighbours to be a dot.",
    )

    def heeds_noise(self) -> bool:
        return False

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        def clean(values: Values) -> Values:
            return np.stack([self._channel(values[..., one]) for one in range(values.shape[2])], 2)

        # Twice, since whether a pixel near a dot is one depends on its own neighbours.
        return Cleaner(clean, halo=2 * self.reach, memory=8 * (2 * self.reach + 1) ** 2)

    def _channel(self, values: Values) -> Values:
        """[H, W] → the same."""
        extreme = (values <= 0) | (values >= 1)
        dots = np.zeros_like(extreme)
        asked = extreme.copy()
        for reach in range(1, self.reach + 1):
            # Where most around a pixel is as black or white as it is, that says nothing: a larger square is asked.
            middle = _median_around(values, reach, asked)
            says = (middle > 0) & (middle < 1)
            dots[asked] = says & (np.abs(values[asked] - middle) > self.far)
            asked[asked] = ~says
        good, made, left = np.where(dots, np.nan, values), values.copy(), dots
        for reach in range(1, self.reach + 1):
            found = _median_around(good, reach, left)
            made[left] = np.where(np.isfinite(found), found, made[left])
            left[left] = ~np.isfinite(found)
        return made


def _median_around(values: Values, reach: int, where: NDArray[np.bool_]) -> Values:
    """Of the squares around some pixels of [H, W], [count]; what is not a number does not count, and where there is
    nothing else the median is none.
    """
    size = 2 * reach + 1
    padded = np.pad(values, reach, mode="symmetric")
    around = np.lib.stride_tricks.sliding_window_view(padded, (size, size))[where].reshape(-1, size**2)
    ordered = np.sort(around, axis=1)  # what is not a number comes last
    last = np.isfinite(around).sum(1) - 1
    rows = np.arange(len(around))
    found: Values = (ordered[rows, np.maximum(last, 0) // 2] + ordered[rows, (np.maximum(last, 0) + 1) // 2]) / 2
    return found
