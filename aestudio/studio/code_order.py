"""Which units of a code have a slider, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aestudio.core.ground.texts import Text, plural
from aestudio.core.probes.posterior import ACTIVE
from aestudio.core.run.events import Floats
from aestudio.studio.code_units import Order, counted

MOST = 64
"""Units that have a slider at once."""
STALE = 0.7
"""Units are sorted anew once the spread of one is less than this part of that of one below it."""
AGAIN = 1.5
"""Times that a unit which was unused has to vary more than what is unused."""


class CodeOrder:
    """Units that are pinned, then those that are sought, else those that vary most, or tell most in nats.

    Unused ones, which hardly differ between images, are folded away: with a prior those whose variance is at most 0.01,
    else those with less than a thousandth of the greatest deviation; where all are, none is.
    """

    def __init__(self) -> None:
        self.units: list[int] = []
        """Those with a slider, from the top down."""
        self.folds = True
        """Unused units get no slider unless they are pinned or sought."""
        self._pinned: list[int] = []
        self._sought: list[int] | None = None
        self._worth = np.zeros(0, np.float32)
        self._unused = np.zeros(0, bool)
        self._by: Order = "deviation"

    def forget(self) -> None:
        """Other units come: nothing is pinned or sought any more."""
        self.units, self._pinned, self._sought = [], [], None

    def take(self, deviation: Floats, worth: Floats | None, by: Order = "kl") -> None:
        """How much each unit varies over many images [K], and what it is worth [K], which counts where it is known:
        what it tells in nats, or how much the image changes with it.
        """
        self._by = "deviation" if worth is None else by
        self._worth = deviation if worth is None else worth
        least = ACTIVE**0.5 if self._by == "kl" else 1e-3 * float(deviation.max(initial=0.0))
        before = self._unused if len(self._unused) == len(deviation) else np.zeros(len(deviation), bool)
        found = deviation <= np.where(before, AGAIN * least, least)
        self._unused = found & ~found.all()

    def pin(self, unit: int, on: bool) -> None:
        """Keeps a unit at the top, or no longer."""
        self._pinned = [*(one for one in self._pinned if one != unit), *([unit] if on else [])]
        self.sort()

    def is_pinned(self, unit: int) -> bool:
        return unit in self._pinned

    def seek(self, found: Sequence[int] | None) -> None:
        """These alone, in this order; None for all."""
        self._sought = None if found is None else list(found)
        self.sort()

    def sort(self) -> None:
        """Anew, by what was taken last."""
        if self._sought is None:
            folded = self._folded()
            usual = [int(unit) for unit in np.argsort(-self._worth, kind="stable") if not folded[unit]]
        else:
            usual = self._sought
        self.units = [*self._pinned, *(unit for unit in usual if unit not in self._pinned)][:MOST]

    def is_stale(self) -> bool:
        """Whether some unit varies much more than one above it, or has come into use or out of it: small changes do
        not shuffle the sliders.
        """
        if not self.units:
            return True
        if self._pinned or self._sought is not None:
            return False  # the person has said what is shown
        folded = self._folded()
        if folded[self.units].any() or len(self.units) < min(MOST, int((~folded).sum())):
            return True
        shown = self._worth[self.units]
        left_out = np.delete(self._worth, [*self.units, *np.flatnonzero(folded).tolist()])
        later = np.maximum.accumulate(np.append(shown, left_out.max(initial=0))[::-1])[::-1]
        return bool((shown < STALE * later[1:]).any())

    @property
    def unused(self) -> int:
        """How many units hardly differ between images."""
        return int(self._unused.sum())

    def said(self) -> Text:
        """How many units there are, how many have a slider, and in which order."""
        return counted(len(self._worth), len(self.units), self._by)

    def said_of_unused(self) -> Text:
        return plural("{count} unused unit", "{count} unused units", self.unused)

    def _folded(self) -> NDArray[np.bool_]:
        return self._unused & self.folds
