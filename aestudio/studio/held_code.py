"""The code that sliders show: that of a sample, but for the units that a person holds."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import numpy as np

from aestudio.core.latent.principal import Principal
from aestudio.core.run.events import Floats
from aestudio.studio.code_units import CodeDirections, CodeUnits


class HeldCode:
    """What was moved stays where it was put, whatever sample comes, until `reset`."""

    def __init__(self) -> None:
        self.numbers = CodeUnits((0,))
        """Single numbers, or whole maps."""
        self.of: CodeUnits | CodeDirections = self.numbers
        """What can be moved: these, or directions."""
        self.moved: set[int] = set()
        self._sample = self._code = np.zeros(0, np.float32)

    def __len__(self) -> int:
        """How many numbers the code has."""
        return len(self._code)

    @property
    def sample(self) -> Floats:
        """The sample's own code [K]; to be read only."""
        return self._sample

    @property
    def sample_values(self) -> Floats:
        """Of each unit [U], in the sample's own code."""
        return self.of.of(self._sample)

    @property
    def values(self) -> Floats:
        """Of each unit [U], as it is now."""
        return self.of.of(self._code)

    def copy(self) -> Floats:
        """The whole code as it is now [K]."""
        return self._code.copy()

    def with_unit(self, unit: int, value: float) -> Floats:
        """The whole code as it would be with a unit at this value [K]."""
        code = self.copy()
        self.of.put(code, unit, value)
        return code

    # -- what comes in -------------------------------------------------------------------------------------------------

    def begin(self, codes: Floats, shape: tuple[int, ...], *, maps: bool) -> None:
        """Codes [N, K] of another network, of which each has this shape where that is K numbers."""
        self._sample = codes.mean(0)
        self._code = self._sample.copy()
        self.moved = set()
        self.of = self.numbers = CodeUnits(shape if prod(shape) == codes.shape[1] else codes.shape[1:], maps=maps)

    def clear(self) -> None:
        """There is no code."""
        self._sample = self._code = np.zeros(0, np.float32)
        self.moved = set()

    def take(self, code: Floats) -> None:
        """Another sample's [K]: what is held stays."""
        held = {unit: self.values[unit] for unit in self.moved}
        self._sample, self._code = code.copy(), code.copy()
        for unit, value in held.items():
            self.of.put(self._code, unit, value)

    # -- what people do ------------------------------------------------------------------------------------------------

    def move(self, unit: int, value: float) -> None:
        """Holds a unit at a value."""
        self.of.put(self._code, unit, value)
        self.moved.add(unit)

    def draw(self, code: Floats, units: Iterable[int]) -> None:
        """A code [K] that none of the samples has; all of these units are held."""
        self._code, self.moved = code.copy(), set(units)

    def reset(self) -> None:
        """Back to the sample's own code."""
        self._code, self.moved = self._sample.copy(), set()

    def divide(self, *, maps: bool) -> None:
        """Into whole maps or single numbers from now on, where it keeps places."""
        self.numbers = CodeUnits(self.numbers.shape, maps=maps)

    def turn_to_numbers(self) -> None:
        """Units can be moved, and nothing is held any more."""
        self.of = self.numbers
        self.reset()

    def turn_to_directions(self, found: Principal) -> None:
        """Directions can be moved in the place of units."""
        self.of = CodeDirections(found)
