"""The codes that say how far the sliders of a code go, and of which images they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aestudio.core.ground.texts import Text, plural
from aestudio.core.latent.aggregate import Aggregate
from aestudio.core.run.events import Floats
from aestudio.studio.code_units import CodeDirections, CodeUnits, Order

QUANTILES = 41


@dataclass(frozen=True, eq=False)
class CodeValues:
    """Those of the held-out images that are looked at, and of many images of training where they are known."""

    shown: Floats
    """[N, K]."""
    shown_kl: Floats | None = None
    """What each number tells in nats, of these images [K]; None where the code has no prior."""
    many: Aggregate | None = None

    @property
    def codes(self) -> Floats:
        """[M, K]; a code that is drawn is its mean."""
        return self.shown if self.many is None else self.many.codes

    @property
    def values(self) -> Floats:
        """What the decoder gets while training [M, K]: quantiles are of these."""
        return self.shown if self.many is None else self.many.values

    @property
    def unit_kl(self) -> Floats | None:
        """What each number tells in nats [K]; None where the code has no prior."""
        return self.shown_kl if self.many is None else self.many.unit_kl

    @property
    def reach(self) -> Floats:
        """All that a slider has to come to [N + M, K]."""
        return self.shown if self.many is None else np.concatenate([self.shown, self.many.values])

    def worth(self, of: CodeUnits | CodeDirections) -> tuple[Floats, Floats | None, Order]:
        """How much each unit or direction varies [U], what it is worth [U] where that is known, and in what."""
        deviation = of.of(self.codes).std(0)
        if isinstance(of, CodeDirections):
            return deviation, of.found.sizes, "image"
        told = self.unit_kl
        return deviation, told if told is not None and told.shape == deviation.shape else None, "kl"

    def quantiles(self, of: CodeUnits | CodeDirections, units: list[int]) -> Floats:
        """Of these units, at even steps from the least value to the greatest, [QUANTILES, units]."""
        values = of.of(self.values)[:, units]
        found: Floats = np.quantile(values, np.linspace(0, 1, QUANTILES), axis=0).astype(np.float32)
        return found

    def said(self) -> list[Text]:
        """Of which images they are, and of how many; nothing of a single one, from which no slider has its range."""
        count = len(self.codes)
        if self.many is not None:
            return [plural("ranges of {count:,} training image", "ranges of {count:,} training images", count)]
        if count < 2:
            return []
        return [plural("ranges of {count:,} held-out image", "ranges of {count:,} held-out images", count)]
