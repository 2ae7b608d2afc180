"""Oriented Gabor functions, and how much of a filter each explains."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GOOD = 0.6
"""The share of a filter's variance that a Gabor must explain."""
FREQUENCIES = (0.06, 0.1, 0.15, 0.2, 0.27, 0.35)
"""Cycles a pixel."""
ANGLES = tuple(np.arange(12) * np.pi / 12)
WIDTHS = ((1.2, 1.2), (1.2, 2.4), (2.0, 2.0), (2.0, 4.0), (3.0, 3.0), (4.0, 6.0))
"""σᵤ along the wave and σᵥ across it, pixels."""


def basis(parameters: Floats, size: int) -> Floats:
    """x₀, y₀, θ, f, σᵤ, σᵥ → the three functions whose weighted sum is a Gabor, [pixels, 3]: exp(−u²/2σᵤ² − v²/2σᵥ²)
    times cos 2πfu and times sin 2πfu, and 1; u, v = (x − x₀, y − y₀) turned by θ. Of many, [G, 6], [G, pixels, 3].
    """
    x0, y0, angle, frequency, along, across = np.moveaxis(parameters[..., None], -2, 0)
    y, x = np.mgrid[:size, :size].reshape(2, -1).astype(float)
    u = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
    v = (y - y0) * np.cos(angle) - (x - x0) * np.sin(angle)
    envelope = np.exp(-(u**2) / (2 * along**2) - v**2 / (2 * across**2))
    wave = 2 * np.pi * frequency * u
    return np.stack([envelope * np.cos(wave), envelope * np.sin(wave), np.ones_like(u)], axis=-1)


def shows_an_edge(parameters: Floats, size: int) -> bool:
    """Half a period of the wave is seen: ±2σᵤ, cut off at the patch."""
    _, _, _, frequency, along, _ = parameters
    return bool(min(4 * along, size) * frequency >= 0.5)


@dataclass(frozen=True, eq=False)
class Grid:
    """Gabors of every kind at every place of a patch [size, size]. 0.1 s to make for 8×8, then 1 ms a filter."""

    size: int
    parameters: Floats = field(init=False, repr=False)
    """[G, 6]."""
    bases: Floats = field(init=False, repr=False)
    """Orthonormal [G, pixels, 3]."""

    def __post_init__(self) -> None:
        places = np.linspace(0.5, self.size - 1.5, 4)
        kinds = itertools.product(places, places, ANGLES, FREQUENCIES, WIDTHS)
        parameters = np.array([(x, y, angle, frequency, *widths) for x, y, angle, frequency, widths in kinds])
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "bases", np.linalg.qr(basis(parameters, self.size))[0])

    def shares(self, filters: Floats) -> Floats:
        """How much of the variance of each filter [F, pixels] every Gabor explains, [F, G]."""
        centred = filters - filters.mean(1, keepdims=True)
        length = np.linalg.norm(centred, axis=1, keepdims=True)
        unit = centred / np.where(length > 0, length, 1)
        along = unit @ self.bases.transpose(1, 0, 2).reshape(unit.shape[1], -1)  # [F, G·3]
        shares: Floats = np.square(along).reshape(len(unit), -1, 3).sum(2)
        return shares
