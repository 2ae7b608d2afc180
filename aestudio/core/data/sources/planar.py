"""Points in the plane as images of two pixels: the smallest data in which a density and its score can be seen."""

from __future__ import annotations

from math import pi
from typing import ClassVar, Literal

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Resident, Split, split_at_random
from aestudio.core.data.source import Data
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import knob

Figure = Literal["rings", "moons", "spiral", "mixture"]
NAMES: dict[Figure, tuple[Text | str, ...]] = {
    "rings": (Text("outer", context="a ring"), Text("inner", context="a ring")),
    "moons": (Text("upper", context="a moon"), Text("lower", context="a moon")),
    "spiral": (Text("arm 1", context="of a spiral"), Text("arm 2", context="of a spiral")),
    "mixture": ("1", "2", "3", "4", "5"),
}
"""What the parts of each figure are called; a point's label is its part, all of the same probability."""

MEANS = torch.tensor([[0.5, 0.5], [0.22, 0.28], [0.75, 0.2], [0.8, 0.72], [0.28, 0.78]])
"""Of the mixture's five normal distributions, [5, 2]."""


def on_the_curve(figure: Figure, part: Tensor, t: Tensor) -> Tensor:
    """The point at t in [0, 1) of a part of a figure, before noise: [N], [N] → [N, 2] in [0, 1]."""
    match figure:
        case "rings":
            radius, angle = torch.where(part == 0, 0.36, 0.17), 2 * pi * t
            return 0.5 + radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
        case "moons":
            angle, side = pi * t, 1.0 - 2.0 * part
            moon = torch.stack([side * angle.cos() - 0.5 * side, side * angle.sin() - 0.25 * side], 1)
            return 0.5 + 0.25 * moon
        case "spiral":
            angle = pi * part + 2.2 * pi * t.sqrt()  # evenly along the arm
            radius = 0.05 + 0.33 * t.sqrt()
            return 0.5 + radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
        case "mixture":
            return MEANS[part]


def draw(figure: Figure, count: int, noise: float, seed: int) -> tuple[Tensor, Tensor]:
    """Points float32 [N, 2] and the part of the figure that each belongs to, int64 [N]."""
    generator = torch.Generator().manual_seed(seed)
    part = torch.randint(len(NAMES[figure]), (count,), generator=generator)
    t = torch.rand(count, generator=generator)
    return on_the_curve(figure, part, t) + noise * torch.randn(count, 2, generator=generator), part


def dithered(points: Tensor, seed: int) -> Tensor:
    """Points in [0, 1] as bytes: rounded up or down at random, so that the mean of many is the point itself and no row
    of the lattice gets more than its share.
    """
    dither = torch.rand(points.shape, generator=torch.Generator().manual_seed(seed))
    return (points * 255 + dither).floor().clamp(0, 255).to(torch.uint8)


class Planar(Data):
    """Points in the plane, as images of one row and two pixels: the left pixel is x and the right one y.

    Rings, moons or a spiral with normal noise about them, or five normal distributions whose score is known. Images are
    kept as bytes, so coordinates are multiples of 1/255; they are rounded at random, which leaves no pattern. Points
    that coincide fall on the same side of the split. Points outside the unit square are moved to its edge.
    """

    kind: ClassVar[str] = "planar"
    title: ClassVar[str] = "Points in the plane"
    about: ClassVar[str] = (
        "Points in the plane, as images of one row and two pixels: the left pixel is x and the right one y."
    )
    source: ClassVar[str] = "Drawn by the program; rings and moons after Pedregosa et al. (2011), scikit-learn"
    rank: ClassVar[int] = 4

    figure: Figure = knob("rings", "Figure", tip="What the points lie on; mixture: five round clouds.")
    count: int = knob(4000, "Points", low=100, high=1_000_000, log=True)
    noise: float = knob(
        0.02,
        "Noise",
        low=0,
        high=0.2,
        tip="Standard deviation of the points about the curve, or of each cloud; the square they lie in has side 1.",
    )
    seed: int = knob(
        0, "Seed of the points", low=0, high=2**31 - 1, tip="Another seed, other points of the same figure."
    )
    held_out: float = knob(
        0.2, "Part held out", low=0.01, high=0.9, tip="The fraction of points kept from training, to score it."
    )

    def read(self, report: Report = unheard) -> Dataset:
        report(say("Drawing the points"), None)
        points, part = draw(self.figure, self.count, self.noise, self.seed)
        pixels = dithered(points.clamp(0, 1), self.seed + 1)
        spots, which = torch.unique(pixels, dim=0, return_inverse=True)
        _, aside = split_at_random(len(spots), self.held_out, seed=1)
        held = torch.zeros(len(spots), dtype=torch.bool).index_fill_(0, aside, True)[which]

        def split(where: Tensor) -> Split:
            return Split(Resident(pixels[where].view(-1, 1, 1, 2)), part[where])

        names = tuple(str(part) for part in NAMES[self.figure])
        return Dataset(self.title, train=split(~held), held_out=split(held), label_names=names)
