"""What of a code has a slider: single numbers, whole maps of a code that keeps places, or directions through it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

import numpy as np

from aestudio.core.ground.texts import Text, plural
from aestudio.core.latent.principal import Principal
from aestudio.core.run.events import Floats

Order = Literal["deviation", "kl", "image"]
"""What comes first: what varies most, what tells most in nats, or what changes the image most."""
MAPPED = 3
"""A code of so many dimensions is channels, rows and columns."""


class CodeUnits:
    """Divides a flat code [K] of a shape: K numbers, or C maps where it is [C, H, W] and whole maps are wanted."""

    def __init__(self, shape: Sequence[int], *, maps: bool = False) -> None:
        self.shape = tuple(shape)
        self.mapped = len(self.shape) == MAPPED and prod(self.shape[1:]) > 1
        """It keeps places, so that numbers are named by them."""
        self.size = prod(self.shape[1:]) if maps and self.mapped else 1
        """Numbers of the code that a unit is."""

    def of(self, codes: Floats) -> Floats:
        """The value of each unit [..., U] in codes [..., K]: of a map, the mean."""
        if self.size == 1:
            return codes
        means: Floats = codes.reshape(*codes.shape[:-1], -1, self.size).mean(-1)
        return means

    def put(self, code: Floats, unit: int, value: float) -> None:
        """Gives a unit of a code [K] this value, in place: a map is shifted as a whole."""
        if self.size == 1:
            code[unit] = value
        else:
            part = code[unit * self.size : (unit + 1) * self.size]
            part += value - part.mean()

    def name(self, unit: int) -> str:
        """In few letters: 12, or channel, row and column 3·0·7."""
        if not self.mapped or self.size > 1:
            return str(unit)
        return "·".join(str(int(one)) for one in np.unravel_index(unit, self.shape))

    def words(self, unit: int) -> Text:
        """In words."""
        if self.size > 1:
            return Text("Map {unit}", unit=unit)
        if not self.mapped:
            return Text("Unit {unit}", unit=unit)
        channel, row, column = (int(one) for one in np.unravel_index(unit, self.shape))
        return Text("Channel {channel}, row {row}, column {column}", channel=channel, row=row, column=column)

    def matching(self, words: str, count: int) -> list[int]:
        """The units whose names begin so: 3 is all of channel 3, 3 0 its row 0; `count` at most."""
        wanted = words.replace("·", " ").replace(",", " ").split()
        if self.mapped and self.size == 1:
            found = [unit for unit in range(prod(self.shape)) if self.name(unit).split("·")[: len(wanted)] == wanted]
        else:
            found = [unit for unit in range(prod(self.shape) // self.size) if str(unit).startswith("".join(wanted))]
        return found[:count]


class CodeDirections:
    """Local principal directions in the place of units: the value of each is in standard deviations of the codes of
    images, from the code that they were found at.
    """

    def __init__(self, found: Principal) -> None:
        self.found = found

    def of(self, codes: Floats) -> Floats:
        """The value of each direction [..., n] in codes [..., K]."""
        values: Floats = ((codes - self.found.origin) @ self.found.duals.T).astype(np.float32)
        return values

    def put(self, code: Floats, unit: int, value: float) -> None:
        """Moves a code [K] along a direction until that has this value, in place."""
        code += (value - float((code - self.found.origin) @ self.found.duals[unit])) * self.found.ways[unit]

    def name(self, unit: int) -> str:
        """In few letters, counted from 1 as principal components are."""
        return str(unit + 1)

    def words(self, unit: int) -> Text:
        """In words."""
        return Text("Direction {number}", number=unit + 1)

    def matching(self, words: str, count: int) -> list[int]:
        """The directions whose numbers begin so; `count` at most."""
        return [unit for unit in range(len(self.found.ways)) if self.name(unit).startswith(words.strip())][:count]


def drawn(codes: Floats, generator: np.random.Generator) -> Floats:
    """A code [K] whose units are independent, each with the value that it has for one of the images, from codes [M, K].

    Where codes hold exact zeros, it has as many other units as a randomly chosen image, each as likely as it is often
    active: a code that top-k could give.
    """
    count, size = codes.shape
    active = codes != 0
    if active.all():
        independent: Floats = codes[generator.integers(count, size=size), np.arange(size)]
        return independent
    code, often = np.zeros(size, np.float32), active.mean(0)
    wanted = min(int(active[generator.integers(count)].sum()), int((often > 0).sum()))
    if not wanted:
        return code
    for unit in generator.choice(size, wanted, replace=False, p=often / often.sum()):
        code[unit] = generator.choice(codes[active[:, unit], unit])
    return code


def counted(count: int, shown: int, by: Order) -> Text:
    """How many units there are, how many are shown, and in which order."""
    if by == "image":
        return plural(
            "{count} direction, in which the image changes most first",
            "{count} directions, in which the image changes most first",
            count,
        )
    if by == "kl" and count > shown:
        return plural(
            "{shown} of {count} unit, highest KL first",
            "{shown} of {count} units, highest KL first",
            count,
            shown=shown,
        )
    if by == "kl":
        return plural("{count} unit, highest KL first", "{count} units, highest KL first", count)
    if count > shown:
        return plural(
            "{shown} of {count} unit, most varying first",
            "{shown} of {count} units, most varying first",
            count,
            shown=shown,
        )
    return plural("{count} unit, most varying first", "{count} units, most varying first", count)
