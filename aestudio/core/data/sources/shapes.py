"""Shapes drawn by the program, each fixed by five known factors: to see what a code has found out by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi, prod
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Split, split_at_random
from aestudio.core.data.source import Data
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import knob

FACTORS = ("shape", "scale", "rotation", "x", "y")
CATEGORIES = (True, False, False, False, False)
"""Which factors have values without an order."""
SIZES = (3, 6, 40, 32, 32)
"""How many values each factor takes; the last changes fastest in a combination's number, as in dSprites."""
CYCLES = (0, 0, SIZES[2], 0, 0)
"""After how many values each factor begins again, of whichever shape; 0 where it does not."""
COMBINATIONS = prod(SIZES)
"""737,280."""
SHAPES = (Text("square", context="a shape"), Text("ellipse", context="a shape"), Text("heart", context="a shape"))
PERIODS = (SIZES[2] // 4, SIZES[2] // 2, SIZES[2])
"""Rotations after which each shape looks the same again."""

CANVAS = 64
SPRITE = 33
"""Side of the square that holds any shape at any rotation; the 32 places are one pixel apart: 33 + 31 = 64."""
RADIUS = 15.5
"""Of the circle around a shape of scale 1, in pixels; leaves the sprite room for the soft edge."""


def _square(x: Tensor, y: Tensor) -> Tensor:
    half = RADIUS / 2**0.5
    a, b = x.abs() - half, y.abs() - half
    return torch.hypot(a.clamp_min(0), b.clamp_min(0)) + torch.maximum(a, b).clamp_max(0)


def _ellipse(x: Tensor, y: Tensor) -> Tensor:
    """To first order: the implicit equation over its gradient, which is exact enough within a pixel of the edge."""
    a, b = RADIUS, RADIUS * 0.55
    value, slope = torch.hypot(x / a, y / b), torch.hypot(x / a**2, y / b**2)
    return torch.where(slope > 0, value * (value - 1) / slope, -b)


def _heart(x: Tensor, y: Tensor) -> Tensor:
    """Two half circles on a square that stands on its corner, centred on the circle around it."""
    centre = 0.6306  # its height above the tip, and the radius of the circle around it
    unit = RADIUS / centre
    u, v = x.abs() / unit, centre - y / unit
    lobe = torch.hypot(u - 0.25, v - 0.75) - 2**0.5 / 4
    along = 0.5 * (u + v).clamp_min(0)
    side = torch.minimum(torch.hypot(u, v - 1), torch.hypot(u - along, v - along)) * torch.sign(u - v)
    return torch.where(u + v > 1, lobe, side) * unit


def draw_sprites() -> Tensor:
    """Every shape at every scale and rotation, uint8 [3·6·40, SPRITE·SPRITE]; an edge pixel is white as far as covered.

    Each shape is a signed distance in pixels, negative inside. Source: Quilez, 2D distance functions (iquilezles.org).
    """
    scale = torch.linspace(0.5, 1, SIZES[1])[:, None, None, None]
    span = torch.arange(SPRITE) - (SPRITE - 1) / 2
    y, x = span[:, None] / scale, span / scale
    drawn = []
    for shape, period in zip((_square, _ellipse, _heart), PERIODS, strict=True):
        angle = (torch.arange(period) * (2 * pi / SIZES[2]))[:, None, None]
        cos, sin = angle.cos(), angle.sin()
        distance = shape(x * cos + y * sin, y * cos - x * sin) * scale  # [6, period, SPRITE, SPRITE]
        covered = (0.5 - distance).clamp(0, 1)
        drawn.append(covered.repeat(1, SIZES[2] // period, 1, 1))
    return torch.stack(drawn).mul(255).round().to(torch.uint8).flatten(0, 2).flatten(1)


def picture(combination: Tensor) -> Tensor:
    """A number [N] that two combinations share where they look the same: a square turned by 90° is the same square."""
    shape = combination // prod(SIZES[1:])
    rotation = combination // prod(SIZES[3:]) % SIZES[2]
    period = torch.tensor(PERIODS, device=combination.device)[shape]
    return combination - (rotation - rotation % period) * prod(SIZES[3:])


@dataclass(frozen=True, eq=False)
class DrawnShapes:
    """A store that draws on demand: 720 sprites are kept, and a picture is its sprite put in its place."""

    combination: Tensor
    """int64 [N], each below COMBINATIONS."""
    sprites: Tensor

    @property
    def shape(self) -> Shape:
        return 1, CANVAS, CANVAS

    def __len__(self) -> int:
        return len(self.combination)

    def gather(self, index: Tensor) -> Tensor:
        combination = self.combination[index]
        places = SIZES[3] * SIZES[4]
        left, top = combination % places // SIZES[4], combination % SIZES[4]
        step = torch.arange(SPRITE, device=index.device)
        inside = (step[:, None] * CANVAS + step).flatten()
        canvas = torch.zeros(len(index), CANVAS * CANVAS, dtype=torch.uint8, device=index.device)
        canvas.scatter_(1, (top * CANVAS + left)[:, None] + inside, self.sprites[combination // places])
        return canvas.view(-1, *self.shape)

    @property
    def factor_names(self) -> tuple[str, ...]:
        return FACTORS

    @property
    def categories(self) -> tuple[bool, ...]:
        return CATEGORIES

    @property
    def cycles(self) -> tuple[int, ...]:
        return CYCLES

    def periods(self, index: Tensor) -> Tensor:
        """After how many values of each factor an image looks the same again, int64 [B, 5]; 0 where it does not."""
        shape = self.combination[index] // prod(SIZES[1:])
        found = torch.zeros(len(index), len(FACTORS), dtype=torch.int64, device=index.device)
        found[:, FACTORS.index("rotation")] = torch.tensor(PERIODS, device=index.device)[shape]
        return found

    def classes(self, index: Tensor) -> Tensor:
        """Which value each factor takes, int64 [B, 5], in the order of FACTORS."""
        rest, found = self.combination[index], []
        for size in reversed(SIZES):
            found.append(rest % size)
            rest = rest // size
        return torch.stack(found[::-1], dim=1)

    def factors(self, index: Tensor) -> Tensor:
        """The value of each factor, float32 [B, 5], in the order of FACTORS.

        The shape's number; the scale in [0.5, 1]; the rotation in radians in [0, 2π), clockwise; x from left to right
        and y from top to bottom in [0, 1].
        """
        span = torch.tensor([1, 0.5 / (SIZES[1] - 1), 2 * pi / SIZES[2], 1 / (SIZES[3] - 1), 1 / (SIZES[4] - 1)])
        return self.classes(index) * span.to(index.device) + torch.tensor([0, 0.5, 0, 0, 0], device=index.device)

    def to(self, device: torch.device) -> DrawnShapes:
        return replace(self, combination=self.combination.to(device), sprites=self.sprites.to(device))


class Shapes(Data):
    """White squares, ellipses and hearts on black, 64×64: 6 sizes, 40 rotations and 32×32 places of each.

    737,280 combinations of five known factors, as in dSprites, drawn on demand. A square looks the same after a quarter
    turn and an ellipse after half a turn; combinations that look the same fall on the same side of the split.
    Differs from dSprites: the edges are smooth, and the rotations do not hold both 0 and 2π.
    """

    kind: ClassVar[str] = "shapes"
    title: ClassVar[str] = "Shapes 64×64"
    about: ClassVar[str] = (
        "White squares, ellipses and hearts on black, 64×64: 6 sizes, 40 rotations and 32×32 places of each."
    )
    source: ClassVar[str] = "After Matthey, Higgins, Hassabis, Lerchner (2017), dSprites; drawn by the program"
    rank: ClassVar[int] = 2

    count: int = knob(
        20_000,
        "Images",
        low=100,
        high=COMBINATIONS,
        log=True,
        tip="How many of the 737,280 combinations are used, chosen at random; the held-out ones are among them.",
    )
    held_out: float = knob(
        0.1, "Part held out", low=0.01, high=0.9, tip="The fraction of images kept from training, to score it."
    )

    def read(self, report: Report = unheard) -> Dataset:
        report(say("Drawing the shapes"), None)
        chosen = torch.randperm(COMBINATIONS, generator=torch.Generator().manual_seed(0))[: self.count]
        pictures, which = torch.unique(picture(chosen), return_inverse=True)
        _, aside = split_at_random(len(pictures), self.held_out, seed=1)
        held = torch.zeros(len(pictures), dtype=torch.bool).index_fill_(0, aside, True)[which]
        sprites = draw_sprites()

        def split(combination: Tensor) -> Split:
            return Split(DrawnShapes(combination, sprites), combination // prod(SIZES[1:]))

        names = tuple(str(shape) for shape in SHAPES)
        return Dataset(name=self.title, train=split(chosen[~held]), held_out=split(chosen[held]), label_names=names)
